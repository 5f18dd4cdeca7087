"""The same key gives the same bits: whatever the chunks, the subset of times, the number of members, lazy or not."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from unittest.mock import patch

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from small_rain import READY, make_coarse

from nesym.downscale import ensemble

RAINFARM, CASCADE = READY["rainfarm"], READY["cascade"]
METHODS = {
    "rainfarm": RAINFARM,
    "cascade": CASCADE,
    "rainfarm with memory": replace(RAINFARM, memory=True),
    "cascade with memory": replace(CASCADE, memory=True),
    "consistency": READY["consistency"],
    "consistency with memory": replace(READY["consistency"], memory=True),
    "diffusion": READY["diffusion"],
}
RAIN, FACTOR, MEMBERS = make_coarse(), 4, 4
FIELD_BYTES = 4 * 32 * 32


@cache
def whole(name: str) -> np.ndarray:
    """All members and steps, drawn at once."""
    return METHODS[name].sample(RAIN, FACTOR, MEMBERS, key=5).values


@st.composite
def cuts(draw, size: int) -> tuple[int, ...]:
    """Chunk lengths that add up to `size`."""
    ends = sorted(draw(st.sets(st.integers(1, size - 1)))) if size > 1 else []
    return tuple(np.diff([0, *ends, size]).tolist())


@st.composite
def requests(draw):
    """Some times in order, in chunks; some members; and how many fields go into a block of the lazy result."""
    times = sorted(draw(st.sets(st.integers(0, RAIN.sizes["time"] - 1), min_size=1)))
    chunks = {"time": draw(cuts(len(times))), "y": draw(st.sampled_from([8, 3]))}
    return times, chunks, draw(st.integers(1, MEMBERS)), draw(st.integers(1, 12))


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=10, deadline=None)
@given(request=requests())
def test_chunks_subsets_and_members_change_nothing(name, request):
    times, chunks, members, fields = request
    with patch.object(ensemble, "BLOCK_BYTES", fields * FIELD_BYTES):
        fine = METHODS[name].sample(RAIN.isel(time=times).chunk(chunks), FACTOR, members, key=5)
        assert fine.chunks is not None and fine.sizes["member"] == members
        np.testing.assert_array_equal(fine.values, whole(name)[:members, times])


@pytest.mark.parametrize("name", METHODS)
def test_eager_subsets_too(name):
    one = METHODS[name].sample(RAIN.isel(time=[4]), FACTOR, 2, key=5).values
    np.testing.assert_array_equal(one[:, 0], whole(name)[:2, 4])


@pytest.mark.parametrize("name", METHODS)
def test_another_key_member_or_time_is_another_draw(name):
    other = METHODS[name].sample(RAIN, FACTOR, MEMBERS, key=6).values
    assert not np.array_equal(other, whole(name))
    # Members and keys are told apart, not added: member 1 of key 5 is not member 0 of key 6.
    assert not np.array_equal(other[0], whole(name)[1])
    for a in range(MEMBERS):
        for b in range(a):
            assert not np.array_equal(whole(name)[a], whole(name)[b])
    steady = RAIN.copy(data=np.broadcast_to(RAIN.values[:1], RAIN.shape))
    fine = METHODS[name].sample(steady, FACTOR, 1, key=5).values[0]
    assert len({field.tobytes() for field in fine}) == RAIN.sizes["time"]


@pytest.mark.parametrize("name", ["rainfarm", "cascade"])
def test_memory_makes_steps_alike(name):
    """Over steady rain, what neighbouring draws have in common is all memory: exp(-1/4) in the noise, less in rain."""
    steady = make_coarse(nt=24, dry=False)
    steady = steady.copy(data=np.broadcast_to(steady.values[:1], steady.shape))
    slow = replace(METHODS[f"{name} with memory"], fitted_memory=replace(RAINFARM.fitted_memory, efold=1200.0))

    def correlation(method) -> float:
        log = np.log(method.sample(steady, FACTOR, 4, key=1).values)
        log = log - np.log(METHODS[name].sample(steady, FACTOR, 4, key=2).values).mean((0, 1))
        return float(np.corrcoef(log[:, 1:].ravel(), log[:, :-1].ravel())[0, 1])

    assert abs(correlation(METHODS[name])) < 0.1
    assert 0.6 < correlation(slow) < 0.85


def test_lazy_stays_lazy():
    """Nothing is read when an ensemble is described, and one chunk when one step of it is asked for."""
    import dask.array as da

    read = []

    def field(block, block_info=None):
        read.append(block_info[None]["chunk-location"][0])
        return RAIN.values[block_info[None]["chunk-location"][0]][None]

    lazy = RAIN.copy(
        data=da.map_blocks(field, da.zeros(RAIN.shape, chunks=(1, 8, 8), dtype=np.float32), dtype=np.float32)
    )
    read.clear()  # dask may try the function on nothing
    fine = RAINFARM.sample(lazy, FACTOR, 3, key=5)
    assert read == [] and fine.shape == (3, 6, 32, 32) and fine.dtype == np.float32
    np.testing.assert_array_equal(fine.isel(time=4), whole("rainfarm")[:3, 4])
    assert read == [4]


def test_errors_in_lazy_values_come_when_they_are_computed():
    from nesym._errors import RangeError

    wrong = RAIN.copy(data=RAIN.values - 1).chunk(time=2)
    fine = RAINFARM.sample(wrong, FACTOR, 1)
    with pytest.raises(RangeError, match="negative"):
        fine.load()


def test_the_precision_that_jax_is_set_to_changes_nothing(tmp_path):
    """Other parts of a program may switch JAX to 64 bits; these tests do."""
    coarse, drawn, names = tmp_path / "coarse.nc", tmp_path / "fine.npz", ["cascade", "consistency", "diffusion"]
    RAIN.to_netcdf(coarse, engine="h5netcdf")
    for name in names:
        METHODS[name].save(tmp_path / f"{name}.safetensors")
    code = f"""
import nesym, numpy as np, xarray as xr
rain = xr.open_dataarray({str(coarse)!r})
models = {{name: nesym.load(f"{tmp_path}/{{name}}.safetensors") for name in {names}}}
np.savez({str(drawn)!r}, **{{name: model.sample(rain, 4, 2, key=4294967295) for name, model in models.items()}})
"""
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"JAX_ENABLE_X64": "0"})
    with np.load(drawn) as single:
        for name in names:
            np.testing.assert_array_equal(METHODS[name].sample(RAIN, FACTOR, 2, key=4294967295), single[name])


def test_a_result_can_be_cut_and_computed_in_parts():
    lazy = METHODS["cascade with memory"].sample(RAIN.chunk(time=2), FACTOR, MEMBERS, key=5)
    parts = [lazy.isel(time=slice(s, s + 3)).compute() for s in (0, 3)]
    np.testing.assert_array_equal(xr.concat(parts, "time"), whole("cascade with memory"))
