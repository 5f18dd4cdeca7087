"""What a user waits for before anything happens: imports and `--help`, as new processes."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.turns import in_turn
from nesym.verify import Table

ROUNDS = 9
COMMAND = str(Path(sys.executable).with_name("nesym"))
PROCESSES = {
    "import numpy, xarray": [sys.executable, "-c", "import numpy, xarray"],
    "import nesym": [sys.executable, "-c", "import nesym"],
    "import nesym.fields, nesym.verify": [sys.executable, "-c", "import nesym.fields, nesym.verify"],
    "nesym --help": [COMMAND, "--help"],
    "nesym systems": [COMMAND, "systems"],
}


def run(rounds: int = ROUNDS) -> Table:
    """Median seconds of each process, taken in turn, and relative to importing numpy and xarray."""
    calls = {
        name: partial(subprocess.run, process, check=True, capture_output=True) for name, process in PROCESSES.items()
    }
    seconds = in_turn(calls, rounds + 1)
    # The first round fills the disk cache.
    medians = {name: median(took[1:]) for name, took in seconds.items()}
    reference = medians["import numpy, xarray"]
    rows = tuple({"process": n, "seconds": s, "relative": s / reference} for n, s in medians.items())
    return Table(f"Start-up, {rounds} rounds in turn", tuple(rows[0]), rows)


if __name__ == "__main__":
    print(run())
