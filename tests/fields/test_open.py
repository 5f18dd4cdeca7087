import gzip
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nesym._errors import FileError, TimeError
from nesym.fields import open_dataset

# An exception that pytest keeps holds on to the half-read file; SciPy says so when both go.
pytestmark = pytest.mark.filterwarnings("ignore:Cannot close a netcdf_file:RuntimeWarning")


@pytest.fixture
def stored(make_plane, tmp_path):
    """The same field in each format that can be read."""
    ds = make_plane(ny=32, nx=32, nt=8).to_dataset()
    ds.to_netcdf(tmp_path / "nc4.nc", engine="h5netcdf")
    ds.to_netcdf(tmp_path / "classic.nc", engine="scipy", format="NETCDF3_CLASSIC")
    ds.to_netcdf(tmp_path / "offset64.nc", engine="scipy", format="NETCDF3_64BIT")
    ds.to_zarr(tmp_path / "v2.zarr", zarr_format=2, consolidated=True)
    ds.to_zarr(tmp_path / "plain.zarr", zarr_format=2, consolidated=False)
    ds.to_zarr(tmp_path / "v3.zarr", zarr_format=3, consolidated=False)
    return ds, tmp_path


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["nc4.nc", "classic.nc", "offset64.nc", "v2.zarr", "plain.zarr", "v3.zarr"])
@pytest.mark.parametrize("chunks", [None, {"time": 3}])
def test_netcdf_and_zarr(stored, name, chunks):
    ds, folder = stored
    found = open_dataset(folder / name, chunks=chunks)
    assert (found.pr.chunks is not None) == (chunks is not None)
    xr.testing.assert_allclose(found.compute(), ds)
    found.close()


def test_chunks_of_absent_dimensions_are_left_out(stored):
    assert open_dataset(stored[1] / "nc4.nc", chunks={"time": 3, "lead": 2}).pr.chunks[0] == (3, 3, 2)


def test_the_ending_does_not_matter(stored):
    ds, folder = stored
    shutil.copy(folder / "nc4.nc", folder / "rain.dat")
    xr.testing.assert_allclose(open_dataset(str(folder / "rain.dat")).load(), ds)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b")


@pytest.mark.parametrize(
    ("make", "problem", "remedy"),
    [
        (lambda p: None, "There is no file", "Check the path"),
        (lambda p: p.write_text("time,pr\n0,1\n"), "is a text file", "Give a netCDF file"),
        (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100)), "is a PNG image", "Give a netCDF file"),
        (lambda p: p.write_bytes(pickle.dumps({"pr": 1})), "is a Python pickle", "Give a netCDF file"),
        (lambda p: p.write_bytes(b"GRIB" + bytes(100)), "is a GRIB file", "cdo -f nc4 copy"),
        (lambda p: p.write_bytes(b"CDF\x05" + bytes(100)), "64-bit data format", "nccopy -k nc4"),
        (lambda p: p.write_bytes(gzip.compress(b"x")), "compressed with gzip", "gunzip"),
        (_zip, "is a zip archive", "unzip"),
        (lambda p: p.write_bytes(b""), "is empty", "Give a netCDF file"),
        (lambda p: p.write_bytes(bytes(range(256))), "of an unknown kind", "Give a netCDF file"),
        (lambda p: p.mkdir(), "is an empty folder", "one netCDF file or a Zarr folder"),
        (lambda p: (p.mkdir(), (p / "a.nc").touch()), "is a folder without Zarr data", "open_mfdataset"),
    ],
)
def test_what_is_not_netcdf_or_zarr_is_refused_by_what_it_is(tmp_path, make, problem, remedy):
    path = tmp_path / "rain.nc"
    make(path)
    with pytest.raises(FileError, match=problem) as caught:
        open_dataset(path)
    assert remedy in caught.value.remedy
    assert str(path) in caught.value.problem


@pytest.mark.parametrize("name", ["nc4.nc", "classic.nc"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_truncated_files_are_refused(stored, name, share):
    _, folder = stored
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(FileError, match="damaged or was cut short") as caught:
        open_dataset(path)
    assert "Fetch it again" in caught.value.remedy


def test_a_damaged_zarr_folder_is_refused(stored):
    _, folder = stored
    (folder / "v2.zarr" / ".zmetadata").write_text("{")
    with pytest.raises(FileError, match=r"v2\.zarr"):
        open_dataset(folder / "v2.zarr")


def test_a_file_without_permission_is_refused(stored, monkeypatch):
    def forbidden(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(FileError, match="may not be read") as caught:
        open_dataset(stored[1] / "nc4.nc")
    assert "chmod u+r" in caught.value.remedy


def test_hdf5_without_dimensions_is_refused(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["pr"] = np.zeros((2, 2))
    with pytest.raises(FileError, match="HDF5 without the dimensions") as caught:
        open_dataset(tmp_path / "a.h5")
    assert "Convert it" in caught.value.remedy


def test_variables_in_groups_only_are_refused(tmp_path, make_plane):
    make_plane().to_dataset().to_netcdf(tmp_path / "a.nc", group="Grid", engine="h5netcdf")
    with pytest.raises(FileError, match="no variables at its top level") as caught:
        open_dataset(tmp_path / "a.nc")
    assert "group=" in caught.value.remedy


def test_times_that_cannot_be_decoded_are_refused(tmp_path, make_plane):
    ds = make_plane().to_dataset().assign_coords(time=("time", np.arange(4), {"units": "months since 1960-01-01"}))
    ds.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    with pytest.raises(TimeError, match="cannot be decoded") as caught:
        open_dataset(tmp_path / "a.nc")
    assert "days since" in caught.value.remedy
