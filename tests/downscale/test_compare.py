"""The table of a method and its rivals, on the packaged radar sample."""

import numpy as np
import pytest
import xarray as xr
from small_rain import READY, make_coarse

import nesym
from nesym._errors import GridError, InputError
from nesym.downscale import Bilinear, Cascade, Conservative, RainFARM
from nesym.downscale.baselines import rivals
from nesym.downscale.compare import matched_factor
from nesym.fields import coarsen
from nesym.fields.grid import Grid


@pytest.fixture(scope="module")
def radar():
    """Twenty-four rainy steps at 1 km, and as 4 km."""
    truth = nesym.fields.canonical(nesym.data.sample("radar_germany").isel(time=slice(86, 110)), "pr").load()
    truth = truth.isel(y=slice(0, 32), x=slice(0, 32))
    return coarsen(truth, 4), truth


@pytest.fixture(scope="module")
def table(radar):
    told = []
    beside = {"plain bilinear": Bilinear(block_means=False), "bilinear": Bilinear(), "rainfarm": RainFARM()}
    cascade = nesym.load("cascade-dwd-1km")
    result = nesym.downscale.compare.compare(
        cascade, *radar, members=8, key=1, rivals=beside, block="30min", progress=lambda name, n: told.append((name, n))
    )
    assert {name for name, _ in told} == {*beside, "cascade"}
    assert sum(n for _, n in told) == 4 * 24
    return result


def test_a_row_for_each_rival_and_the_truth(table):
    names = [row["method"] for row in table.rows]
    assert names == ["plain bilinear", "bilinear", "rainfarm", "cascade", "truth"]
    assert {"MAE", "CRPS", "spread-skill", "RAPSD log error", "correlation (4 x 4)"} <= set(table.columns)
    assert all(table.cell(name, "CRPS").n == 24 for name in names[:-1])


def test_the_cascade_beats_interpolation(table):
    for rival in ("plain bilinear", "bilinear", "rainfarm"):
        assert table.differences.cell(rival, "CRPS").low > 0, rival  # paired: the interval excludes equality
        assert table.cell("cascade", "RAPSD log error").value < table.cell(rival, "RAPSD log error").value
    assert table.cell("bilinear", "CRPS").value == pytest.approx(table.cell("bilinear", "MAE").value)


def test_curves_come_along(table):
    assert table.curves is not None
    assert {"rapsd"} <= {str(name).lower() for name in table.curves.data_vars}


def test_usual_rivals(radar):
    coarse, _ = radar
    grid, cascade = Grid.of(coarse), Cascade()
    names = ["plain bilinear", "bilinear", "conservative", "rainfarm"]
    assert list(rivals(cascade, grid, 4, 300.0)) == names
    assert list(rivals(Conservative(), grid, 4, 300.0)) == ["plain bilinear", "bilinear", "rainfarm", "cascade"]
    # On another grid the packaged cascade has no business.
    assert list(rivals(RainFARM(), grid, 2, 300.0)) == ["plain bilinear", "bilinear", "conservative"]


def test_the_score_does_not_depend_on_chunks(radar):
    coarse, truth = (da.isel(time=slice(0, 3)) for da in radar)
    rainfarm = RainFARM()
    tables = [
        rainfarm.compare(c, t, members=3, key=2, rivals={"bilinear": Bilinear()}, block="5min")
        for c, t in ((coarse, truth), (coarse.chunk(time=1), truth.chunk(time=2, y=10)))
    ]
    assert tables[0].cell("rainfarm", "CRPS") == tables[1].cell("rainfarm", "CRPS")


def test_single_fields_have_scores_too():
    coarse = make_coarse(nt=1)
    truth = READY["rainfarm"].sample(coarse, 4, 1, key=9).isel(member=0, drop=True)
    for drop in (False, True):  # with a time of its own, and without any
        fields = (da.isel(time=0, drop=drop) for da in (coarse, truth))
        table = READY["cascade"].compare(*fields, members=3, rivals={"bilinear": Bilinear()})
        assert table.cell("cascade", "CRPS").n == 1
        assert "lag-1 autocorrelation" not in table.columns


def shifted(da, **by):
    return da.assign_coords({dim: (dim, da[dim].values + off, da[dim].attrs) for dim, off in by.items()})


def test_truths_that_do_not_belong(coarse):
    truth = xr.concat([Conservative().apply(coarse, 4)], "time")
    assert matched_factor(coarse, truth) == 4
    assert matched_factor(coarse, shifted(truth, x=0.05)) == 4  # rounded coordinates
    for wrong in (
        truth.isel(x=slice(0, 30)),
        truth.isel(x=slice(0, 24)),
        coarse,
        coarse.isel(x=slice(0, 4)),
        shifted(truth, y=0.5),
        truth.isel(y=slice(None, None, -1)),
    ):
        with pytest.raises(GridError, match="coarsen"):
            matched_factor(coarse, wrong)
    for wrong in (truth.isel(time=slice(1, None)), truth.assign_coords(time=truth["time"] + np.timedelta64(1, "m"))):
        with pytest.raises(InputError, match="align"):
            RainFARM().compare(coarse, wrong)
