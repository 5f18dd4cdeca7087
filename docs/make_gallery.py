"""Make what the pages include: the gallery's pictures and score tables, and the tables of `make_tables.py`.

    python docs/make_gallery.py

The gallery needs the packaged sample and nothing else: all time steps with 0.1 mm/h or more on a tenth of the area,
coarsened from 1 km to 8 km and drawn back by every estimator with the same key. None of them was used in fitting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import make_tables
import numpy as np
import xarray as xr

import nesym
from nesym.downscale import AbstractDownscaler, Bilinear, Conservative, RainFARM
from nesym.downscale.compare import compare
from nesym.fields import canonical, coarsen
from nesym.report import rain_scale, rank_histogram_figure, rapsd_figure
from nesym.verify import Table

DOCS = Path(__file__).parent
GALLERY = DOCS / "gallery"
FACTOR, MEMBERS, KEY, BLOCK = 8, 20, 0, "3h"
WET, WET_SHARE = 0.1, 0.1  # mm/h, and the share of the area
PLAIN, TRUTH = "plain bilinear", "truth"
# The estimators of each page: what its table shows beside plain interpolation and the truth.
PAGES = {
    "bilinear": ("bilinear",),
    "conservative": ("conservative",),
    "rainfarm": ("rainfarm", "rainfarm, memory"),
    "cascade": ("cascade", "cascade, memory"),
    "consistency": ("consistency", "consistency, memory"),
}
OVERVIEW = ("CRPS", "RMSE", "spread-skill", "RAPSD log error", "quantile bias (0.99)", "lag-1 autocorrelation")


def rain() -> xr.DataArray:
    """Rainy time steps of the packaged sample: (time, y, x) in mm h-1."""
    everything = canonical(nesym.data.sample("radar_germany"), "pr").load()
    return everything.isel(time=((everything >= WET).mean(("y", "x")) >= WET_SHARE).values)


def estimators() -> dict[str, AbstractDownscaler]:
    """All methods under the names that the tables use."""
    consistency, cascade, rainfarm = (nesym.load(f"{name}-dwd-1km") for name in ("consistency", "cascade", "rainfarm"))
    return {
        PLAIN: Bilinear(block_means=False),
        "bilinear": Bilinear(),
        "conservative": Conservative(),
        "rainfarm": RainFARM(),
        "rainfarm, memory": replace(rainfarm, memory=True),
        "cascade, memory": replace(cascade, memory=True),
        "cascade": cascade,
        "consistency, memory": replace(consistency, memory=True),
        "consistency": consistency,
    }


def scores(truth: xr.DataArray) -> Table:
    """Every method on the same fields."""
    methods = estimators()
    consistency = methods.pop("consistency")
    settings = {"members": MEMBERS, "key": KEY, "block": BLOCK, "reference": PLAIN}
    return compare(consistency, coarsen(truth, FACTOR), truth, rivals=methods, **settings)


def write_scores(table: Table) -> None:
    """The overview, and for each page the columns of its estimators."""
    rows = {row["method"]: row for row in table.rows}
    chosen = [rows[name] for name in (PLAIN, *sum(PAGES.values(), ()), TRUTH)]
    columns = ("method", *OVERVIEW)
    short = [{name: row[name] for name in columns} for row in chosen]
    intervals = table.caption[table.caption.index("Intervals:") :]  # units of what is left out would only confuse
    _write("_scores.md", Table(table.title, columns, short, intervals))
    for page, names in PAGES.items():
        beside = {name: rows[name] for name in (PLAIN, *names, TRUTH)}
        down = [{"score": m} | {name: row.get(m) for name, row in beside.items()} for m in table.columns[1:]]
        _write(f"_{page}.md", Table(table.title, ("score", *beside), down, table.caption))


def _write(name: str, table: Table) -> None:
    (GALLERY / name).write_text(make_tables.unbroken(table.to_markdown()), encoding="utf-8")


def panels(truth: xr.DataArray) -> dict[str, dict[str, xr.DataArray]]:
    """The wettest time step as each page shows it: page -> title -> field."""
    field = truth.isel(time=[int(truth.mean(("y", "x")).argmax("time"))])
    coarse, pages = coarsen(field, FACTOR), {}
    for page in PAGES:
        method = estimators()[page]
        shown = {"coarse, 8 km": coarse, "truth, 1 km": field}
        if method.deterministic:
            shown[page] = method.sample(coarse, FACTOR, 1, KEY)[0]
        else:
            fine = method.sample(coarse, FACTOR, MEMBERS, KEY)
            shown |= {f"member {number}": fine.sel(member=number) for number in range(3)}
            shown["mean of 20 members"] = fine.mean("member")
        pages[page] = {title: each.isel(time=0) for title, each in shown.items()}
    pages["bilinear"]["without block means"] = estimators()[PLAIN].sample(coarse, FACTOR, 1, KEY)[0, 0]
    return pages


def draw(path: Path, fields: Mapping[str, xr.DataArray], maximum: float) -> None:
    """A row or two of maps with one colour bar, whose classes depend on `maximum` alone."""
    from matplotlib.figure import Figure

    scale, columns = rain_scale(maximum), 2 if len(fields) == 4 else 3
    rows = -(-len(fields) // columns)
    figure = Figure(figsize=(3.2 * columns, 3.3 * rows + 0.6), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for place, (title, field) in zip(axes.ravel(), fields.items(), strict=True):
        half = float(field["x"][1] - field["x"][0]) / 2
        extent = np.array([*field["x"][[0, -1]] + [-half, half], *field["y"][[0, -1]] + [-half, half]]) / 1000
        look = {"cmap": scale.cmap, "norm": scale.norm, "interpolation": "nearest"}
        image = place.imshow(field, origin="lower", extent=extent, **look)
        place.set_title(f"{title}  (max {float(field.max()):.3g})", fontsize=10, loc="left")
        place.tick_params(labelsize=8)
    for place in axes[-1]:
        place.set_xlabel("km", fontsize=9)
    for place in axes[:, 0]:
        place.set_ylabel("km", fontsize=9)
    bar = figure.colorbar(image, ax=axes, location="bottom", label=scale.label, aspect=20 * columns, extend="min")
    bar.set_ticks(scale.levels, labels=[f"{level:g}" for level in scale.levels])
    figure.savefig(path, dpi=100, facecolor="white", pil_kwargs={"optimize": True})


def write_pictures(truth: xr.DataArray, curves: xr.Dataset) -> None:
    """The maps of every page on one scale, and the figures of the overview."""
    pages = panels(truth)
    maximum = max(float(field.max()) for fields in pages.values() for field in fields.values())
    for page, fields in pages.items():
        draw(GALLERY / f"{page}.png", fields, maximum)
    everyone = ("bilinear", "conservative", "rainfarm", "cascade", "consistency")
    figures = {
        "spectra.png": rapsd_figure(_of(curves["rapsd"], (*everyone, TRUTH)), 2.0 * FACTOR, selected="consistency"),
        "ranks.png": rank_histogram_figure(_of(curves["rank_histogram"], everyone), selected="consistency"),
    }
    for name, figure in figures.items():
        figure.savefig(GALLERY / name, dpi=96, facecolor="white", pil_kwargs={"optimize": True})


def _of(curve: xr.DataArray, methods: Sequence[str]) -> xr.DataArray:
    return curve.sel({"method": list(methods)})


def main() -> None:
    """Everything: minutes on one core."""
    truth = rain()
    table = scores(truth)
    write_scores(table)
    write_pictures(truth, table.curves)
    make_tables.main()


if __name__ == "__main__":
    main()
