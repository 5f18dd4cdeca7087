"""`nesym models`: the fitted models that come with the package."""


def models() -> None:
    """List the packaged models: what they are, what they were fitted on, and where they may be used."""
    from rich.console import Console
    from rich.table import Table

    from nesym import _store

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("id", "method", "resolution", "fitted on", "licence"):
        table.add_column(column, no_wrap=column == "id")
    for name in _store.packaged():
        header = _store.card(name)
        card = header["card"]
        resolution = f"{card['spacing_km']:g} km, {card['step_seconds'] / 60:g} min"
        table.add_row(name, header["model"]["class"], resolution, card["data"], card["licence"])
    Console().print(table)
    Console().print(
        "\nUse one with `nesym downscale FILE --model ID`, or in Python with nesym.load('ID').", style="dim"
    )
