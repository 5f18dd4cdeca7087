"""Scores of interpolated rain on a day of German radar data."""

import numpy as np
import pytest
import xarray as xr

from nesym.fields.blocks import block_mean, block_repeat
from nesym.verify import Bins, Histogram, score


@pytest.fixture(scope="module")
def rain(real_data):
    """Two hours on each of two days, mm/h on a 1 km grid, no gaps."""
    path = real_data / "radar" / "dwd_yw_germany_20180510-20_5min_1km.nc"
    with xr.open_dataset(path) as ds:
        amount = ds["pr_amount"].isel(y=slice(1, 185), x=slice(4, 220))
        parts = [amount.sel(time=slice(f"2018-05-{d}T12", f"2018-05-{d}T13")).load() for d in (17, 19)]
    return (12.0 * xr.concat(parts, "time")).astype("f4").assign_attrs(units="mm h-1")


def test_smooth_rain_lacks_small_scales_and_is_everywhere(rain):
    coarse = block_mean(rain.values, 8)
    blocks = rain.copy(data=block_repeat(coarse, 8))
    smooth = blocks.rolling(x=8, min_periods=1, center=True).mean().rolling(y=8, min_periods=1, center=True).mean()
    table = score({"blocks": blocks, "smooth": smooth}, rain, key=0, block="6h", reference="smooth", factor=8)
    assert table.cell("blocks", "correlation (8 x 8)").value == pytest.approx(1.0, abs=1e-6)
    assert abs(table.cell("blocks", "bias").value) < 1e-6
    assert table.ratios.cell("blocks", "RAPSD log error").value < 0.65
    wet = [table.cell(method, "wet fraction (>= 0.1)").value for method in ("truth", "blocks", "smooth")]
    assert wet[0] < wet[1] < wet[2]
    assert table.cell("smooth", "lag-1 autocorrelation").value > table.cell("truth", "lag-1 autocorrelation").value
    assert "2 blocks" in table.caption


def test_histogram_of_real_rain_is_within_its_bound(rain):
    histogram = Histogram.of(rain.values, Bins(0.01, 1000.0, 250, "log"))
    for q in (0.5, 0.9, 0.99, 0.999):
        exact = np.quantile(rain.values, q, method="inverted_cdf")
        assert abs(histogram.quantile(q) - exact) <= histogram.quantile_error(q) + 1e-9
