"""Progress of everything that takes longer than two seconds: a bar on a terminal, silence elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Bar:
    """A task whose done part is told by `to(fraction)` or `advance(amount)`."""

    def __init__(self, progress, task: int, total: float):
        self._progress, self._task, self._total = progress, task, total

    def to(self, fraction: float, text: str = "") -> None:
        """The task is done up to `fraction` of it; `text` says what is being done, where it knows better than the bar."""
        if self._progress is not None:
            self._progress.update(self._task, completed=fraction * self._total, text=text)

    def advance(self, amount: float) -> None:
        """Another `amount` of the total is done."""
        if self._progress is not None:
            self._progress.advance(self._task, amount)


@contextmanager
def bar(label: str, total: float = 1.0, unit: str | None = None) -> Iterator[Bar]:
    """A bar on standard error: the time left, throughput in `unit` per second or else what the task tells of itself."""
    if not sys.stderr.isatty():
        yield Bar(None, 0, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task):
            return Text(f"{task.speed:,.3g} {unit}/s" if unit and task.speed else "", style="dim")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=40 if unit else 16),
        TextColumn("{task.percentage:>3.0f}%"),
        Speed(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", style="dim"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress, progress.add_task(label, total=total, text=""), total)


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
