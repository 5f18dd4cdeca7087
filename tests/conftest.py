"""Settings that every test runs under: double precision, and real data where `NESYM_DATA` points to some."""

import os
from pathlib import Path

# Failing checks inside compiled code raise here, where users get NaN and a reason (nesym._environment).
os.environ["EQX_ON_ERROR"] = "raise"

import jax
import pytest

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_compilation_cache_dir", None)


@pytest.fixture
def strict():
    """Strict dtype and rank promotion, for kernels that call neither optax nor Diffrax."""
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of larger real data sets, or a skip that says how to have it."""
    folder = os.environ.get("NESYM_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs the larger data sets: set NESYM_DATA to their folder")
    return Path(folder)
