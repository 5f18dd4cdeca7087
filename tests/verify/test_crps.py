"""CRPS: known values, properties, missing values, labels."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nesym._errors import InputError
from nesym.verify import crps as crps_module
from nesym.verify import crps_ensemble, crps_parts
from nesym.verify.crps import fair_factor
from nesym.verify.sorting import comparators, sort_rows

FIVE = np.array([0.69, 1.25, 0.36, -0.11, -0.19])
values = st.floats(-1e3, 1e3, width=32)
ensembles = st.integers(1, 9).flatmap(lambda m: arrays(np.float32, (m, 6), elements=values))


def pairwise(ens, obs, fair=False):
    """The definition, by all pairs."""
    ens, obs = ens.astype(np.float64), obs.astype(np.float64)
    pairs = np.abs(ens[:, None] - ens[None]).sum((0, 1))
    return np.abs(ens - obs).mean(0) - pairs / (2 * len(ens) * (len(ens) - fair))


@pytest.mark.parametrize(("obs", "expected"), [(0.0, 0.2256), (-1.0, 1.1056), (1.0, 0.4056)])
def test_published_values(obs, expected):
    distance, spread = crps_parts(FIVE[:, None], np.array([obs]))
    assert (distance - spread)[0] == pytest.approx(expected, abs=1e-12)


def test_large_gaussian_ensemble_reaches_the_closed_form():
    # CRPS of N(0, 1) at y = 0 is sqrt(2 / pi) - 1 / sqrt(pi) (Gneiting et al. 2005, doi 10.1175/MWR2904.1).
    from scipy.stats import norm

    members = norm.ppf((np.arange(2000) + 0.5) / 2000)[:, None]
    distance, spread = crps_parts(members, np.zeros(1))
    assert (distance - spread)[0] == pytest.approx(np.sqrt(2 / np.pi) - 1 / np.sqrt(np.pi), abs=1e-4)


@given(ensembles, arrays(np.float32, 6, elements=values))
@settings(max_examples=60, deadline=None)
def test_equals_the_sum_over_all_pairs(ens, obs):
    distance, spread = crps_parts(ens, obs)
    np.testing.assert_allclose(distance - spread, pairwise(ens, obs), rtol=1e-10, atol=1e-9)
    if len(ens) > 1:
        np.testing.assert_allclose(distance - spread * fair_factor(len(ens)), pairwise(ens, obs, True), atol=1e-9)


@given(ensembles, arrays(np.float32, 6, elements=values), st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_order_of_members_does_not_matter(ens, obs, seed):
    shuffled = np.random.default_rng(seed).permutation(ens)
    np.testing.assert_allclose(crps_parts(shuffled, obs)[1], crps_parts(ens, obs)[1], rtol=0, atol=0)


def test_one_member_is_the_absolute_error_and_has_no_fair_form():
    rng = np.random.default_rng(0)
    ens, obs = xr.DataArray(rng.normal(size=(1, 8)), dims=("member", "x")), xr.DataArray(rng.normal(size=8), dims="x")
    np.testing.assert_array_equal(crps_ensemble(ens, obs), np.abs(ens[0] - obs))
    assert np.isnan(crps_ensemble(ens, obs, fair=True)).all()


def test_result_does_not_depend_on_the_grouping_of_points(monkeypatch):
    rng = np.random.default_rng(1)
    ens, obs = rng.gamma(0.5, 2.0, (20, 7, 1000)).astype("f4"), rng.gamma(0.5, 2.0, (7, 1000)).astype("f4")
    whole = crps_parts(ens, obs)
    monkeypatch.setattr(crps_module, "BLOCK", 37)
    for part, other in zip(whole, crps_parts(ens, obs), strict=True):
        np.testing.assert_array_equal(part, other)


def test_missing_values_stay_where_they_are():
    rng = np.random.default_rng(2)
    ens, obs = rng.normal(size=(20, 40)), rng.normal(size=40)
    complete = crps_parts(ens, obs)
    ens[7, 3] = ens[:, 11] = obs[20] = np.nan
    for part, before in zip(crps_parts(ens, obs), complete, strict=True):
        missing = np.isnan(part)
        assert np.flatnonzero(missing).tolist() == [3, 11, 20]
        np.testing.assert_array_equal(part[~missing], before[~missing])


def test_inputs_are_not_changed():
    rng = np.random.default_rng(3)
    ens, obs = rng.normal(size=(6, 50)), rng.normal(size=50)
    before = ens.copy(), obs.copy()
    crps_parts(ens, obs)
    np.testing.assert_array_equal(ens, before[0])
    np.testing.assert_array_equal(obs, before[1])


def test_labels_and_lazy_arrays():
    rng = np.random.default_rng(4)
    ens = xr.DataArray(rng.normal(size=(3, 5, 4)), dims=("time", "member", "x"), coords={"time": [0, 1, 2]})
    obs = xr.DataArray(rng.normal(size=(3, 4)), dims=("time", "x"), coords={"time": [0, 1, 2]}, attrs={"units": "mm"})
    now = crps_ensemble(ens, obs)
    assert now.dims == ("time", "x")
    assert now.attrs["units"] == "mm"
    later = crps_ensemble(ens.chunk(time=1, member=2), obs.chunk(time=2))
    assert later.chunks is not None
    xr.testing.assert_identical(later.compute(), now)


def test_bad_input():
    with pytest.raises(InputError, match="Put the members on the first axis"):
        crps_parts(np.zeros((4, 5)), np.zeros(4))
    with pytest.raises(InputError, match="expand_dims"):
        crps_ensemble(xr.DataArray(np.zeros(3), dims="x"), xr.DataArray(np.zeros(3), dims="x"))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13, 20])
def test_the_network_sorts(n):
    # A network that sorts all columns of zeros and ones sorts everything (the 0-1 principle).
    patterns = np.random.default_rng(n).integers(0, 2, (n, 4000)) if n > 12 else np.indices([2] * n).reshape(n, -1)
    rows = patterns.astype(np.float32)
    np.testing.assert_array_equal(sort_rows(rows.copy(), np.empty(rows.shape[1], rows.dtype)), np.sort(rows, 0))


def test_the_network_is_as_small_as_known():
    assert [len(comparators(n)) for n in (1, 2, 5, 20)] == [0, 1, 9, 97]
