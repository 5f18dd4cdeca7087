"""The score table: labels, lazy and streamed forecasts, references, curves."""

import numpy as np
import pytest
import xarray as xr

from nesym._errors import GridError, InputError, NesymError
from nesym.verify import collect, metrics, score

METRICS = metrics.rain_metrics(factor=4)


def fields(days=6, members=5, seed=0, step=6):
    """Forecast (member, time, y, x) whose members and truth are exchangeable, and the truth."""
    rng = np.random.default_rng(seed)
    steps = days * 24 // step
    times = np.datetime64("2018-05-10", "ns") + np.arange(steps) * np.timedelta64(step, "h")
    common = rng.normal(size=(steps, 16, 20))
    rain = np.maximum(common + 0.5 * rng.normal(size=(members + 1, steps, 16, 20)), 0).astype(np.float32)
    coords = {
        "time": times,
        "y": ("y", np.arange(16) * 2000.0, {"units": "m"}),
        "x": ("x", np.arange(20) * 2000.0, {"units": "m"}),
    }
    dims = ("member", "time", "y", "x")
    da = xr.DataArray(rain, dims=dims, coords=coords, attrs={"units": "mm h-1"}, name="pr")
    return da[1:], da[0]


def test_rows_are_methods_and_columns_metrics():
    ens, obs = fields()
    table = score({"single": ens[0], "ensemble": ens}, obs, key=0, reference="single", factor=4, resamples=200)
    assert [row["method"] for row in table.rows] == ["single", "ensemble", "truth"]
    assert table.columns == ("method", *(metric.name for metric in METRICS))
    crps, mae = table.cell("ensemble", "CRPS"), table.cell("single", "MAE")
    assert crps.low <= crps.value <= crps.high < mae.low
    assert crps.n == obs.sizes["time"]
    assert table.cell("single", "CRPS").value == pytest.approx(mae.value, rel=1e-14)
    assert np.isnan(table.cell("single", "spread-skill").value)
    assert table.cell("truth", "wet fraction (>= 0.1)").value == pytest.approx(float((obs >= 0.1).mean()))
    assert table.cell("truth", "MAE") is None
    assert "CRPS" in table.caption and "mm h-1" in table.caption and "6 blocks of 1D" in table.caption


def test_differences_and_ratios_are_paired():
    ens, obs = fields()
    table = score({"single": ens[0], "ensemble": ens}, obs, key=0, reference="single", resamples=200)
    crps, mae = table.cell("ensemble", "CRPS"), table.cell("single", "MAE")
    ratio = table.ratios.cell("ensemble", "CRPS")
    assert ratio.value == pytest.approx(crps.value / mae.value)
    assert ratio.high - ratio.low < crps.high / mae.low - crps.low / mae.high
    difference = table.differences.cell("ensemble", "CRPS")
    assert difference.value == pytest.approx(crps.value - mae.value)
    assert difference.high < 0
    assert "bias" in table.differences.columns and "bias" not in table.ratios.columns


def test_curves():
    ens, obs = fields()
    curves = score({"single": ens[0], "ensemble": ens}, obs, key=0).curves
    assert curves["rapsd"].dims == ("method", "wavelength")
    assert curves["rapsd"]["method"].values.tolist() == ["single", "ensemble", "truth"]
    assert curves["wavelength"].values[0] == 40.0 and curves["wavelength"].attrs["units"] == "km"
    ranks = curves["rank_histogram"].sel({"method": "ensemble"})
    assert ranks.sizes["rank"] == 6 and float(ranks.sum()) == pytest.approx(1.0)
    assert curves["rank_histogram"].sel({"method": "single"}).isnull().sum() == 4
    assert abs(float(curves["lag1"].sel({"method": "truth"}))) < 0.1


@pytest.mark.parametrize("chunks", [{"time": 1}, {"time": 5, "y": 7}, {"time": -1, "member": 2}])
def test_lazy_forecasts_and_pieces_score_the_same(chunks):
    ens, obs = fields(days=3)
    expected = score({"a": ens}, obs, key=0, factor=4, resamples=50)
    lazy = score({"a": ens.chunk(chunks)}, obs.chunk(time=4), key=0, factor=4, resamples=50)
    assert lazy.to_json() == expected.to_json()
    parts = (ens.isel(time=slice(i, i + 5)) for i in range(0, 12, 5))
    streamed = score({"a": parts}, obs, key=0, factor=4, resamples=50)
    assert streamed.to_json() == expected.to_json()


def test_a_lazy_forecast_is_computed_chunk_by_chunk():
    import dask.array

    ens, obs = fields(days=3)
    alive = []

    def draw(block_info=None):
        alive.append(block_info[None]["chunk-location"][1])
        return np.zeros((5, 1, 16, 20))

    zeros = dask.array.map_blocks(draw, chunks=((5,), (1,) * 12, (16,), (20,)), dtype=float)
    lazy = ens.copy(data=zeros)
    seen = []
    collect(lazy, obs, (metrics.mae(),), progress=lambda n: seen.append((n, len(alive))))
    assert seen == [(1, k) for k in range(1, 13)]


def test_area_weights_and_missing_observations_on_the_globe():
    rng = np.random.default_rng(1)
    latitude, longitude = np.linspace(-80, 80, 9), np.arange(0, 360, 30.0)
    obs = xr.DataArray(
        rng.random((4, 9, 12)),
        dims=("time", "lat", "lon"),
        coords={
            "time": np.datetime64("2001-01-01", "ns") + np.arange(4) * np.timedelta64(1, "D"),
            "lat": ("lat", latitude, {"units": "degrees_north"}),
            "lon": ("lon", longitude, {"units": "degrees_east"}),
        },
    )
    forecast = obs + np.cos(np.deg2rad(obs["lat"]))
    obs[2, 3, 4] = np.nan
    weights = np.cos(np.deg2rad(latitude))
    table = score({"a": forecast.transpose("lon", "time", "lat")}, obs, key=0, metrics=[metrics.bias()])
    known = obs.notnull().sum(("time", "lon")).values
    expected = (weights * weights * known).sum() / (weights * known).sum()
    assert table.cell("a", "bias").value == pytest.approx(expected, rel=0.01)


def test_one_field_alone_can_be_scored():
    ens, obs = fields()
    table = score({"a": ens[:, :1]}, obs[:1], key=0)
    assert "lag-1 autocorrelation" not in table.columns
    assert table.cell("a", "MAE").low is None
    assert "no intervals" in table.caption


def test_gaps_in_the_observations_are_said():
    ens, obs = fields()
    obs[1:, 0, 0] = np.nan
    table = score({"a": ens}, obs, key=0, resamples=50)
    assert f"Of the {obs.sizes['time']} steps, RAPSD log error rests on 1" in table.caption
    assert table.cell("a", "RAPSD log error").n == 1


def test_progress_is_told_of_every_method():
    ens, obs = fields()
    told = []
    score({"a": ens, "b": ens[0]}, obs, key=0, metrics=[metrics.mae()], progress=lambda name, n: told.append((name, n)))
    assert sum(n for name, n in told if name == "b") == obs.sizes["time"]


def shifted(da, **by):
    return da.assign_coords({dim: da[dim] + value for dim, value in by.items()})


@pytest.mark.parametrize(
    ("change", "error", "remedy"),
    [
        (lambda e: e.rename(member="sample"), InputError, "Rename them"),
        (lambda e: e.isel(x=slice(1, None)), GridError, "same grid"),
        (lambda e: e.isel(y=slice(None, None, -1)), GridError, "same order"),
        (lambda e: shifted(e, time=np.timedelta64(1, "h")), InputError, "common ones"),
        (lambda e: e.isel(time=slice(3)), InputError, "all times"),
        (lambda e: [e.isel(time=slice(3, None)), e.isel(time=slice(3))], NesymError, "in order of time"),
    ],
)
def test_bad_forecasts_are_refused(change, error, remedy):
    ens, obs = fields(days=2)
    with pytest.raises(error, match=remedy):
        score({"a": change(ens)}, obs, key=0)


def test_bad_names_are_refused():
    ens, obs = fields(days=2)
    for methods, reference in (({}, None), ({"truth": ens}, None), ({"a": ens}, "b")):
        with pytest.raises(InputError, match="Rename the method"):
            score(methods, obs, key=0, reference=reference)
