"""The labelled door: the same numbers as the kernel, and units, grids and times that do not fit refused."""

import numpy as np
import pytest
import xarray as xr

from nesym._errors import ConstraintError, GridError, TimeError, UnitError
from nesym.constrain import Bounds, Budget, Manifold, apply
from nesym.fields.grid import coarsen
from nesym.observe import Coarsen, Total

BLOCKS = Budget(Coarsen(8))


def rain(seed: int, members: int = 0) -> xr.DataArray:
    rng = np.random.default_rng(seed)
    y, x = (("y", (np.arange(n) + 0.5) * 1e3, {"units": "m"}) for n in (16, 24))
    x = ("x", *x[1:])
    one = {"dims": ("time", "y", "x"), "coords": {"time": np.arange(3), "y": y, "x": x}}
    fields = [rng.gamma(0.2, size=(3, 16, 24)).astype(np.float32) for _ in range(max(members, 1))]
    data = [xr.DataArray(field, **one, name="pr", attrs={"units": "mm h-1"}) for field in fields]
    return xr.concat(data, "member") if members else data[0]


FINE, COARSE = rain(0, members=2), coarsen(rain(1), 8)


def test_block_means_are_kept_and_labels_too():
    kept = apply(BLOCKS, FINE, COARSE)
    np.testing.assert_array_equal(kept.values, BLOCKS.project(FINE.values, COARSE.values))
    xr.testing.assert_allclose(coarsen(kept.astype(float), 8), COARSE.astype(float).expand_dims(member=2), rtol=1e-7)
    assert (kept.name, kept.dims, kept.dtype, kept.attrs) == (FINE.name, FINE.dims, np.float32, FINE.attrs)
    xr.testing.assert_equal(kept.coords.to_dataset(), FINE.coords.to_dataset())


def test_the_order_of_dimensions_does_not_matter():
    turned = apply(BLOCKS, FINE.transpose("y", "member", "x", "time"), COARSE.transpose("x", "time", "y"))
    assert turned.dims == ("y", "member", "x", "time")
    xr.testing.assert_equal(turned.transpose(*FINE.dims), apply(BLOCKS, FINE, COARSE))


@pytest.mark.parametrize("chunks", [{"time": 1}, {"member": 1, "x": 5}, {"y": 3, "time": 2}])
def test_lazy_stays_lazy_and_chunks_do_not_matter(chunks):
    lazy = apply(BLOCKS, FINE.chunk(chunks), COARSE.chunk(time=2))
    assert lazy.chunks is not None
    xr.testing.assert_equal(lazy.compute(), apply(BLOCKS, FINE, COARSE))


def test_totals_and_bounds():
    mean = apply(Budget(Total(mean=True)), FINE, COARSE.mean(("y", "x"), keep_attrs=True)).mean(("y", "x"))
    np.testing.assert_allclose(mean, np.broadcast_to(COARSE.mean(("y", "x")), (2, 3)), rtol=1e-6)
    assert apply(Bounds(0.0, 0.5), FINE).max() == 0.5


def test_equal_units_may_be_written_differently():
    xr.testing.assert_equal(
        apply(BLOCKS, FINE, COARSE.assign_attrs(units="mm/hour")).drop_attrs(),
        apply(BLOCKS, FINE, COARSE).drop_attrs(),
    )


@pytest.mark.parametrize(
    ("constraint", "ref", "error", "words"),
    [
        (BLOCKS, COARSE.assign_attrs(units="mm day-1"), ConstraintError, "convert(ref, 'mm h-1')"),
        (BLOCKS, COARSE.assign_attrs(units="kg m-2"), ConstraintError, "convert(ref, 'mm h-1')"),
        (BLOCKS, COARSE.drop_attrs(), UnitError, "units"),
        (BLOCKS, COARSE.isel(y=slice(None, None, -1)), GridError, "in the same order"),
        (BLOCKS, coarsen(rain(1), 4), GridError, "nesym.fields.grid.coarsen"),
        (BLOCKS, COARSE.isel(time=[0, 1]), TimeError, "xr.align"),
        (BLOCKS, COARSE.assign_coords(time=[5, 6, 7]), TimeError, "xr.align"),
        (BLOCKS, COARSE.mean(("y", "x"), keep_attrs=True), GridError, "2 horizontal dimensions"),
        (BLOCKS, COARSE.expand_dims(realization=2), GridError, "only those of the field"),
        (BLOCKS, None, ConstraintError, "the coarse field"),
        (Manifold(lambda x, t: x), None, ConstraintError, "`project` on arrays"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_remedy(constraint, ref, error, words):
    with pytest.raises(error) as refused:
        apply(constraint, FINE, ref)
    assert words in refused.value.remedy
