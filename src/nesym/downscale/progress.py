"""How fits tell how far they are: the fraction done, and in words what is being done."""

from collections.abc import Callable

Progress = Callable[[float, str], None]


def part(progress: Progress | None, start: float, end: float) -> Progress | None:
    """What a part of the work is given: from none to all of it is from `start` to `end` of the whole."""
    return progress and (lambda fraction, text: progress(start + fraction * (end - start), text))
