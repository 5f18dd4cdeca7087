"""`nesym systems`: the 24 systems and their state."""

WIDE = 130  # columns of a terminal that has room for a table


def systems() -> None:
    """List the 24 published systems, what each gives you, and whether it works here yet."""
    from rich.console import Console

    from nesym.systems import REFERENCES, SYSTEMS

    rows = (*SYSTEMS, *REFERENCES)
    console = Console(highlight=False)
    if console.width >= WIDE:
        console.print(_table(rows))
    else:
        for system in rows:
            console.print(_lines(system), no_wrap=True, overflow="ignore", crop=False)
    working = sum(system.state == "working" for system in rows)
    console.print(f"\n{working} of {len(rows)} working: `nesym reproduce NAME` reruns their claims.", style="dim")


def _style(system) -> str:
    return "green" if system.state == "working" else "dim"


def _number(system) -> str:
    return str(system.number or "-")


def _table(rows):
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("#", "name", "state", "area", "what you get", "work"):
        table.add_column(column, no_wrap=column in ("name", "state"), justify="right" if column == "#" else "left")
    for system in rows:
        state = Text(system.state, style=_style(system))
        table.add_row(_number(system), system.name, state, system.area, system.gets, system.work)
    return table


def _lines(system):
    """A system on three lines, none of them longer than 80 columns."""
    from rich.text import Text

    first = Text(f"{_number(system):>2}  ") + Text(f"{system.name:<25}", style="bold")
    first += Text(f"{system.state:<9}", style=_style(system)) + Text(system.area, style="dim")
    return first + Text(f"\n    {system.gets}") + Text(f"\n    {system.work}", style="dim")
