"""One self-contained page: what was run, what came out, how to read it."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

from nesym._atomic import replacing
from nesym._errors import FileError
from nesym._typing import Path as PathLike

if TYPE_CHECKING:
    import matplotlib.figure

    from nesym.report.scores import ScoreTable


def software() -> dict[str, str]:
    """Versions of Python, of NESYM and of what its numbers depend on."""
    found = {"Python": python_version()}
    for name in ("nesym", "jax", "numpy", "xarray"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Run:
    """What was run: enough to do it again.

    `parameters` are the method's, `data` names each source with its licence and attribution, `timings` are seconds by
    step. What the reader must know before trusting a number belongs to `warnings`.
    """

    command: str
    method: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key: int | None = None
    data: Sequence[str] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=software)


@dataclass(frozen=True)
class Figure:
    """An image with the words that explain it: a matplotlib figure (drawn as SVG) or the bytes of a PNG file.

    `caption` says what one sees and how to read it, `alt` what somebody misses who cannot see it. `narrow` is shown
    instead on screens below 700 pixels.
    """

    image: "matplotlib.figure.Figure | bytes"
    caption: str
    alt: str
    narrow: "matplotlib.figure.Figure | bytes | None" = None


@dataclass(frozen=True)
class Section:
    """A part of a page; `text` is one paragraph for each string, `selected` the row of `table` to highlight.

    In an `exact` table the smallest numbers are no rounding of zero, and written out.
    """

    heading: str
    text: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    table: "ScoreTable | None" = None
    selected: str | None = None
    exact: bool = False


@dataclass(frozen=True)
class Page:
    """A page: its `title`, a `lead` that says in one or two sentences what was done, its sections and the run."""

    title: str
    lead: str
    sections: Sequence[Section]
    run: Run | None = None


def markup(image: "matplotlib.figure.Figure | bytes", alt: str) -> str:
    """The HTML element of an image, with everything it needs inside."""
    if isinstance(image, bytes):
        return f'<img alt="{escape(alt)}" src="data:image/png;base64,{b64encode(image).decode()}">'
    from nesym.report.svg import inline_svg

    return inline_svg(image, alt)


def render(page: Page, path: PathLike) -> Path:
    """Write `page` as one HTML file that needs nothing else, and return its path.

    The file appears under its name only when it is complete: if writing fails, what was there before stays. Raises
    `FileError` where it cannot be written.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    from nesym.report.scores import digits, view

    sources = files("nesym.report")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(sources.joinpath("template.html").read_text(encoding="utf-8"))
    text = template.render(
        page=page,
        view=view,
        digits=digits,
        markup=lambda image, alt: Markup(markup(image, alt)),
        style=Markup(sources.joinpath("page.css").read_text(encoding="utf-8")),
    )
    return _replace(Path(path), text)


def _replace(path: Path, text: str) -> Path:
    try:
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(
            f"The report cannot be written to {path}: {error.strerror or error}.",
            "Choose a path in an existing folder that you may write to and that has room.",
        ) from error
    return path
