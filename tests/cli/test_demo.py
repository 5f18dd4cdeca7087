"""`nesym demo`: the main job on the packaged sample; the slowest test of the command line."""

import numpy as np

from nesym.fields import open_dataset


def test_demo(nesym, folder):
    done = nesym("demo", "--out", "here/demo")
    assert done.code == 0
    for words in (
        "here/demo/fine.nc 20 members, 24 steps, 128 x 128 cells",
        "here/demo/report.html",
        "CRPS",
        "cascade",
    ):
        assert words in done.said
    assert {path.name for path in (folder / "here" / "demo").iterdir()} == {"fine.nc", "report.html"}
    with open_dataset("here/demo/fine.nc") as ds:
        assert "memory=True" in ds.attrs["method"]
        assert np.isfinite(ds.pr.isel(time=0)).all()
    page = (folder / "here" / "demo" / "report.html").read_text()
    assert 'src="http' not in page and "<link" not in page  # one file, all in it
    assert "Deutscher Wetterdienst" in page
