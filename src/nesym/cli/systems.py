"""`nesym systems`: the 24 systems and their state."""


def systems() -> None:
    """List the 24 published systems, what each gives you, and whether it works here yet."""
    from rich.console import Console
    from rich.table import Table

    from nesym.systems import REFERENCES, SYSTEMS

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("#", "name", "state", "area", "what you get", "work"):
        table.add_column(column, no_wrap=column in ("name", "state"), justify="right" if column == "#" else "left")
    for system in (*SYSTEMS, *REFERENCES):
        style = "green" if system.state == "working" else "dim"
        number = str(system.number) if system.number else "-"
        table.add_row(number, system.name, f"[{style}]{system.state}[/]", system.area, system.gets, system.work)
    Console().print(table)
