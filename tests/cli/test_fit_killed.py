"""`nesym fit downscale`, killed without a word: the same command goes on to the bits of a run that never was."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.numpy import load_file
from small_files import rain, store

SIZES = (
    "--steps",
    "520",
    "--width",
    "8",
    "--crop",
    "16",
    "--batch",
    "2",
    "--factors",
    "4",
)  # two checkpoints on the way


def start(folder, name: str) -> subprocess.Popen:
    command = ("fit", "downscale", "fine.nc", "--out", name, "--method", "diffusion", *SIZES)
    environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(folder / "programs")}
    code = "from nesym.cli import main; main()"
    return subprocess.Popen([sys.executable, "-c", code, *command], cwd=folder, env=environment)


@pytest.mark.slow
def test_killed_twice_it_goes_on_to_the_same_bits(tmp_path):
    store(rain(nt=64, side=32, km=1.0), tmp_path / "fine.nc")
    assert start(tmp_path, "whole").wait() == 0
    denoiser = tmp_path / "mine.training" / "denoiser"
    for checkpoint in ("step-0000000250.safetensors", "step-0000000500.safetensors"):
        process = start(tmp_path, "mine")
        while process.poll() is None and not (denoiser / checkpoint).exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not (tmp_path / "mine.safetensors").exists()
    assert start(tmp_path, "mine").wait() == 0
    found, expected = (load_file(tmp_path / f"{name}.safetensors") for name in ("mine", "whole"))
    assert found.keys() == expected.keys() and len(found) > 10
    for name, array in found.items():
        np.testing.assert_array_equal(array, expected[name])
