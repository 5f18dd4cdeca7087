"""How a variable lies on disk: chunks that suit readers, and blocks in which it is written."""

from math import gcd

import numpy as np
import xarray as xr

CHUNK_BYTES = 2**20  # of one chunk on disk: small enough for one map, large enough for a long series
BLOCK_BYTES = 32 * 2**20  # of one block in memory
WIDEST = 1024  # cells of a chunk along one horizontal axis
CELL_BYTES = 4


def in_blocks(v: xr.DataArray) -> xr.DataArray:
    """`v` as a lazy array: as it is chunked, or else cut along its first axes into blocks of about 32 MB."""
    if v.chunks is not None or v.ndim < 2:
        return v
    blocks: dict = {}
    room = max(1, BLOCK_BYTES // CELL_BYTES)
    for dim in reversed(v.dims):
        blocks[dim] = max(1, min(v.sizes[dim], room))
        room = max(1, room // blocks[dim])
    return v.chunk(blocks)


def disk_chunks(v: xr.DataArray) -> tuple[int, ...]:
    """Chunk sizes on disk: whole maps up to 1024 cells wide and as many times as make about 1 MB, one of anything else.

    Each is a divisor of the blocks in memory, so that no two blocks write into the same chunk.
    """
    wanted = dict.fromkeys(v.dims, 1)
    wanted |= {dim: min(v.sizes[dim], WIDEST) for dim in v.dims[-2:]}
    along = "time" if "time" in v.dims[:-2] else v.dims[0]
    if along in v.dims[:-2]:
        wanted[along] = max(1, CHUNK_BYTES // (CELL_BYTES * int(np.prod([wanted[dim] for dim in v.dims[-2:]]))))
    blocks = v.chunksizes
    return tuple(_fitting(min(wanted[dim], v.sizes[dim]), blocks.get(dim, (v.sizes[dim],))) for dim in v.dims)


def _fitting(wanted: int, blocks: tuple[int, ...]) -> int:
    """The largest size up to `wanted` that divides every block but the last."""
    if len(blocks) == 1:
        return max(1, wanted)
    common = gcd(*blocks[:-1])
    return next(size for size in range(min(wanted, common), 0, -1) if common % size == 0)
