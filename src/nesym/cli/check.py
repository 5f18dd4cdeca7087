"""`nesym check`: what is in a file, and what would be refused."""

from pathlib import Path
from typing import Annotated

import typer


def check(
    file: Annotated[Path, typer.Argument(help="A netCDF file or a Zarr folder.")],
    variable: Annotated[str | None, typer.Option(help="The variable to look at, where it cannot be told.")] = None,
    quantity: Annotated[str | None, typer.Option(help="pr, tas or tos; default: what the file holds.")] = None,
) -> None:
    """Say what NESYM sees in FILE (variables, units, grid, calendar, gaps) and what it would refuse, with the cure."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from nesym.fields import inspect

    seen = inspect(file, quantity=quantity, variable=variable)
    console = Console(highlight=False, soft_wrap=True)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("variable", "units", "dimensions", "type"):
        table.add_column(column)
    for info in seen.variables:
        dims = ", ".join(f"{dim} {size}" for dim, size in zip(info.dims, info.shape, strict=True))
        style = "bold" if info.name == seen.variable else None
        table.add_row(info.name, info.units or "-", dims, info.dtype, style=style)
    console.print(table)
    known = [Text(f"{label:<12}", style="dim") + Text(value) for label, value in _lines(seen)]
    if known:
        console.print("", *known, sep="\n")
    for finding in seen.findings:
        console.print(Text("\nRefused     ", style="bold red") + Text(finding.problem))
        console.print(Text("Remedy      ", style="bold green") + Text(finding.remedy))
    if seen.usable:
        console.print(Text("\nReady       ", style="bold green") + Text(f"as {seen.quantity}, in {seen.units}."))
    raise typer.Exit(0 if seen.usable else 1)


def _lines(seen):
    """What is known about the chosen variable, as label and text."""
    if seen.grid is not None:
        dy, dx = seen.grid.spacing_km
        cells = " x ".join(map(str, seen.grid.shape))
        around = ", around the globe" if seen.grid.periodic else ""
        yield "grid", f"{seen.grid.kind}, {cells} cells of {dy:.4g} x {dx:.4g} km{around}"
    if seen.period is not None:
        yield "time", _times(seen)
    if seen.time_step is not None:
        steps = f"{seen.gaps} step{'s' * (seen.gaps > 1)}"
        yield "gaps", f"{steps} missing from the time axis" if seen.gaps else "none in the time axis"
    if seen.range is not None:
        yield "range", f"{seen.range[0]:.4g} to {seen.range[1]:.4g} {seen.units}"
    if seen.missing is not None:
        yield "missing", f"{seen.missing:.2%} of the values"


def _times(seen) -> str:
    """The period in one line."""
    if seen.steps == 1:
        return f"{seen.period[0]}, one step ({seen.calendar})"
    return f"{seen.period[0]} to {seen.period[1]}, {seen.steps} steps, {seen.time_step} ({seen.calendar})"
