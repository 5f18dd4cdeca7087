"""From a coarse file to a fine ensemble, and back again to look at it.

    python examples/downscale_own_file.py

The file is made here, in the way a global model writes one: a flux in kg m-2 s-1 on latitudes and longitudes, with a
calendar without leap days. Put the name of a file of your own in its place.
"""

from tempfile import TemporaryDirectory

import numpy as np
import xarray as xr

from nesym.data import lognormal_rain
from nesym.downscale import RainFARM
from nesym.fields import Grid, canonical, coarsen, open_dataset, provenance, write


def make_coarse_file(path: str) -> None:
    """Two days of six-hourly rain over southern Africa, 1 degree: what would be your model output."""
    rain = lognormal_rain((8, 24, 32), slope=2.5, key=0, sigma=0.8, step_minutes=360)
    time = xr.date_range("2001-02-27", periods=8, freq="6h", calendar="noleap", use_cftime=True)
    coords = {
        "time": time,
        "lat": ("lat", np.arange(-34.5, -10.5), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(12.5, 44.5), {"units": "degrees_east"}),
    }
    attrs = {"units": "kg m-2 s-1", "standard_name": "precipitation_flux"}
    flux = xr.DataArray(rain.values / 3600, coords, ("time", "lat", "lon"), "pr", attrs)
    flux.to_dataset().to_netcdf(path)


def main(folder: str) -> None:
    """Open, draw, write, read back."""
    make_coarse_file(f"{folder}/coarse.nc")

    # The variable is found, its units become mm h-1, axes and calendar are checked. Nothing is computed yet.
    ds = open_dataset(f"{folder}/coarse.nc", chunks={})
    coarse = canonical(ds)

    # RainFARM takes its statistics from the coarse rain itself, so it works at any resolution. Where fine rain is at
    # hand, Cascade().fit(fine_rain) is better: see the gallery in the documentation.
    method = RainFARM()
    fine = method.sample(coarse, factor=8, members=5, key=0)
    about = provenance(ds, method=method.describe(), key=0, history_line="downscale_own_file.py")
    write(fine, f"{folder}/fine.nc", attrs=about)

    again = open_dataset(f"{folder}/fine.nc")["pr"]
    spacing = Grid.of(again).spacing_km[0]
    print(f"{dict(again.sizes)}, rows {spacing:.1f} km apart, {again.attrs['units']}")

    # Every member's block means, weighted by area, are the coarse rain.
    error = abs(coarsen(again, 8) / coarse.where(coarse > 0) - 1).max()
    print(f"largest relative error of a block mean: {float(error):.1e}")
    assert error < 1e-6

    # What coarse rain cannot tell: how hard it rains in one place. The members say how far that is uncertain.
    heaviest = again.max(("time", "lat", "lon")).values
    print(f"heaviest rain: {float(coarse.max()):.1f} mm/h in the input, {heaviest.round(1)} in the members")


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        main(place)
