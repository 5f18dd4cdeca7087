"""Small fields to bring through the doors."""

import numpy as np
import pytest
import xarray as xr


def plane(ny=6, nx=8, nt=4, units="mm h-1", name="pr", minutes=5, seed=0, **attrs) -> xr.DataArray:
    """Rain on a plane of 1 km cells."""
    values = np.random.default_rng(seed).gamma(0.5, 2.0, (nt, ny, nx)).astype(np.float32)
    time = np.datetime64("2018-05-10", "ns") + np.arange(nt) * np.timedelta64(minutes, "m")
    coords = {
        "time": time,
        "y": ("y", np.arange(ny) * 1000.0, {"units": "m"}),
        "x": ("x", np.arange(nx) * 1000.0, {"units": "m"}),
    }
    return xr.DataArray(values, dims=("time", "y", "x"), coords=coords, name=name, attrs={"units": units} | attrs)


def globe(lat, lon, nt=2, seed=0, dtype=np.float64) -> xr.DataArray:
    """A field in latitude and longitude."""
    values = np.random.default_rng(seed).gamma(0.5, 2.0, (nt, len(lat), len(lon))).astype(dtype)
    coords = {
        "time": np.datetime64("2000-01-01", "ns") + np.arange(nt) * np.timedelta64(1, "D"),
        "lat": ("lat", np.asarray(lat, float), {"units": "degrees_north"}),
        "lon": ("lon", np.asarray(lon, float), {"units": "degrees_east"}),
    }
    return xr.DataArray(values, dims=("time", "lat", "lon"), coords=coords, name="pr", attrs={"units": "mm h-1"})


@pytest.fixture(scope="session")
def make_plane():
    return plane


@pytest.fixture(scope="session")
def make_globe():
    return globe
