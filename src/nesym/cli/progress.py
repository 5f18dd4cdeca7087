"""Progress of everything that takes longer than two seconds: a bar on a terminal, silence elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Bar:
    """A task whose done part is told by `to(fraction)` or `advance(amount)`."""

    def __init__(self, progress, task: int, total: float):
        self._progress, self._task, self._total = progress, task, total

    def to(self, fraction: float) -> None:
        """The task is done up to `fraction` of it."""
        if self._progress is not None:
            self._progress.update(self._task, completed=fraction * self._total)

    def advance(self, amount: float) -> None:
        """Another `amount` of the total is done."""
        if self._progress is not None:
            self._progress.advance(self._task, amount)


@contextmanager
def bar(label: str, total: float, unit: str) -> Iterator[Bar]:
    """A bar with throughput in `unit` per second and the time left, on standard error."""
    if not sys.stderr.isatty():
        yield Bar(None, 0, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task):
            return Text(f"{task.speed:,.3g} {unit}/s" if task.speed else "", style="dim")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        Speed(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress, progress.add_task(label, total=total), total)


class Timings(dict[str, float]):
    """Seconds by step, filled by `with timings("step"):`."""

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Time what is done inside."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self[step] = self.get(step, 0.0) + time.perf_counter() - start
