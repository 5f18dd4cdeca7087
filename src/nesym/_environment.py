"""Settings of JAX and Equinox that have to be there before either is imported; the user's own come first.

Compiled programs are kept on disk between runs, since compilation is what a user waits for first. Solves of Diffrax can
be kept only if failing checks inside compiled code give NaN instead of raising through a host callback; NESYM reads the
solvers' results for the reason of a failure.
"""

import os
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nesym" / "programs"
DEFAULTS = {
    "JAX_COMPILATION_CACHE_DIR": str(CACHE),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "EQX_ON_ERROR": "nan",
}


def prepare() -> None:
    """Set every default that the user has not set."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
