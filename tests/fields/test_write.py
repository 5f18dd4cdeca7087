import errno
import os
import resource
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import FileError, MissingValuesError, ResourceError
from nesym.fields import canonical, open_dataset, provenance, write
from nesym.fields import netcdf as netcdf_module
from nesym.fields.layout import disk_chunks, in_blocks

ENDINGS = ["nc", "zarr"]


@pytest.fixture(scope="session")
def ensemble(make_plane):
    da = canonical(make_plane(ny=16, nx=24, nt=12)).expand_dims(member=3).copy()
    return da.assign_coords(member=[0, 1, 2])


def content(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {str(file): file.read_bytes() for file in files}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("lazy", [False, True])
def test_what_was_written_is_read(ensemble, tmp_path, ending, lazy):
    path = write(ensemble.chunk(time=5) if lazy else ensemble, tmp_path / f"a.{ending}")
    found = open_dataset(path)
    assert found.pr.dtype == np.float32
    assert found.pr.attrs == ensemble.attrs
    assert found.attrs["Conventions"] == "CF-1.11"
    xr.testing.assert_equal(found.pr.load(), ensemble)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_cf_axes(ensemble, tmp_path, ending):
    found = open_dataset(write(ensemble, tmp_path / f"a.{ending}"))
    assert found["member"].attrs["standard_name"] == "realization"
    assert found["y"].attrs["standard_name"] == "projection_y_coordinate"
    assert found["time"].attrs == {"standard_name": "time", "axis": "T"}
    assert "_FillValue" not in found["x"].encoding or np.isnan(found["x"].encoding["_FillValue"])


def test_netcdf_is_compressed_and_chunked_by_time(ensemble, tmp_path):
    import h5py

    with h5py.File(write(ensemble.chunk(time=4), tmp_path / "a.nc")) as file:
        assert (file["pr"].compression, file["pr"].compression_opts, file["pr"].shuffle) == ("gzip", 4, True)
        assert file["pr"].chunks == (1, 4, 16, 24)
        assert np.isnan(file["pr"].fillvalue)
        assert "_FillValue" not in file["x"].attrs


def test_other_calendars_and_latitudes_come_back(make_globe, tmp_path):
    da = make_globe([1.0, 0.0], [0.0, 1.0], nt=3)
    da = da.assign_coords(time=xr.date_range("2000-02-29", periods=3, calendar="360_day", use_cftime=True))
    found = open_dataset(write(canonical(da), tmp_path / "a.nc"))
    assert found.time.dt.calendar == "360_day"
    np.testing.assert_array_equal(found.time.values, da.time.values)
    np.testing.assert_array_equal(found.lat, [1.0, 0.0])


def test_leftovers_of_the_input_file_do_no_harm(make_plane, tmp_path):
    da = make_plane()
    da.encoding = {"dtype": "int16", "scale_factor": 100.0, "_FillValue": -1, "chunksizes": (1, 1, 1), "units": "x"}
    da.attrs |= {"nothing": None, "flag": True, "structure": {"a": 1}}
    found = open_dataset(write(da, tmp_path / "a.nc"))
    xr.testing.assert_equal(found.pr.load(), da)
    assert found.pr.attrs["flag"] == "true"
    assert found.pr.attrs["structure"] == '{"a": 1}'


def test_a_grid_mapping_is_kept_and_a_lost_one_is_not_named(make_plane, tmp_path):
    da = canonical(make_plane()).assign_coords(crs=xr.DataArray(0, attrs={"grid_mapping_name": "albers"}))
    found = xr.open_dataset(write(da, tmp_path / "a.nc"), engine="h5netcdf", decode_coords="all")
    assert found.pr.encoding["grid_mapping"] == "crs"
    lost = write(make_plane(grid_mapping="crs"), tmp_path / "b.nc")
    assert "grid_mapping" not in open_dataset(lost).pr.attrs | open_dataset(lost).pr.encoding


def test_bounds_are_named_only_where_they_are(make_plane, tmp_path):
    ds = make_plane().to_dataset()
    ds["time"].attrs["bounds"] = "time_bnds"
    assert "bounds" not in open_dataset(write(ds, tmp_path / "a.nc"))["time"].attrs
    ds["time_bnds"] = (("time", "nv"), np.stack([ds.time, ds.time + np.timedelta64(5, "m")], axis=1))
    found = open_dataset(write(ds, tmp_path / "b.nc"))
    assert found["time"].attrs["bounds"] == "time_bnds"
    np.testing.assert_array_equal(found["time_bnds"], ds["time_bnds"])


def test_a_link_is_followed(ensemble, tmp_path):
    (tmp_path / "disk").mkdir()
    link = tmp_path / "a.nc"
    link.symlink_to(tmp_path / "disk" / "real.nc")
    write(ensemble, link)
    assert link.is_symlink()
    assert (tmp_path / "disk" / "real.nc").is_file()


def test_datasets_with_text_masks_and_scalars(make_plane, tmp_path):
    ds = make_plane().to_dataset().assign(mask=make_plane() > 1, count=3, doubled=make_plane().astype(float) * 2)
    ds = ds.assign_coords(station=("time", ["a", "bc", "d", "e"]))
    for ending in ENDINGS:
        found = open_dataset(write(ds, tmp_path / f"a.{ending}")).load()
        np.testing.assert_array_equal(found.mask, ds.mask)
        assert found.mask.dtype == bool
        assert found.doubled.dtype == np.float32
        assert found["count"] == 3
        assert found.station.values.tolist() == ["a", "bc", "d", "e"]


@given(st.lists(st.integers(1, 7), min_size=1, max_size=5), st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_no_two_blocks_share_a_chunk_on_disk(time, y, x):
    v = xr.DataArray(np.zeros((sum(time), 9, 9), np.float32), dims=("time", "y", "x"))
    v = v.chunk({"time": tuple(time), "y": y, "x": x})
    for blocks, chunk in zip(v.chunks, disk_chunks(v), strict=True):
        starts = np.cumsum((0, *blocks[:-1]))
        assert (starts % chunk == 0).all()


def test_eager_data_are_cut_into_blocks():
    v = xr.DataArray(np.zeros((40, 1000, 1000), np.float32), dims=("time", "y", "x"))
    assert in_blocks(v).chunks == ((8,) * 5, (1000,), (1000,))
    assert disk_chunks(in_blocks(v)) == (1, 1000, 1000)


@pytest.mark.parametrize("ending", ENDINGS)
def test_progress_ends_at_one(ensemble, tmp_path, ending):
    seen = []
    write(ensemble.chunk(time=3), tmp_path / f"a.{ending}", progress=seen.append)
    assert len(seen) >= 4
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_old_file_is_replaced_as_a_whole(ensemble, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    write(ensemble.rename("old"), path)
    write(ensemble, path)
    assert list(open_dataset(path).data_vars) == ["pr"]
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_memory_holds_a_few_blocks_and_never_the_whole(tmp_path, make_plane, ending):
    import dask
    import dask.array

    template = make_plane(ny=256, nx=256, nt=64)
    blocks = dask.array.ones(template.shape, chunks=(2, 256, 256), dtype=np.float32)
    lazy = canonical(template.copy(data=blocks * 2))
    with dask.config.set(num_workers=2):
        write(lazy.isel(time=slice(0, 4)), tmp_path / f"first.{ending}")  # what is imported and cached stays out of it
        tracemalloc.start()
        write(lazy, tmp_path / f"a.{ending}")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert lazy.nbytes == 16 * 2**20
    assert peak < lazy.nbytes / 2


class _FullDisk:
    """A file on a disk that is full after some bytes."""

    room = 3000

    def __init__(self, file):
        self.file, self.left = file, self.room

    def write(self, data):
        self.left -= len(data)
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.filterwarnings("error")
def test_disk_full_half_way_leaves_the_old_file(ensemble, tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    write(ensemble, path)
    before = content(path)
    whole_open = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args, **kwargs: _FullDisk(whole_open(self, *args, **kwargs)))
    with pytest.raises(FileError, match="disk was full") as caught:
        write(ensemble.chunk(time=1) * 2, path)
    monkeypatch.undo()
    assert "Make room" in caught.value.remedy
    assert content(path) == before
    assert os.listdir(tmp_path) == ["a.nc"]


def test_disk_full_half_way_leaves_the_old_zarr(ensemble, tmp_path, monkeypatch):
    import zarr.storage

    path = tmp_path / "a.zarr"
    write(ensemble, path)
    before = content(path)
    whole_set, calls = zarr.storage.LocalStore.set, []

    async def full(self, key, value):
        calls.append(key)
        if len(calls) > 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        return await whole_set(self, key, value)

    monkeypatch.setattr(zarr.storage.LocalStore, "set", full)
    with pytest.raises(FileError, match="disk was full"):
        write(ensemble.chunk(time=1) * 2, path)
    assert content(path) == before
    assert os.listdir(tmp_path) == ["a.zarr"]


@contextmanager
def largest_file(size):
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_a_write_that_the_system_refuses_leaves_the_old_file(ensemble, tmp_path):
    path = write(ensemble, tmp_path / "a.nc")
    before = content(path)
    with largest_file(8000), pytest.raises(FileError, match=r"cannot be written \(File too large") as caught:
        write(ensemble.chunk(time=2), path)
    assert "another folder" in caught.value.remedy
    assert content(path) == before
    assert os.listdir(tmp_path) == ["a.nc"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_bad_values_found_while_writing_keep_their_error(make_plane, tmp_path, ending):
    da = make_plane()
    path = write(da, tmp_path / f"a.{ending}")
    before = content(path)
    da[3, 0, 0] = np.nan
    with pytest.raises(MissingValuesError):
        write(canonical(da.chunk(time=1)), path)
    assert content(path) == before
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_interruption_leaves_the_old_file(ensemble, tmp_path, ending):
    path = write(ensemble, tmp_path / f"a.{ending}")
    before = content(path)

    def interrupt(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(ensemble.chunk(time=1), path, progress=interrupt)
    assert content(path) == before
    assert os.listdir(tmp_path) == [path.name]


def test_a_swap_that_fails_brings_the_old_zarr_back(ensemble, tmp_path, monkeypatch):
    path = write(ensemble, tmp_path / "a.zarr")
    before = content(path)
    whole = Path.rename

    def rename(self, target):
        if self.name == "new":
            raise OSError(errno.EIO, "Input/output error")
        return whole(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(FileError, match="Input/output error"):
        write(ensemble * 2, path)
    assert content(path) == before


def test_not_enough_room_is_said_before_the_work(ensemble, tmp_path, monkeypatch):
    import dask.array

    def never(block):
        raise AssertionError("work was begun")

    monkeypatch.setattr("shutil.disk_usage", lambda folder: os.terminal_size((0, 0)) and _Usage(free=10_000))
    values = dask.array.zeros(ensemble.shape, dtype=np.float32).map_blocks(never, dtype=np.float32)
    with pytest.raises(ResourceError, match=r"55\.\d kB, and 10 kB are free") as caught:
        write(ensemble.copy(data=values), tmp_path / "a.nc")
    assert "fewer members" in caught.value.remedy
    assert os.listdir(tmp_path) == []


def test_a_relative_path_is_said_with_its_folder(ensemble, tmp_path, monkeypatch):
    def refuse(**kwargs):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(FileError, match=f"{tmp_path} may not be written to"):
        write(ensemble, "a.nc")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: _Usage(free=10))
    with pytest.raises(ResourceError, match=f"are free in {tmp_path}."):
        write(ensemble, "a.nc")


class _Usage:
    def __init__(self, free):
        self.free = free


@pytest.mark.parametrize(
    ("name", "make", "problem", "remedy"),
    [
        ("a.tif", None, "ending '.tif'", ".nc (netCDF) or .zarr"),
        ("a", None, "ending ''", ".nc (netCDF) or .zarr"),
        ("absent/a.nc", None, "no folder", "mkdir -p"),
        ("a.nc", Path.mkdir, "is a folder", "another name"),
        ("a.zarr", Path.touch, "is a file", "another name"),
        ("a.zarr", lambda p: (p.mkdir(), (p / "diary.txt").touch()), "without Zarr data", "another name"),
    ],
)
def test_targets_that_will_not_be_written_are_refused(ensemble, tmp_path, name, make, problem, remedy):
    path = tmp_path / name
    if make:
        make(path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileError, match=problem) as caught:
        write(ensemble, path)
    assert remedy in caught.value.remedy
    assert sorted(tmp_path.rglob("*")) == before


def test_an_old_file_is_protected_on_request(ensemble, tmp_path):
    path = write(ensemble, tmp_path / "a.nc")
    with pytest.raises(FileError, match="already there"):
        write(ensemble, path, overwrite=False)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_refused(ensemble, tmp_path, monkeypatch, code):
    def refuse(**kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(FileError, match="may not be written to") as caught:
        write(ensemble, tmp_path / "a.nc")
    assert "--out" in caught.value.remedy


def test_a_protected_file_is_refused(ensemble, tmp_path, monkeypatch):
    path = write(ensemble, tmp_path / "a.nc")
    monkeypatch.setattr(os, "access", lambda target, mode: False)
    with pytest.raises(FileError, match="write-protected") as caught:
        write(ensemble, path)
    assert "chmod u+w" in caught.value.remedy


def test_a_write_after_a_failed_one_is_swallowed(tmp_path):
    with (tmp_path / "a").open("w+b") as under:
        file = netcdf_module.SteadyFile(tmp_path / "a")
        file._file.close()
        file._file = _FullDisk(under)
        assert file.write(b"x" * 4000) == 4000
        assert file.write(b"y") == 1
        assert file.truncate(10) >= 0
        with pytest.raises(OSError, match="No space left"):
            file.check()


def test_provenance(ensemble, tmp_path):
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    origin = xr.Dataset(attrs={"history": "2018 radar", "source": "DWD", "licence": "BSD-3", "title": "radar rain"})
    attrs = provenance(origin, method="cascade", key=7, history_line="nesym downscale a.nc", version="1.2", now=now)
    assert attrs == {
        "Conventions": "CF-1.11",
        "title": "NESYM cascade of: radar rain",
        "history": "2026-01-02T03:04:05Z nesym downscale a.nc (NESYM 1.2)\n2018 radar",
        "source": "NESYM 1.2, cascade; from: DWD",
        "licence": "BSD-3",
        "nesym_version": "1.2",
        "method": "cascade",
        "key": 7,
    }
    found = open_dataset(write(ensemble, tmp_path / "a.nc", attrs=attrs))
    assert found.attrs == attrs


def test_provenance_without_randomness():
    attrs = provenance(xr.Dataset(), method="bilinear", key=None, history_line="nesym downscale")
    assert "key" not in attrs
    assert attrs["history"].endswith(")")
