"""The report of a downscaling: one time step to look at, and what is known about all of them."""

from pathlib import Path

import numpy as np
import xarray as xr

from nesym._errors import TimeError
from nesym._typing import Path as PathLike
from nesym.fields.grid import Grid, grid_kind
from nesym.fields.spacing import axis_step
from nesym.report import explained
from nesym.report.maps import Layer, map_panel
from nesym.report.page import Figure, Page, Run, Section, render
from nesym.report.scores import ScoreTable

MEMBERS_SHOWN = 3


def downscaling_report(
    path: PathLike,
    *,
    coarse: xr.DataArray,
    fine: xr.DataArray,
    run: Run,
    truth: xr.DataArray | None = None,
    table: ScoreTable | None = None,
    curves: xr.Dataset | None = None,
) -> Path:
    """Write the report of `fine` (member, time, y, x), drawn from `coarse` (time, Y, X), as one HTML file.

    The maps show the time step with most rain in the input; of a lazy ensemble, this step alone is computed. `truth`
    is (time, y, x); a single field may come without time. `table` holds the scores of all methods, its row
    `run.method` is highlighted. `curves` may hold `rapsd` (method, wavelength in km), `rank_histogram` (method, rank)
    with the number of independent cases as its attribute `n`, and `lag1` (method); a method "truth" is drawn as what
    the others are measured by. A section without its input is left out. Rain is in mm h-1.

    Returns the path. Raises `TimeError` if `fine` or `truth` lacks the time step, `FileError` if writing fails.
    """
    fine = (fine if "member" in fine.dims else fine.expand_dims("member")).transpose("member", ...)
    curves = xr.Dataset() if curves is None else curves
    sections = [_maps(coarse, fine, truth)]
    if "rapsd" in curves:
        nyquist = 2.0 * float(np.mean(Grid.of(coarse).spacing_km))
        sections.append(explained.spectra(curves["rapsd"], nyquist, run.method))
    if "rank_histogram" in curves:
        sections.append(explained.ranks(curves["rank_histogram"], run.method))
    if "lag1" in curves:
        sections.append(explained.memory(curves["lag1"], run.method))
    if table is not None:
        sections.append(explained.scores(table, run.method))
    title = f"Rain downscaled from {_cell(coarse)} to {_cell(fine)}"
    return render(Page(title, _lead(fine, run), sections, run), path)


def _lead(fine: xr.DataArray, run: Run) -> str:
    members, method = fine.sizes["member"], f" drawn by the method {run.method}" if run.method else ""
    said = f"{members} member{'s' if members > 1 else ''}{method}"
    if "time" not in fine.dims:
        return f"{said}."
    steps, first, last = fine.sizes["time"], _moment(fine["time"][0]), _moment(fine["time"][-1])
    return f"{said}, at {first}." if steps == 1 else f"{said}, at {steps} time steps from {first} to {last}."


def _cell(field: xr.DataArray) -> str:
    """The size of a cell, "8 km" or "3.75°"; both sides ("31 × 29 km") where they differ by more than 5 %."""
    if grid_kind(field) == "plane":
        (high, wide), unit = Grid.of(field).spacing_km, " km"
    else:
        high, wide, unit = axis_step(field["lat"]), axis_step(field["lon"]), "°"
    return f"{wide:.3g}{unit}" if abs(high / wide - 1.0) < 0.05 else f"{high:.3g} × {wide:.3g}{unit}"


def _moment(time: xr.DataArray) -> str:
    value = time.values[()]
    if isinstance(value, np.datetime64):
        return str(np.datetime_as_string(value, unit="m")).replace("T", " ")
    return value.strftime("%Y-%m-%d %H:%M")


def _wettest(coarse: xr.DataArray) -> xr.DataArray | None:
    """The time with most rain, None for a single field without one."""
    if "time" not in coarse.dims:
        return None
    wetness = coarse.mean(coarse.dims[-2:]).fillna(-1.0).values
    return coarse["time"][int(np.argmax(wetness))]


def _at(field: xr.DataArray, time: xr.DataArray | None, name: str) -> xr.DataArray:
    """The field at one time, in memory; nothing else of it is computed."""
    if time is None:
        return field.compute()
    place = np.flatnonzero(field["time"].values == time.values)
    if place.size == 0:
        raise TimeError(
            f"The {name} has no time step {_moment(time)}, which is the one to show.",
            f"Give the {name} at the time steps of the input.",
        )
    return field.isel(time=int(place[0])).compute()


def _maps(coarse: xr.DataArray, fine: xr.DataArray, truth: xr.DataArray | None) -> Section:
    when = _wettest(coarse)
    members = _at(fine, when, "ensemble")
    shown = members.isel(member=slice(MEMBERS_SHOWN))
    first = [Layer(f"Input, {_cell(coarse)}", _at(coarse, when, "input"))]
    seen = [] if truth is None else [Layer(f"Truth, {_cell(truth)}", _at(truth, when, "truth"))]
    drawn = [Layer(f"Member {k + 1}", member) for k, member in enumerate(shown)]
    several = members.sizes["member"] > 1
    summary = [Layer("Ensemble mean", members.mean("member"))] if several else []
    summary += [Layer("Spread", members.std("member", ddof=1), "spread")] if several else []
    moment = "" if when is None else _moment(when)
    named = ", ".join(layer.title for layer in [*first, *seen, *drawn, *summary])
    figure = Figure(
        map_panel([*first, *drawn, *seen, *summary]),
        explained.maps_caption(moment, truth is not None, several),
        f"Maps of rain{moment and f' at {moment}'}: {named}.",
        map_panel([*first, *seen, *drawn, *summary], width=explained.NARROW),
    )
    return Section("One time step" if moment else "Maps", figures=[figure])
