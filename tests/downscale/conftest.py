"""The coarse rain that most tests of downscaling start from."""

import pytest
import xarray as xr
from small_rain import make_coarse


@pytest.fixture(scope="session")
def coarse() -> xr.DataArray:
    return make_coarse()
