"""Over a mesh each device takes its share of the batch, and the result is that of one device."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def found():
    """What `mesh_run.py` finds with two virtual devices; without x64, so that float32 is what it is for users."""
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "0"}
    script = Path(__file__).with_name("mesh_run.py")
    out = subprocess.run([sys.executable, str(script)], env=os.environ | flags, capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


def test_the_result_is_that_of_one_device(found):
    assert found["apart"] < 1e-4 < found["moved"]
    assert max(found["losses"]) < 1e-5
    assert found["devices_after"] == 1


def test_each_device_has_its_share_of_the_batch(found):
    assert [4, 4, 4] in found["shares"]


def test_uneven_shares_and_other_axes_are_refused(found):
    assert found["uneven"] == "Give batches whose first axis is a multiple of 2."
    assert found["axes"] == 'Make it with jax.make_mesh((jax.device_count(),), ("batch",)).'
