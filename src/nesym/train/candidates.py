"""The networks that a training has passed, of which the one is taken that does best on data apart."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nesym import _store
from nesym._errors import TrainingError


class Candidates:
    """Sets networks aside in a `folder`, each with its errors; to be given to `nesym.train.fit` as `watch`.

    `kept(step, model)` is what is kept of the averaged model at a step, and `errors(kept)` are its errors: numbers that may
    be added. What has no finite errors is passed over, for on its way a network may go astray.
    """

    def __init__(self, folder: Path, kept: Callable[[int, Any], Any], errors: Callable[[Any], Iterable[float]]) -> None:
        self._folder, self._kept, self._errors = folder, kept, errors
        self._folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, step: int, model: Any) -> None:
        """Keep what there is at that step, with its errors."""
        found = self._kept(step, model)
        errors = [float(error) for error in self._errors(found)]
        if np.isfinite(errors).all():
            _store.save(found, self._folder / f"step-{step:08d}{_store.ENDING}", {"errors": errors})

    def best(self, otherwise: TrainingError) -> tuple[Any, int, tuple[tuple[float, ...], ...]]:
        """The one with the least sum of errors (the earlier of two), its step, and (step, *errors) of all.

        Raises `otherwise` where there is none.
        """
        files = sorted(self._folder.glob(f"step-*{_store.ENDING}"))
        if not files:
            raise otherwise
        errors = [_store.card(file)["card"]["errors"] for file in files]
        steps = [int(file.name.removeprefix("step-").removesuffix(_store.ENDING)) for file in files]
        at = int(np.argmin(np.sum(errors, 1)))
        return _store.load(files[at]), steps[at], tuple((step, *each) for step, each in zip(steps, errors, strict=True))
