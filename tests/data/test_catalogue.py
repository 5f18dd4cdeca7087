"""Every data set has its papers, nothing is shipped that must not be, and what is absent is asked for by name."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import nesym
from nesym._errors import FileError, InputError

PACKAGE = Path(nesym.__file__).parent
ENTRIES = nesym.data.catalogue()
DATA_ENDINGS = {".nc", ".npz", ".npy", ".csv", ".json", ".parquet", ".zarr", ".grib", ".gz"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_entry_has_its_papers(entry):
    for words in (entry.title, entry.licence, entry.attribution, entry.source, entry.purpose):
        assert len(words.strip()) > 3
    assert entry.variables
    assert not Path(entry.file).is_absolute() and ".." not in entry.file


def test_ids_and_files_are_unique():
    assert len({entry.id for entry in ENTRIES}) == len({entry.file for entry in ENTRIES}) == len(ENTRIES)


def test_the_package_holds_the_packaged_files_and_no_other_data():
    known = {entry.file for entry in ENTRIES if entry.packaged}
    for file in known:
        assert (PACKAGE / file).stat().st_size > 1000
    folders = [PACKAGE / "data", PACKAGE / "report"]
    found = {p for folder in folders for p in folder.rglob("*") if p.suffix in DATA_ENDINGS}
    assert {str(path.relative_to(PACKAGE)) for path in found} == known
    assert sum(path.stat().st_size for path in found) < 8e6


def test_what_may_not_be_passed_on_is_neither_packaged_nor_for_training():
    closed = [entry for entry in ENTRIES if not entry.redistributable]
    assert {entry.id for entry in closed} == {
        "mch_switzerland_2015",
        "mch_switzerland_2016",
        "berlin_coarse",
        "berlin_fine",
        "berlin_model",
    }
    assert not any(entry.packaged or entry.trainable for entry in closed)
    assert not list(PACKAGE.rglob("*mch_*"))


def test_the_catalogue_cannot_be_changed_by_its_readers():
    nesym.data.catalogue().clear()
    assert nesym.data.catalogue() == ENTRIES
    with pytest.raises(AttributeError):
        ENTRIES[0].licence = "mine"


def test_the_sample_is_the_file_opened_lazily():
    rain = nesym.data.sample("radar_germany")["pr_amount"]
    assert not rain.variable._in_memory
    assert rain.dims == ("time", "y", "x") and rain.shape == (288, 128, 128)
    assert rain.attrs["units"] == "mm" and "5 minutes" in rain.attrs["cell_methods"]
    first = rain.isel(time=slice(0, 12))
    assert float(first.min()) >= 0 and np.isfinite(first.mean())


def test_a_sample_that_is_none_says_where_to_go():
    with pytest.raises(InputError, match=r"nesym\.data\.open\('bom_brisbane'\)"):
        nesym.data.sample("bom_brisbane")
    with pytest.raises(InputError, match="Use one of radar_germany"):
        nesym.data.sample("coastline")
    with pytest.raises(InputError, match="dwd_yw_germany"):
        nesym.data.open("dwd_yw_belgium")


def test_without_a_folder_all_ways_to_name_it_are_told(monkeypatch):
    monkeypatch.delenv("NESYM_DATA", raising=False)
    with pytest.raises(FileError) as caught:
        nesym.data.open("mrms_us")
    assert all(way in caught.value.remedy for way in ("data=FOLDER", "--data FOLDER", "NESYM_DATA"))


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(FileError, match="mrms_us_20190610"):
        nesym.data.open("mrms_us", data=tmp_path)


def test_the_argument_goes_before_the_environment(tmp_path, monkeypatch):
    entry = nesym.data.entry("speedy_ref")
    for folder, value in (("asked", 1.0), ("set", 2.0)):
        path = tmp_path / folder / entry.file
        path.parent.mkdir(parents=True)
        xr.Dataset({"pr": ("time", [value])}).to_netcdf(path, engine="h5netcdf")
    monkeypatch.setenv("NESYM_DATA", str(tmp_path / "set"))
    assert nesym.data.open("speedy_ref")["pr"].item() == 2.0
    assert nesym.data.open("speedy_ref", data=tmp_path / "asked")["pr"].item() == 1.0


def test_the_larger_files_hold_what_the_catalogue_says(real_data):
    for entry in ENTRIES:
        if not entry.packaged:
            with nesym.data.open(entry.id, data=real_data) as found:
                assert set(entry.variables) <= set(found.data_vars)
