"""Make the tables that pages include: data, models, units and names, messages, what `nesym check` prints, claims."""

import io
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import make_messages

import nesym
from nesym import _errors, _store
from nesym.fields.quantities import QUANTITIES
from nesym.fields.unit_table import TABLE
from nesym.verify import Table

DOCS = Path(__file__).parent
RESULTS = DOCS / "_results"
NAMES = (
    "rain-baselines",
    "downscale-consistency",
    "adjust-baselines",
    "adjust-gan",
    "adjust-gan-isimip",
    "downscale-diffusion",
    "stabilised-nde",
    "projected-nde",
    "latent-sde",
    "machine-precision",
    "chaos-benchmark",
)
# File -> the command that wrote the table it is made of, and where to.
MEASURED = {
    f"_claims_{name.replace('-', '_')}.md": (f"nesym reproduce {name}", RESULTS / f"{name.replace('-', '_')}.json")
    for name in NAMES
} | {
    "_chaos_standing.md": (
        "nesym benchmark --systems all --methods all --schemes even-exact,even-noisy --seconds 20",
        RESULTS / "chaos_standing.json",
    )
}


def catalogue() -> str:
    """All data sets with what may be done with them."""
    columns = ("id", "what", "for", "licence and attribution", "packaged", "copies", "weights")
    rows = (
        (f"`{e.id}`", e.title, e.purpose, f"{e.licence}. {e.attribution}.", e.packaged, e.redistributable, e.trainable)
        for e in nesym.data.catalogue()
    )
    return markdown(columns, rows)


def models() -> str:
    """The fitted models that come with the package, as `nesym models` lists them."""
    columns = ("id", "estimator", "resolution", "fitted on", "licence")
    headers = {name: _store.card(name) for name in _store.packaged()}
    rows = ((f"`{name}`", header["model"]["class"], *_fitted(header["card"])) for name, header in headers.items())
    return markdown(columns, rows)


def _fitted(card: dict) -> tuple[str, str, str]:
    stated = "spacing_km" in card
    resolution = f"{card['spacing_km']:g} km, {card['step_seconds'] / 60:g} min" if stated else card["region"]
    return resolution, card["data"], card["licence"]


def units() -> str:
    """Every unit of the table under all its spellings."""
    spellings: dict = {}
    for spelling, unit in TABLE.items():
        spellings.setdefault(unit, []).append(f"`{spelling}`")
    return markdown(("unit", "also written"), ((names[0], ", ".join(names[1:])) for names in spellings.values()))


def quantities() -> str:
    """What NESYM calls a quantity, and by which names it finds it."""
    columns = ("quantity", "in NESYM", "standard names", "variable names, in any case")
    rows = (
        (f"`{q.name}`, {q.words}", f"`{q.units}`", _list(q.standard_names), _list(q.aliases))
        for q in QUANTITIES.values()
    )
    return markdown(columns, rows)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def errors() -> str:
    """The exceptions, what else they are, and when they are raised."""
    classes = [c for c in vars(_errors).values() if isinstance(c, type) and issubclass(c, _errors.NesymError)]
    rows = ((f"`{c.__name__}`", _list(base.__name__ for base in c.__bases__), c.__doc__) for c in classes)
    return markdown(("class", "a kind of", "raised when"), rows)


def checked() -> str:
    """What `nesym check` prints about a good file and about one without units."""
    from nesym.fields import coarsen, write

    rain = coarsen(nesym.data.lognormal_rain((24, 64, 64), slope=2.5, key=0), 8)
    here = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            write(rain, "coarse.nc")
            write(rain.to_dataset().assign(pr=rain.drop_attrs(deep=False)), "unlabelled.nc")
            return "\n\n".join(f"$ nesym check {name}\n{_printed(name)}" for name in ("coarse.nc", "unlabelled.nc"))
        finally:
            os.chdir(here)


def _printed(name: str) -> str:
    from nesym.cli.app import app

    with redirect_stdout(io.StringIO()) as out:
        app(["check", name], standalone_mode=False)
    return "\n".join(line.rstrip() for line in out.getvalue().strip().split("\n"))


def measured(command: str, path: Path) -> str:
    """A table from the JSON that a command wrote; stops with the command where there is none."""
    if not path.is_file():
        shown = path.relative_to(DOCS.parent)
        raise SystemExit(f"There is no {shown}. Make it first: {command} --json {shown}")
    table = Table.from_json(path.read_text(encoding="utf-8"))
    return unbroken(table.to_markdown().removeprefix(f"**{table.title}**\n\n"))


def unbroken(table: str) -> str:
    """A Markdown table whose intervals stay in one piece, below their value where there is one."""
    table = re.sub(r"(?<=\d) \[([^\],|]+), ([^\]|]+)\](?= \|)", r"<br><small>[\1, \2]</small>", table)
    return re.sub(r"\| \[([^\],|]+), ([^\]|]+)\](?= \|)", r"| <small>[\1, \2]</small>", table)


def markdown(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; True and False as yes and no."""
    words = {True: "yes", False: "no"}
    lines = [columns, ["---"] * len(columns), *([words.get(cell, cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


# What can be made anywhere in seconds.
QUICK = {
    "_catalogue.md": catalogue,
    "_models.md": models,
    "_units.md": units,
    "_quantities.md": quantities,
    "_errors.md": errors,
    "_messages.md": make_messages.markdown,
    "_check.txt": checked,
}


def main() -> None:
    """Write all of them, what was measured last."""
    for name, make in QUICK.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
    for name, source in MEASURED.items():
        (DOCS / name).write_text(measured(*source), encoding="utf-8")


if __name__ == "__main__":
    main()
