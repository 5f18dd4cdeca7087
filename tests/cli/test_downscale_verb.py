"""`nesym downscale` from end to end."""

import numpy as np
import pytest
import xarray as xr
from small_files import rain, store

import nesym as library
from nesym.fields import coarsen, open_dataset
from nesym.fields.blocks import block_mean


@pytest.fixture
def fine_truth(folder):
    """truth.nc at 1 km, and coarse.nc, its block means at 4 km."""
    truth = rain(nt=4, side=32, km=1.0)
    store(truth, folder / "truth.nc")
    store(coarsen(truth, 4), folder / "coarse.nc")
    return truth


@pytest.mark.parametrize("name", ["fine.nc", "fine.zarr"])
def test_from_file_to_file(name, nesym, folder):
    options = ("--method", "cascade", "--factor", 4, "--members", 3, "--key", 7, "--out", name, "--report", "r.html")
    done = nesym("downscale", "good.nc", *options)
    assert done.code == 0 and done.err == ""
    assert f"{name} 3 members, 3 steps, 32 x 32 cells" in done.said and "r.html open it in a browser" in done.said
    assert {path.name for path in folder.iterdir()} == {"good.nc", name, "r.html"}

    with open_dataset(name) as ds:
        assert dict(ds.pr.sizes) == {"member": 3, "time": 3, "y": 32, "x": 32} and ds.pr.dtype == np.float32
        assert ds.pr.attrs["units"] == "mm h-1" and ds.pr.attrs["standard_name"] == "lwe_precipitation_rate"
        assert ds.attrs["Conventions"].startswith("CF-") and ds.attrs["key"] == 7
        assert ds.attrs["method"].startswith("Cascade(") and "block_means=True" in ds.attrs["method"]
        assert ds.attrs["nesym_version"] == library._version.__version__
        command, before = ds.attrs["history"].split("\n")
        assert (
            f"nesym downscale good.nc --method cascade --factor 4 --members 3 --key 7 --out {name} --report r.html"
            in command
        )
        assert before == "2018-05-11T00:00:00Z made up"
        # What binds the input binds what is made from it.
        assert ds.attrs["licence"] == "CC-BY-4.0" and ds.attrs["institution"] == "Weather Service"
        assert "Made-up rain" in ds.attrs["title"] and len(ds.attrs["title"]) < 100
        blocks = rain().values
        seen = block_mean(ds.pr.values.astype(np.float64), 4)
        np.testing.assert_allclose(seen, np.broadcast_to(blocks, seen.shape), rtol=1e-6, atol=0)
        expected = library.load("cascade-dwd-1km").sample(rain(), 4, 3, key=7)
        np.testing.assert_array_equal(ds.pr, expected)
    page = (folder / "r.html").read_text()
    assert page.lstrip().startswith("<!doctype html>") or page.lstrip().startswith("<!DOCTYPE html>")
    assert "nesym downscale good.nc --method cascade --factor 4" in page


def test_paths_with_blanks_are_quoted_in_the_history(nesym, folder):
    (folder / "my data").mkdir()
    store(rain(), folder / "my data" / "good.nc")
    assert nesym("downscale", "my data/good.nc", "--method", "conservative", "--factor", 2).code == 0
    with open_dataset("fine.nc") as ds:
        assert "nesym downscale 'my data/good.nc' --method" in ds.attrs["history"]


def test_interpolation_has_one_member(nesym):
    done = nesym("downscale", "good.nc", "--factor", 4, "--method", "bilinear")
    assert done.code == 0 and "fine.nc 1 member, 3 steps" in done.said


def test_without_the_constraint(nesym):
    args = ("downscale", "good.nc", "--factor", 4, "--method", "rainfarm", "--members", 2)
    assert nesym(*args, "--no-constraint", "--out", "free.nc").code == 0
    with open_dataset("free.nc") as free:
        assert "block_means=False" in free.attrs["method"]
        seen = block_mean(free.pr.values, 4)
        assert np.abs(seen - rain().values).max() > 0.01


def test_memory_is_that_of_the_packaged_model(nesym):
    assert nesym("downscale", "good.nc", "--method", "cascade", "--factor", 4, "--members", 2, "--memory").code == 0
    with open_dataset("fine.nc") as ds:
        assert "memory=True" in ds.attrs["method"] and "Memory(efold=" in ds.attrs["method"]


def test_a_model_of_ones_own(nesym, folder, fine_truth):
    """Fitted in Python and saved, or fitted on the way: the same numbers, the same ensemble."""
    fitted = library.downscale.RainFARM().fit(library.fields.canonical(fine_truth))
    fitted.save(folder / "mine.safetensors", spacing_km=1.0, step_seconds=300)
    common = ("downscale", "coarse.nc", "--factor", 4, "--members", 2, "--memory")
    assert nesym(*common, "--model", "mine.safetensors", "--out", "a.nc").code == 0
    assert nesym(*common, "--method", "rainfarm", "--fit", "truth.nc", "--out", "b.nc").code == 0
    with open_dataset("a.nc") as a, open_dataset("b.nc") as b:
        xr.testing.assert_equal(a, b)


def test_scores_against_a_truth(nesym, folder, fine_truth):
    options = ("--method", "cascade", "--factor", 4, "--members", 4, "--report", "report.html")
    done = nesym("downscale", "coarse.nc", "--truth", "truth.nc", *options)
    assert done.code == 0
    for words in ("Scores of 4 time steps", "CRPS", "bilinear", "conservative", "rainfarm", "cascade", "truth"):
        assert words in done.said
    page = (folder / "report.html").read_text()
    assert "CRPS" in page and "spread-skill" in page.lower()


def test_fields_without_time(nesym, folder, fine_truth):
    for name in ("coarse", "truth"):
        with xr.open_dataset(f"{name}.nc") as ds:
            store(ds.pr.isel(time=0, drop=True).load(), folder / f"{name}2d.nc")
    options = ("--method", "cascade", "--factor", 4, "--members", 3, "--report", "r.html")
    done = nesym("downscale", "coarse2d.nc", "--truth", "truth2d.nc", *options)
    assert done.code == 0 and "3 members, 1 step," in done.said


def test_the_sample_where_no_file_is_given(nesym):
    done = nesym("downscale", "--factor", 8, "--method", "conservative")
    assert done.code == 0 and "1 member, 24 steps, 128 x 128 cells" in done.said and "CRPS" in done.said
    with open_dataset("fine.nc") as ds:
        assert ds.attrs["institution"] == "Deutscher Wetterdienst" and "attribution" in ds.attrs["licence"]


def test_an_old_result_is_replaced(nesym, folder):
    (folder / "fine.nc").write_text("old")
    assert nesym("downscale", "good.nc", "--factor", 4, "--method", "bilinear").code == 0
    with open_dataset("fine.nc") as ds:
        assert ds.pr.size


def test_files_are_read_in_pieces(folder, monkeypatch):
    """Also a file that is stored as one piece: no more steps at a time than make a block, whole chunks if it has any."""
    from nesym.cli import source

    monkeypatch.setattr(source, "BLOCK_VALUES", 5 * 64)
    store(rain(nt=12), folder / "one.nc")
    assert source.from_file("one.nc", None, None, "refuse", 4).rain.chunks[0] == (5, 5, 2)
    rain(nt=12).to_netcdf("cut.nc", engine="h5netcdf", encoding={"pr": {"chunksizes": (2, 8, 8)}})
    assert source.from_file("cut.nc", None, None, "refuse", 4).rain.chunks[0] == (4, 4, 4)
