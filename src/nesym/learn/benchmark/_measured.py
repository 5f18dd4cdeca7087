"""What a piece of work takes: processor time, time by the clock and memory."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOK = 0.01  # seconds between two looks at the memory
RESIDENT = Path("/proc/self/statm")


@dataclass
class Used:
    """Seconds of processor time and by the clock; `megabytes` by which memory grew at its peak, NaN where it is not told."""

    cpu_seconds: float = 0.0
    seconds: float = 0.0
    megabytes: float = float("nan")


@contextmanager
def measured() -> Iterator[Used]:
    """Measure what is done inside; the numbers are there when the block ends, however it ends."""
    used, begun, clock = Used(), time.process_time(), time.perf_counter()
    first = _resident()
    peak, over = [first], threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            peak.append(max(peak.pop(), _resident()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield used
    finally:
        over.set()
        watcher.join()
        used.cpu_seconds, used.seconds = time.process_time() - begun, time.perf_counter() - clock
        used.megabytes = max(peak[0], _resident()) - first


def _resident() -> float:
    """Memory of this process in megabytes, where the system tells it."""
    if not sys.platform.startswith("linux"):
        return float("nan")
    import resource

    return int(RESIDENT.read_text().split()[1]) * resource.getpagesize() / 1e6
