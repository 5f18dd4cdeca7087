"""Files that appear under their name only when they are whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".unfinished"  # the ending of what a process that is killed leaves behind


@contextmanager
def replacing(target: Path, *, synced: bool = False) -> Iterator[Path]:
    """A hidden path beside `target`, for a file that takes the place of `target` when the block ends.

    After any failure, in the block or in the rename, the old file is there as before and the new one is gone. `synced`:
    the new content is on the disk before the old file is given up.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}{UNFINISHED}")
    try:
        yield temporary
        if synced:
            # Renamed before its content has reached the disk, a file could be empty after a power cut.
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink()
