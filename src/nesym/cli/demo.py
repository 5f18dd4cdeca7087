"""`nesym demo`: the main job on the packaged sample, in under a minute."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the result and its report.")] = Path("nesym-demo"),
    key: Annotated[int, typer.Option(help="The same key gives the same ensemble.")] = 0,
) -> None:
    """Downscale two hours of German radar rain from 8 km to 1 km: 20 members, scores beside the rivals, a report."""
    from nesym._errors import FileError
    from nesym.cli.chosen import Choice, chosen_method
    from nesym.cli.job import DownscalingJob, run_job
    from nesym.cli.source import from_sample
    from nesym.downscale.request import check_key

    check_key(key)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"The folder {out} cannot be made: {error.strerror or error}.", "Choose another one with --out."
        ) from error
    source = from_sample(8)
    method, notes = chosen_method(Choice(memory=True), source, 8)
    run_job(DownscalingJob(source, method, 8, 20, key, out / "fine.nc", out / "report.html", notes))
