"""Compiled programs that are kept on disk, as they are for users: runs of one program are many in some tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax
from jax.experimental.compilation_cache import compilation_cache


@contextmanager
def compiled_once(folder, *, optimised: bool = True) -> Iterator[None]:
    """What is compiled within is kept in `folder` and found again; in haste, unless it shall be `optimised`."""
    kept = {
        "jax_disable_most_optimizations": not optimised,
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0.1,
    }
    before = {name: jax.config.values[name] for name in kept}
    try:
        _configure(kept)
        yield
    finally:
        _configure(before)


def _configure(settings: dict) -> None:
    for name, value in settings.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()
