"""A matplotlib figure as markup that becomes part of a page: its text in the page's font, its ink in the page's ink."""

import re
from hashlib import sha256
from html import escape
from io import StringIO
from typing import TYPE_CHECKING

from nesym.report.style import INK, PARAMETERS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESOLUTION = 144  # dots per 72 pixels for what cannot be a vector: sharp on a screen of double density


def inline_svg(figure: "Figure", alt: str) -> str:
    """The figure as one `<svg>` element, with `alt` as its accessible name.

    No identifier in it can meet one of another figure: those that nothing refers to are dropped, the others carry a
    digest of the drawing. The same figure always gives the same text.
    """
    from matplotlib import rc_context

    drawing = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with rc_context(PARAMETERS):
        figure.savefig(drawing, format="svg", metadata=nothing, dpi=RESOLUTION)
    text = drawing.getvalue()
    body = text[text.index("<defs>") :]
    body = re.sub(r"<style.*?</style>", "", body, count=1, flags=re.S)
    body = re.sub(r' d="[^"]+"', _hundredths, body)
    body = _own_identifiers(body, sha256(body.encode()).hexdigest()[:8])
    body = body.replace(INK, "currentColor").replace("'DejaVu Sans'", "var(--sans, sans-serif)")
    width, height = figure.get_size_inches() * 72.0
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'role="img" aria-label="{escape(alt)}" stroke-linejoin="round">{body}'
    )


def _hundredths(path: re.Match) -> str:
    """A path in hundredths of a pixel: half the text, and no eye sees the difference."""
    return re.sub(r"(\.\d\d)\d+", r"\1", path[0]).replace(" \n", " ")


def _own_identifiers(body: str, mark: str) -> str:
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', body))

    def rename(match: re.Match) -> str:
        return f' id="{match[1]}-{mark}"' if match[1] in used else ""

    body = re.sub(r'\s+id="([^"]+)"', rename, body)
    return re.sub(r'(url\(|href=")#([^")]+)', rf"\1#\2-{mark}", body)
