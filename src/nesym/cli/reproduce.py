"""`nesym reproduce`: the claims of a system, rerun."""

from pathlib import Path
from typing import Annotated

import typer

WIDE = 140  # columns of a terminal that has room for the whole table


def reproduce(
    name: Annotated[str, typer.Argument(help="A name from `nesym systems`.")],
    quick: Annotated[bool, typer.Option("--quick", help="Fewer fields: minutes instead of hours.")] = False,
    train: Annotated[bool, typer.Option("--train", help="Fit anew instead of using the packaged model.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder of the larger data sets (else NESYM_DATA).")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the claims to a JSON file.")] = None,
    key: Annotated[int, typer.Option(help="The same key gives the same numbers.")] = 0,
    budget: Annotated[
        str | None, typer.Option(help="small, or full: hours more, for the systems that have both.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Keep what is trained here: stopped at any moment, the same command goes on.")
    ] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Processes that share the work.")] = None,
) -> None:
    """Rerun the claims of a system and print each beside what was asked, its baseline, n and interval."""
    from rich.console import Console

    from nesym._errors import FileError
    from nesym.cli.progress import bar
    from nesym.systems import reproduce as rerun
    from nesym.verify import claims_table

    if json is not None and not json.absolute().parent.is_dir():
        raise FileError(
            f"There is no folder {json.parent} to write {json.name} to.", "Make it first, or choose another."
        )
    with bar(f"Reproducing {name}", 1.0, "of it") as progress:
        more = {"budget": budget, "folder": folder, "processes": processes}
        options = {option: value for option, value in more.items() if value is not None}
        claims = rerun(name, quick=quick, train=train, data=data, key=key, progress=progress.to, **options)
    table = claims_table(claims)
    console = Console(highlight=False, soft_wrap=True)
    if console.width >= WIDE:
        console.print(table)
    else:
        for claim in claims:
            console.print(_in_lines(claim))
    if json is not None:
        json.write_text(table.to_json(indent=1))
    if any(claim.required and claim.holds is False for claim in claims):
        raise typer.Exit(1)


def _in_lines(claim):
    """A claim on a few short lines: the verdict and the number first."""
    from rich.text import Text

    from nesym.verify.entries import number, text

    holds = text(claim.verdict) if isinstance(claim.verdict, str) else "holds" if claim.verdict else "FAILS"
    measured = "-" if claim.measured is None else number(claim.measured)
    interval = "" if claim.interval is None else " [{}, {}]".format(*map(number, claim.interval))
    colour = "green" if claim.holds else "dim" if claim.asked is None else "bold red"
    first = Text(f"{claim.id:<8} ", style="bold") + Text(f"{holds:<13}", style=colour)
    first += Text(f"{measured}{interval}", style="bold")
    first += Text("" if claim.asked is None else f"   asked {claim.asked}", style="dim")
    notes = [claim.text, *([f"baseline {claim.baseline}"] if claim.baseline else [])]
    notes += [f"published {claim.published}"] if claim.published else []
    notes += [f"n = {claim.n}"] if claim.n else []
    return first + Text("\n" + " " * 22 + "; ".join(notes), style="dim")
