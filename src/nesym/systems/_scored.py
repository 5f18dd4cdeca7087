"""Claims from a table of scores, and how far a comparison is."""

from collections.abc import Callable

from nesym.verify import Claim, Score, Table

LAG = "lag-1 autocorrelation"


def scored(id: str, text: str, asked: str, score: Score, baseline: str | None = None, **more) -> Claim:
    """A claim about a score, with its interval and its number of fields."""
    return Claim(id, text, asked, score.value, baseline=baseline, n=score.n, interval=(score.low, score.high), **more)


def remembered(id: str, text: str, table: Table, name: str, remembering: str) -> Claim:
    """Do sequences with memory change as much from step to step as the true ones do? Beside those without."""
    lags = {row: table.cell(row, LAG) for row in ("truth", name, remembering)}
    off = {row: abs(score.value - lags["truth"].value) for row, score in lags.items()}
    beside = f"{off[name]:.3f}: without memory"
    return Claim(id, text, "<= 0.05", off[remembering], baseline=beside, n=lags["truth"].n)


def counted(progress: Callable[[float], None] | None, total: int) -> Callable[..., None] | None:
    """What is to be told of each step, or of several at once, as the fraction done of `total` steps."""
    done = 0

    def tell(_: str = "", steps: int = 1) -> None:
        nonlocal done
        done += steps
        progress(done / total)

    return progress and tell
