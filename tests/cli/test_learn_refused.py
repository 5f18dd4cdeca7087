"""What `nesym learn` refuses, before anything is trained or written."""

import re

import numpy as np
import pytest
from small_orbits import LAW, circles


def broken(ds):
    ds["x"][1, 5] = np.nan
    return ds


CASES = {
    "a law that is not kept": (circles(), ("--conserve", "x * y"), "is not conserved .*: it moves by", "--no-check"),
    "an unknown name": (circles(), ("--conserve", "xx**2"), "names xx", "Write x"),
    "an attribute": (circles(), ("--conserve", "x.real"), "is an attribute", "coordinate alone"),
    "code": (circles(), ("--conserve", "__import__('os')"), "calls __import__", "Use one of"),
    "as many laws as coordinates": (circles(), ("--conserve", LAW, "--conserve", "x"), "nothing could move", "fewer laws"),
    "a rate without a law": (circles(), ("--gamma", 8), "--gamma 8 came", "--conserve"),
    "a rate below zero": (circles(), ("--conserve", LAW, "--gamma", -1), "rate above 0", "positive"),
    "a gap": (broken(circles()), (), "Trajectory 1 has missing", "Cut it there"),
    "one trajectory": (circles(1), (), "One trajectory alone", "--cut 10"),
    "no time": (circles().isel(time=0, drop=True), (), "a coordinate `time`", "Give one Dataset"),
    "an odd number of coordinates": (circles().assign(z=circles()["x"]), ("--order", 2), "as many velocities", "order=1"),
    "an unknown variable": (circles(), ("--variables", "x,yy"), "no variable 'yy'", "Write y"),
    "an unknown model": (circles(), ("--known", "too-body"), "no physical model", "two-body"),
    "an unknown method": (circles(), ("--method", "sindy"), "not a choice", "neural-ode"),
    "a foreign option": (circles(), ("--steps", 9), "--steps came", "Leave it out"),
    "another foreign option": (circles(), ("--method", "latent-sde", "--conserve", LAW), "--conserve came", "Leave it"),
    "two quantities with noise": (circles(), ("--method", "latent-sde"), "One quantity", "--variables"),
    "a model that is there": (circles(), ("--out", "mine"), "already a model", "another name"),
    "a report nowhere": (circles(), ("--report", "no/r.html"), "no folder", "mkdir"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_learned_is_refused_before_anything_is_written(case, folder, nesym, contents):
    data, options, problem, remedy = CASES[case]
    data.to_netcdf(folder / "data.nc")
    (folder / "mine.safetensors").touch()
    before = contents()
    found = nesym("learn", "data.nc", *options)
    assert (
        found.code == 2 and re.search(problem, found.said) and remedy in found.err.split("Remedy")[1].replace("\n", " ")
    )
    assert contents() == before


def test_a_missing_file_is_refused(folder, nesym):
    found = nesym("learn", "none.nc")
    assert found.code == 2 and "no file none.nc" in found.said.lower()
