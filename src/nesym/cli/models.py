"""`nesym models`: fitted models, the packaged ones and one's own, and what their cards say."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from nesym._errors import FileError, NesymError
from nesym.cli.card import is_number, scales
from nesym.cli.learned import corrects


def models(
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL...]", help="Ids, files, or folders of files; the packaged models if none is given."
        ),
    ] = None,
    card: Annotated[bool, typer.Option("--card", help="Print all that the card of each model says.")] = False,
) -> None:
    """List models: what they are, what they were fitted on, and where they may be used."""
    from rich.console import Console
    from rich.text import Text

    from nesym import _store

    found = [model for place in places or _store.packaged() for model in _at(place)]
    console = Console(highlight=False)
    for model in found:
        console.print(_card(model) if card else _lines(model))
    if not card:
        verbs = ", ".join(sorted({f"`{model.verb}`" for model in found}))
        use = f"Use one with {verbs}, or in Python with nesym.load('ID'); --card says all of it."
        console.print(Text(f"\n{use}", style="dim"))


@dataclass(frozen=True)
class Listed:
    """A model as it is listed: its id or file, its size in bytes, and the header of the file."""

    name: str
    size: int
    header: dict[str, Any]

    @property
    def card(self) -> dict[str, Any]:
        """What its maker says of it; any entry may be absent."""
        return self.header.get("card") or {}

    @property
    def kind(self) -> str:
        """The class of the model."""
        return str(self.configuration.get("class", "no class"))

    @property
    def configuration(self) -> dict[str, Any]:
        """The numbers in the constructor of the model."""
        model = self.header.get("model")
        return model if isinstance(model, dict) else {}

    @property
    def adjusts(self) -> bool:
        """Whether it corrects runs of a climate model; the others refine rain."""
        from nesym import _store

        return corrects(_store.CLASSES.get(self.kind, ""))

    @property
    def solved(self) -> bool:
        """Whether it is a learned equation, which is solved from a start."""
        from nesym import _store

        return _store.CLASSES.get(self.kind, "").startswith("nesym.learn.")

    @property
    def verb(self) -> str:
        """How the shell uses it."""
        if self.solved:
            return "nesym forecast ID START --until TIME"
        return "nesym adjust FILE --model ID" if self.adjusts else "nesym downscale FILE --model ID"

    @property
    def resolution(self) -> str:
        """Grid spacing and time step, or that it is for the grid it was fitted on; the coordinates of an equation."""
        if self.solved:
            return f"of {', '.join(self.card.get('coordinates', ())) or 'coordinates not stated'}"
        return ", ".join(scales(self.card)) or ("for its own grid" if self.adjusts else "resolution not stated")


def _at(place: str) -> list[Listed]:
    """The model of that id or file; or those in a folder, where files of other programs are left out."""
    from nesym import _store

    folder = Path(place).expanduser()
    if not folder.is_dir():
        return [Listed(place, _store.place(place).stat().st_size, _store.card(place))]
    found = []
    for path in sorted(folder.glob(f"*{_store.ENDING}")):
        try:
            found += _at(str(path))
        except NesymError:
            continue
    if not found:
        raise FileError(
            f"There are no models in the folder {folder}.",
            "Give one with files that `nesym fit` or `save` has written.",
        )
    return found


def _lines(model: Listed):
    """A model in a few lines: what it is, what it was fitted on, under which licence."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    from nesym._resources import readable

    first = Text(model.name, style="bold") + Text(f"  {model.kind}, {model.resolution}, {readable(model.size)}")
    told = {"fitted on": model.card.get("data"), "licence": model.card.get("licence")}
    below = [Padding(Text(f"{label} {text}", style="dim"), (0, 0, 0, 4)) for label, text in told.items() if text]
    return Group(first, *below)


def _card(model: Listed):
    """Everything in two columns, below the name of the model."""
    from rich.table import Table
    from rich.text import Text

    from nesym._resources import readable

    numbers = {
        name: value for name, value in model.configuration.items() if is_number(value) or value in (None, True, False)
    }
    rows = {"class": model.kind, "settings": numbers, **model.card}
    rows |= {
        "size": readable(model.size),
        "written": f"{model.header.get('written')} by NESYM {model.header['nesym_version']}",
    }
    table = Table(
        box=None, title=Text(model.name, style="bold"), title_justify="left", show_header=False, pad_edge=False
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(Text(name.replace("_", " ")), Text(_in_words(value)))
    return table


def _in_words(value: Any) -> str:
    """An entry of a card as one reads it: lists with commas, tables as names and values."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_words(entry)}" for name, entry in value.items())
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    words = {True: "yes", False: "no", None: "none"}
    return words[value] if value is None or isinstance(value, bool) else f"{value}"
