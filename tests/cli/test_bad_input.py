"""`nesym downscale` on what it must refuse: the remedy is named, nothing is left behind, the old result stays."""

import subprocess
import sys
import tempfile
from types import SimpleNamespace

import pytest
import xarray as xr
from small_files import REFUSED, UNREADABLE, rain, store, unreadable

from nesym.downscale import ensemble
from nesym.fields import coarsen

DRAW = ("--method", "rainfarm", "--factor", 4, "--members", 2, "--out", "fine.nc", "--report", "report.html")


@pytest.fixture
def refused(nesym, contents, folder):
    """Run a command that must be refused with these words, beside an old result that must stay as it was."""
    for name in ("fine.nc", "report.html"):
        (folder / name).write_text(f"the old {name}")

    def check(*args: object, remedy: str, code: int = 2) -> None:
        before = contents()
        seen = nesym(*args)
        assert seen.code == code
        assert remedy in seen.said, seen.said
        assert seen.out == ""
        assert contents() == before

    return check


@pytest.mark.parametrize("defect", REFUSED)
def test_files_that_hold_no_rain(defect, refused, folder):
    make, remedy = REFUSED[defect]
    store(make(), folder / "bad.nc")
    refused("downscale", "bad.nc", *DRAW, remedy=remedy)


@pytest.mark.parametrize("defect", UNREADABLE)
def test_files_that_cannot_be_read(defect, refused, folder):
    what, remedy = UNREADABLE[defect]
    unreadable(what, folder / "bad.nc")
    refused("downscale", "bad.nc", *DRAW, remedy=remedy)


def test_missing_values_can_be_filled(nesym, folder):
    store(REFUSED["missing values"][0](), folder / "gappy.nc")
    assert nesym("downscale", "gappy.nc", *DRAW[:6], "--missing", "fill").code == 0
    with xr.open_dataset("fine.nc") as fine:
        assert not fine.pr.isnull().any()


@pytest.mark.parametrize(
    ("args", "remedy"),
    [
        (("--factor", 1), "2, 4, 8"),
        (("--factor", 0), "2, 4, 8"),
        (("--factor", -4), "2, 4, 8"),
        (("--factor", 2.5), "--factor"),
        (("--members", 0), "--members 20"),
        (("--key", -1), "from 0 to 4294967295"),
        (("--key", 10**30), "from 0 to 4294967295"),
        (("--method", "bilinear", "--members", 5), "--members 1"),
        (("--method", "bilinear", "--memory"), "--memory"),
        (("--method", "bilinear", "--fit", "good.nc"), "--fit"),
        (("--method", "casade"), "bilinear, conservative, rainfarm, cascade"),
        (("--method", "bilinear", "--model", "cascade-dwd-1km"), "Leave --method out"),
        (("--model", "cascade-dwd-2km"), "cascade-dwd-1km"),
        (("--model", "good.nc"), "not a NESYM model file"),
        (("--model", "cascade-dwd-1km", "--fit", "good.nc"), "not both"),
        (("--missing", "keep"), "refuse or fill"),
        (("--variable", "snow"), "pr"),
        (("--fit", "good.nc"), "8 x 8 blocks"),
        (("--method", "consistency", "--fit", "good.nc"), "nesym fit downscale good.nc --method consistency"),
        (("--noise", "loud"), "--noise 0.8"),
        (("--noise", "-0.5"), "--noise auto"),
        (("--noise", "0.5", "--observed", "good.nc"), "Leave one of the two out"),
        (("--method", "cascade", "--noise", "0.5"), "use --method consistency"),
        (("--method", "rainfarm", "--zero-shot"), "use --method consistency"),
        (("--method", "bilinear", "--observed", "good.nc"), "use --method consistency"),
        (("--facto", 4), "--factor"),
        (("--out", "fine.tif"), ".zarr"),
        (("--out", "absent/fine.nc"), "mkdir -p absent"),
        (("--out", "good.nc"), "another name with --out"),
        (("--report", "absent/report.html"), "mkdir -p absent"),
        (("--report", "fine.nc"), "--report report.html"),
        (("--report", "good.nc"), "--report report.html"),
        (("--report", "."), "--report report.html"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_arguments(args, remedy, refused):
    refused("downscale", "good.nc", "--factor", 4, "--out", "fine.nc", *args, remedy=remedy)


@pytest.mark.parametrize(
    ("truth", "remedy"),
    [
        (lambda: rain(side=16, km=2.0), "--factor 2"),
        (lambda: rain(side=24, km=4.0 / 3).isel(x=slice(0, 20)), "coarsen"),
        (lambda: rain(side=32, km=1.0).isel(time=[0, 1]), "align"),
        (lambda: rain(side=32, km=1.0).assign_coords(y=rain(side=32, km=1.0).y + 1), "coarsen"),
        (lambda: rain(side=32, km=1.0).assign_attrs(units=""), "mm h-1"),
    ],
)
def test_truths_that_do_not_belong(truth, remedy, refused, folder):
    store(truth(), folder / "truth.nc")
    refused("downscale", "good.nc", *DRAW, "--truth", "truth.nc", remedy=remedy)


def test_a_truth_without_a_file(refused):
    refused("downscale", "--truth", "good.nc", remedy="Give both")


def test_a_grid_that_the_factor_does_not_divide_is_refused_where_one_coarsens():
    from nesym._errors import GridError

    with pytest.raises(GridError, match="Cut it to 6 x 6 cells"):
        coarsen(rain(), 3)


def test_a_model_for_another_grid_or_time_step(refused, nesym, folder):
    cascade = ("--method", "cascade", "--out", "fine.nc")
    refused("downscale", "good.nc", "--factor", 2, *cascade, remedy="--force")
    hourly = rain().assign_coords(time=rain()["time"][0] + 12 * (rain()["time"] - rain()["time"][0]))
    store(hourly, folder / "hourly.nc")
    refused("downscale", "hourly.nc", "--factor", 4, *cascade, remedy="--force")
    forced = nesym("downscale", "good.nc", "--factor", 2, "--members", 2, "--force", *cascade[:3], "forced.nc")
    assert forced.code == 0 and "2 members, 3 steps, 16 x 16 cells" in forced.said


def test_absurd_members_before_any_work(refused, monkeypatch):
    def work(*_):
        raise AssertionError("work had begun")

    monkeypatch.setattr(ensemble, "draw_block", work)
    monkeypatch.setattr(ensemble, "available_memory", lambda: 8 * 10**9)
    args = ("downscale", "good.nc", "--method", "rainfarm", "--factor", 4, "--out", "fine.nc")
    refused(*args, "--members", 100_000_000, remedy="fewer members")
    refused(*args, "--members", 10**20, remedy="fewer members")


def test_more_than_the_disk_holds(refused, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**6, 10**6, 1000))
    refused("downscale", "good.nc", *DRAW, remedy="Write to another disk")


def test_a_folder_that_may_not_be_written(refused, monkeypatch):
    # Root may write anywhere, so that permissions are only pretended.
    with monkeypatch.context() as patch:
        patch.setattr("nesym.cli.places.os", SimpleNamespace(access=lambda *_: False, W_OK=2))
        refused("downscale", "good.nc", *DRAW, remedy="one of your own with --out")

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", denied)
    refused("downscale", "good.nc", *DRAW, remedy="a folder of your own with --out")


def test_a_disk_that_fills_up(folder, contents):
    """A limit on file sizes stands in for a full disk: the system refuses a write half-way."""
    (folder / "fine.nc").write_text("the old result")
    before = contents()
    code = (
        "import resource, sys; from nesym.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "sys.argv = 'nesym downscale good.nc --method bilinear --factor 16 --out fine.nc'.split(); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and "Problem" in done.stderr and "Remedy" in done.stderr
    assert contents() == before
