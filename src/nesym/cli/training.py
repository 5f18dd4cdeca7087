"""The folder beside a model where its training keeps what it would need to go on, and its logs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import typer

from nesym._errors import ResourceError

# A state holds the weights, their average, and two moments of the optimiser. Of each of at most three stages two states
# are kept, and one more is there while it is written.
BYTES_OF_A_WEIGHT, STATES = 4 * 4, 3 * 2 + 1


@dataclass(frozen=True)
class TrainingFolder:
    """A folder with one folder for each stage of a training: checkpoints, and a log of its losses."""

    path: Path

    def checkpoints(self) -> list[Path]:
        """Complete checkpoints of all stages."""
        return sorted(self.path.glob("*/step-*.safetensors"))

    def seconds(self) -> float:
        """What all stages took, over all sessions of a training that was stopped and went on."""
        from nesym.train.checkpoint import Checkpoints

        newest = [Checkpoints(stage, {}).newest() for stage in {path.parent for path in self.checkpoints()}]
        return sum(found.seconds for found in newest if found is not None)

    @contextmanager
    def interruptible(self, command: str) -> Iterator[None]:
        """A training that may be interrupted: it then ends with status 130, and says what is kept and how to go on."""
        try:
            yield
        except KeyboardInterrupt:
            from rich.console import Console

            kept = f" What was learned is kept in {self.path}, and the same command goes on from there:\n{command}"
            stopped = "Stopped." + (kept if self.checkpoints() else " There was nothing yet to keep.")
            Console(stderr=True, highlight=False, soft_wrap=True).print(stopped, markup=False)
            raise typer.Exit(130) from None

    def check_disk(self, weights: int) -> None:
        """Raise `ResourceError` unless the disk can hold the checkpoints of a network with so many weights."""
        from nesym._resources import readable

        need, here = BYTES_OF_A_WEIGHT * STATES * weights, sum(path.stat().st_size for path in self.checkpoints())
        have = shutil.disk_usage(self.path.absolute().parent).free + here
        if need > have:
            raise ResourceError(
                f"The checkpoints of this training take up to {readable(need)}, and {readable(have)} are free.",
                "Make room, or choose another disk with --out.",
            )

    def clear(self) -> None:
        """Remove the checkpoints of a training that is over; the logs, which are small, stay to be looked at."""
        for path in self.checkpoints():
            with suppress(OSError):
                path.unlink()
