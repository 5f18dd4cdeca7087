"""Records as they come: other calendars, partial years, seas, deserts, gaps and short runs, on the packaged rain of SPEEDY.

Every method either does what is right with them or refuses them with the remedy; small_runs.py has more, with known truth.
"""

from functools import cache

import numpy as np
import pytest
import xarray as xr

import nesym
from nesym._errors import GridError, InputError, RangeError, TimeError, UnitError
from nesym.adjust import (
    ISIMIP3BASD,
    LOCI,
    AllTimes,
    DeltaChange,
    DetrendedQuantileMapping,
    LinearScaling,
    MBCnSD,
    Months,
    MovingWindow,
    QuantileDelta,
    QuantileMapping,
)
from nesym.fields import coarsen, open_dataset, regrid, write

METHODS = [
    LinearScaling(),
    LOCI(),
    DeltaChange(),
    QuantileMapping(),
    DetrendedQuantileMapping(),
    QuantileDelta(),
    ISIMIP3BASD(window=MovingWindow(91, step=91)),
]
ON_THEIR_OWN_TIMES = [method for method in METHODS if not method.keeps_observed_times]


def every(methods):
    return pytest.mark.parametrize("method", methods, ids=lambda method: method.name)


def runs(start: str | None = None, stop: str | None = None) -> tuple[xr.DataArray, ...]:
    """Observations, the model's past and its future on nine cells of the Pacific, from March 2000 on."""
    names = ("pacific_ref", "pacific_esm", "pacific_esm_plus3K")
    return tuple(nesym.data.sample(name)["pr"][:, ::5, ::12].sel(time=slice(start, stop)).load() for name in names)


OBS, HIST, FUTURE = runs()


def fitted(method, obs=OBS, hist=HIST):
    return method.fit(obs, hist, reference="all")


@cache
def usual(method) -> xr.DataArray:
    """What a method makes of the records as they are."""
    return fitted(method).apply(FUTURE)


@cache
def with_other_calendar() -> tuple[xr.DataArray, xr.DataArray]:
    """The model's past and future with years of 360 days."""
    return tuple(da.convert_calendar("360_day", align_on="year", use_cftime=True) for da in (HIST, FUTURE))


def with_cell(da: xr.DataArray, value) -> xr.DataArray:
    """A copy with other values in the first cell."""
    new = da.copy()
    new[:, 0, 0] = value
    return new


def others(da: xr.DataArray) -> np.ndarray:
    """All cells but the first."""
    return da.transpose("time", ...).values.reshape(da.sizes["time"], -1)[:, 1:]


@every(METHODS)
def test_a_model_with_another_calendar(method):
    """Years of 360 days, of which the scenario keeps its own dates; seasons meet, so little changes."""
    hist, future = with_other_calendar()
    out = fitted(method, OBS, hist).apply(future)
    assert np.isfinite(out).all()
    assert abs(float(out.mean() / usual(method).mean()) - 1) < 0.02
    assert out["time"].equals((OBS if method.keeps_observed_times else future)["time"])


def test_delta_change_lies_on_the_observed_dates(tmp_path):
    obs = OBS.convert_calendar("360_day", align_on="year", use_cftime=True)
    adjuster = fitted(DeltaChange(), obs)
    assert adjuster.apply(FUTURE)["time"].equals(obs["time"])
    adjuster.save(tmp_path / "delta.safetensors")
    xr.testing.assert_identical(nesym.load(tmp_path / "delta.safetensors").apply(FUTURE), adjuster.apply(FUTURE))


def test_downscaling_a_run_with_another_calendar():
    fine, run = (da[:, :2, :2].assign_coords(lat=[0.0, 1.0], lon=[0.0, 1.0]) for da in (OBS, with_other_calendar()[1]))
    other = coarsen(run, 2)
    out = MBCnSD(rotations=2).fit(fine).apply(other)
    assert out["time"].equals(other["time"])
    np.testing.assert_allclose(coarsen(out.astype("f8"), 2), other, rtol=1e-5, atol=1e-7)


@every(METHODS)
def test_partial_years_are_corrected_where_every_season_is_known(method):
    obs, hist, future = runs("2000-05-14", "2001-11-20")
    assert np.isfinite(fitted(method, obs, hist).apply(future)).all()


@pytest.mark.parametrize("window", [Months(), MovingWindow(31)], ids=["months", "31 days"])
def test_seasons_that_only_one_record_has_are_refused(window):
    summer = HIST.sel(time=HIST["time"].dt.month.isin([6, 7, 8]))
    with pytest.raises(TimeError, match="0 modelled times") as refused:
        fitted(QuantileMapping(window=window), OBS, summer)
    assert "longer record" in refused.value.remedy
    adjuster = fitted(LinearScaling(window=window), OBS.sel(time=summer["time"]), summer)
    with pytest.raises(TimeError, match="nothing was calibrated") as refused:
        adjuster.apply(FUTURE)
    assert "whole years" in refused.value.remedy
    assert np.isfinite(adjuster.apply(FUTURE.sel(time=FUTURE["time"].dt.month == 7))).all()


def test_delta_change_needs_the_seasons_of_the_observations():
    adjuster = fitted(DeltaChange())
    with pytest.raises(TimeError, match="month 6 is not known") as refused:
        adjuster.apply(FUTURE.sel(time=FUTURE["time"].dt.month != 6))
    assert "whole years" in refused.value.remedy


def test_units_and_grids_that_differ():
    seconds = (HIST / 86_400).assign_attrs(units="kg m-2 s-1")
    np.testing.assert_allclose(
        fitted(QuantileMapping(), OBS, seconds).apply(FUTURE), fitted(QuantileMapping()).apply(FUTURE), rtol=1e-4
    )
    with pytest.raises(UnitError, match="mm per day"):
        fitted(QuantileMapping(), OBS, HIST.assign_attrs(units="mm per day"))
    fine, whole = (nesym.data.sample(name)["pr"][:730, :, :34].load() for name in ("pacific_ref", "pacific_esm"))
    obs, coarse = coarsen(fine, 2), coarsen(whole, 2)
    with pytest.raises(GridError, match="another grid") as refused:
        fitted(QuantileMapping(), obs, whole)
    assert "regrid" in refused.value.remedy
    # And the remedy is one: within the borders, where Gaussian cells have other edges than pairs of them.
    brought = regrid(whole, obs, "conservative")[:, 1:-1]
    np.testing.assert_allclose(
        *(fitted(QuantileMapping(), obs[:, 1:-1], run).apply(coarse[:, 1:-1]) for run in (brought, coarse[:, 1:-1])),
        rtol=1e-3,
        atol=0.11,
    )


@every(ON_THEIR_OWN_TIMES)
def test_all_dry_cells(method):
    """A desert stays one, and a model without rain does no harm; their neighbours see nothing of either."""
    desert = fitted(method, with_cell(OBS, 0.0)).apply(FUTURE)
    # Local intensity scaling keeps what exceeds all past rain of the model, ISIMIP3BASD the days that it has more of.
    assert float((desert[:, 0, 0] > 0).mean()) <= (0.05 if method.name in ("loci", "isimip") else 0.0)
    dry = fitted(method, OBS, with_cell(HIST, 0.0)).apply(with_cell(FUTURE, 0.0))
    assert np.isfinite(dry[:, 0, 0]).all()
    for out in (desert, dry):
        np.testing.assert_array_equal(others(out), others(usual(method)))


@every(METHODS)
def test_constant_series(method):
    for value in (0.05, 2.0):
        obs, hist, future = (with_cell(da, factor * value) for da, factor in ((OBS, 1), (HIST, 2), (FUTURE, 2)))
        out = fitted(method, obs, hist).apply(future)[..., 0, 0]
        assert np.isfinite(out).all() and float(out.max()) <= 2 * value and float(out.min()) >= 0.0


@every(ON_THEIR_OWN_TIMES)
def test_a_scenario_beyond_the_calibrated_range(method, tmp_path):
    """The attribute says so, in the file too; what comes out is no larger than ten times what went in."""
    wet = with_cell(FUTURE, 5 * FUTURE[:, 0, 0])
    out = fitted(method).apply(wet)
    assert "of the values lie beyond" in out.attrs["beyond_calibration"]
    assert np.isfinite(out).all() and float(out[:, 0, 0].max()) <= 10 * float(wet[:, 0, 0].max())
    write(out, tmp_path / "out.nc")
    assert open_dataset(tmp_path / "out.nc")["pr"].attrs["beyond_calibration"] == out.attrs["beyond_calibration"]


@every(METHODS)
@pytest.mark.parametrize("which", range(3), ids=["observations", "past", "scenario"])
def test_cells_without_values_stay_missing(method, which):
    """Sea in the observations, land alone in the model: their neighbours are as they would be, in memory and in pieces."""
    data = [with_cell(da, np.nan) if at == which else da for at, da in enumerate((OBS, HIST, FUTURE))]
    for future in (data[2], data[2].chunk(lat=1, lon=1)):
        out = fitted(method, *data[:2]).apply(future).compute()
        assert np.isnan(out[..., 0, 0]).all()
        np.testing.assert_array_equal(others(out), others(usual(method)))


@pytest.mark.parametrize("fill", [-999.0, -1e-3, np.inf])
def test_sea_points_with_a_number_instead_of_a_gap(fill):
    """A fill value that was not declared is refused wherever it lies, with what it may be."""
    for data in ((with_cell(OBS, fill), HIST, FUTURE), (OBS, with_cell(HIST, fill), FUTURE)):
        with pytest.raises(RangeError) as refused:
            fitted(QuantileDelta(), *data[:2])
        assert refused.value.remedy.endswith(".")
    with pytest.raises(RangeError):
        fitted(QuantileDelta()).apply(with_cell(FUTURE, fill))
    with pytest.raises(RangeError):
        fitted(QuantileDelta()).apply(with_cell(FUTURE, fill).chunk(lat=1)).compute()


@every(METHODS)
@pytest.mark.parametrize("which", range(3), ids=["observations", "past", "scenario"])
def test_one_missing_value_does_not_poison_its_window(method, which):
    data = [da.copy() for da in (OBS, HIST, FUTURE)]
    data[which][200, 0, 0] = np.nan
    out, whole = fitted(method, *data[:2]).apply(data[2]), usual(method)
    kept = data[which].isnull().values if which == (0 if method.keeps_observed_times else 2) else np.zeros(1, bool)
    assert int(np.isnan(out).sum()) == kept.sum()
    np.testing.assert_array_equal(others(out), others(whole))
    apart = np.abs((out - whole).transpose("time", ...).values[:, 0, 0])
    assert np.nanmean(apart) < 0.05 * float(whole[..., 0, 0].mean())


@every(METHODS)
def test_chunks_along_time(method):
    pieces = fitted(method, OBS.chunk(time=100), HIST.chunk(time=333)).apply(FUTURE.chunk(time=57))
    assert pieces.chunks is not None
    np.testing.assert_array_equal(pieces.compute(), usual(method))


@every(METHODS)
def test_a_scenario_shorter_than_a_window(method):
    """What needs no ranks corrects every day as in a long run; the others say what is missing."""
    adjuster, few = fitted(method), FUTURE[100:120]
    if method.ranked or method.keeps_observed_times:
        with pytest.raises(TimeError, match="are needed") as refused:
            adjuster.apply(few)
        assert refused.value.remedy.startswith("Give a")
    else:
        np.testing.assert_array_equal(adjuster.apply(few), usual(method)[100:120])


def test_all_times_take_a_short_scenario_as_one():
    out = fitted(QuantileDelta(window=AllTimes())).apply(FUTURE[100:130])
    assert np.isfinite(out).all() and out.sizes["time"] == 30


@pytest.mark.parametrize("method", [LinearScaling, LOCI, DeltaChange], ids=lambda method: method.name)
def test_ratios_and_thresholds_that_make_no_sense(method):
    for wrong in (1.0, -3.0, np.nan):
        with pytest.raises(InputError, match="ratio above 1"):
            method(largest=wrong)
    with pytest.raises(InputError, match="some rain"):
        LOCI(wet=0.0)
