"""`nesym reproduce`: the claims of a system, rerun."""

from pathlib import Path
from typing import Annotated

import typer


def reproduce(
    name: Annotated[str, typer.Argument(help="A name from `nesym systems`.")],
    quick: Annotated[bool, typer.Option("--quick", help="Fewer fields: minutes instead of hours.")] = False,
    train: Annotated[bool, typer.Option("--train", help="Fit anew instead of using the packaged model.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder of the larger data sets (else NESYM_DATA).")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the claims to a JSON file.")] = None,
    key: Annotated[int, typer.Option(help="The same key gives the same numbers.")] = 0,
) -> None:
    """Rerun the claims of a system and print each beside what was asked, its baseline, n and interval."""
    from rich.console import Console

    from nesym.cli.progress import bar
    from nesym.systems import reproduce as rerun
    from nesym.verify import claims_table

    with bar(f"Reproducing {name}", 1.0, "of it") as progress:
        claims = rerun(name, quick=quick, train=train, data=data, key=key, progress=progress.to)
    table = claims_table(claims)
    Console(soft_wrap=True).print(table)
    if json is not None:
        json.write_text(table.to_json(indent=1))
    if any(claim.required and claim.holds is False for claim in claims):
        raise typer.Exit(1)
