"""Many cells in pieces that stay in the cache, in all threads: NumPy sorts and computes without holding the others up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from nesym._resources import usable_cores

BLOCK = 2**19  # values that a kernel sees at a time: few enough to stay in the cache


def in_blocks(work: Callable[[slice], None], rows: int, width: int, shared: bool) -> None:
    """Do `work` on slices of about equally many rows, of at most about `BLOCK` values each, in all threads.

    Where the cores are `shared` with other chunks, as in a lazy computation, one after another.
    """
    threads = 1 if shared else usable_cores()
    step = max(1, BLOCK // max(width, 1))  # smaller ones would keep threads waiting for each other
    step = -(-rows // max(1, -(-rows // step))) or 1
    slices = [slice(start, start + step) for start in range(0, rows, step)]
    if threads == 1 or len(slices) == 1:
        for part in slices:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, slices))
