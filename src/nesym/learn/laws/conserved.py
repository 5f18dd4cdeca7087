"""Whether data keep a law: how far it moves along them, beside their noise and beside what chance would make of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nesym._errors import InputError
from nesym.learn.laws.expressions import Conserved
from nesym.learn.trajectories import Trajectories
from nesym.verify import Table

MOVES, HIDDEN = 0.1, 0.5  # shares of its spread by which a law may move beyond the noise, and with it
DRAWS = 4096  # states whose coordinates are combined at random
ROUNDING = 1e-9  # of its size: a law that moves by less stands still


@dataclass(frozen=True)
class Drift:
    """How one law V behaves in data; all but `text` and `missing` in the units of V.

    `size` is its root mean square. `moves` is how far it departs from its mean along each trajectory, `between` how far
    these means are apart, both as standard deviations. `noise` is the part of `moves` that changes from one sample to the
    next. `spread` is the standard deviation of V where coordinates of the same data are combined at random. `missing` is
    the share of states where V is not defined.
    """

    text: str
    size: float
    moves: float
    between: float
    noise: float
    spread: float
    missing: float

    @property
    def beyond_noise(self) -> float:
        """sqrt(max(moves^2 - noise^2, 0)): how far V moves that noise does not explain."""
        return float(np.sqrt(max(self.moves**2 - self.noise**2, 0.0)))

    @property
    def kept(self) -> bool:
        """beyond_noise <= 0.1 spread and moves <= 0.5 spread; or V stands still but for rounding."""
        if self.missing > 0 or self.moves <= ROUNDING * self.size:
            return self.missing == 0
        return self.beyond_noise <= MOVES * self.spread and self.moves <= HIDDEN * self.spread


def drifts(conserved: Conserved, trajectories: Any, key: int = 0) -> tuple[Drift, ...]:
    """How each law V moves along the data:

        moves^2  = < (V(x_t, t) - <V>_trajectory)^2 >
        noise^2  = < (a V_{i-1} + b V_{i+1} - V_i)^2 / (a^2 + b^2 + 1) >,   a, b of the line through the neighbours
        spread   = sd of V(x', t'), every coordinate of x' from a state of its own, drawn from all of the data

    The noise is that of Gasser, Sroka and Jennen-Steinmetz 1986, doi 10.1093/biomet/73.3.625; what changes as fast as the
    samples come counts as noise. The spread is what V would have if the data knew nothing of the law: a sum of squares
    that is kept has `moves` far below it, also where all trajectories have one value. To be kept, V may move by a tenth
    of its spread beyond the noise, and by half of it altogether: with more, the data cannot tell.

    trajectories: what `Trajectories.of` takes. `key` draws the combinations. The spread is half the distance between the
    quantiles of 16 % and 84 %, so that a few wild combinations do not hide a drift.
    """
    data = Trajectories.of(trajectories, fewest=1)
    if data.names != conserved.names:
        raise InputError(
            f"The law is one of {', '.join(conserved.names)}, and the data have {', '.join(data.names)}.",
            "Write it in the coordinates of the data, in their order.",
        )
    values = conserved.values(data.states, data.times)
    there = np.isfinite(data.times)
    mixed = _mixed(conserved, data.states[there], data.times[there], key)
    return tuple(
        _drift(text, values[..., place], data.times, there, mixed[:, place])
        for place, text in enumerate(conserved.texts)
    )


def drift_table(conserved: Conserved, trajectories: Any, key: int = 0) -> Table:
    """`drifts` with one row for each law; what moves as shares of its size, and once of its spread."""
    columns = ("quantity", "size", "moves", "between", "noise", "of spread", "kept")
    rows = []
    for drift in drifts(conserved, trajectories, key):
        parts = [drift.moves, drift.between, drift.noise]
        numbers = [drift.size, *(_share(part, drift.size) for part in parts), _share(drift.moves, drift.spread)]
        rows.append(dict(zip(columns, [drift.text, *numbers, drift.kept], strict=True)))
    caption = (
        "moves: standard deviation along trajectories; between: of their means; noise: what changes from one sample to the "
        "next; all as shares of the size. The spread is that with coordinates combined at random; a law may move by a tenth "
        "of it beyond the noise."
    )
    return Table("What is named as conserved, along the data", columns, tuple(rows), caption)


def check(conserved: Conserved, trajectories: Any, key: int = 0) -> None:
    """Raise `InputError` for a law that the data do not keep, and for laws that say the same."""
    for drift in drifts(conserved, trajectories, key):
        if drift.missing > 0:
            raise InputError(
                f"{drift.text!r} is not a number at {100 * drift.missing:.2g} % of the states.",
                "Write it so that it is defined at every state of the data.",
            )
        if not drift.kept:
            raise InputError(f"{drift.text!r} is not conserved along the data: {_said(drift)}.", _remedy(drift))
    _check_independent(conserved, Trajectories.of(trajectories, fewest=1))


def _said(drift: Drift) -> str:
    of_spread, of_size = (100 * _share(drift.moves, whole) for whole in (drift.spread, drift.size))
    return (
        f"it moves by {drift.moves:.3g} along trajectories (standard deviation; {of_size:.3g} % of its size, {of_spread:.3g} %"
        f" of its spread where coordinates are combined at random); the noise of the data explains {drift.noise:.2g} of that"
    )


def _remedy(drift: Drift) -> str:
    if drift.beyond_noise <= MOVES * drift.spread:
        return "Sample more often or smooth the data: they are too noisy or too coarse in time to tell."
    return (
        "Correct the formula and its constants, or leave it out: a model held to it would be held to what is not true."
    )


def _mixed(conserved: Conserved, states: np.ndarray, times: np.ndarray, key: int) -> np.ndarray:
    """V of states whose coordinates come from different ones: (DRAWS, m)."""
    rng = np.random.default_rng(key)
    which = rng.integers(len(states), size=(DRAWS, states.shape[1] + 1))
    mixed = np.stack([states[which[:, i], i] for i in range(states.shape[1])], -1)
    return conserved.values(mixed, times[which[:, -1]])


def _drift(text: str, values: np.ndarray, times: np.ndarray, there: np.ndarray, mixed: np.ndarray) -> Drift:
    known = np.isfinite(values)
    missing = float((there & ~known).sum() / there.sum())
    if missing > 0:
        return Drift(text, *(np.nan,) * 5, missing)
    means = np.nanmean(values, 1, keepdims=True)
    low, high = np.quantile(mixed[np.isfinite(mixed)], (0.16, 0.84)) if np.isfinite(mixed).any() else (0.0, 0.0)
    return Drift(
        text,
        size=float(np.sqrt(np.nanmean(values**2))),
        moves=float(np.sqrt(np.nanmean((values - means) ** 2))),
        between=float(means.std()),
        noise=_noise(values, times),
        spread=float(high - low) / 2,
        missing=missing,
    )


def _noise(values: np.ndarray, times: np.ndarray) -> float:
    """Standard deviation of what does not lie on the line through its neighbours; 0 where there are no three samples."""
    if values.shape[1] < 3:
        return 0.0
    before, after = np.diff(times)[:, :-1], np.diff(times)[:, 1:]
    a, b = after / (before + after), before / (before + after)
    departure = (a * values[:, :-2] + b * values[:, 2:] - values[:, 1:-1]) / np.sqrt(a**2 + b**2 + 1)
    known = np.isfinite(departure)
    return float(np.sqrt((departure[known] ** 2).mean())) if known.any() else 0.0


def _check_independent(conserved: Conserved, data: Trajectories) -> None:
    """Raise `InputError` where the gradients of the laws lie in a space of fewer dimensions at nearly all states."""
    import jax

    states, times = data.states[np.isfinite(data.times)], data.times[np.isfinite(data.times)]
    some = np.linspace(0, len(states) - 1, min(32, len(states))).astype(int)
    with jax.enable_x64(True):
        gradients = np.asarray(
            jax.vmap(jax.jacfwd(conserved))(jax.numpy.asarray(states[some]), jax.numpy.asarray(times[some]))
        )
    scale = np.linalg.norm(gradients, axis=-1, keepdims=True)
    values = np.linalg.svd(gradients / np.where(scale > 0, scale, 1.0), compute_uv=False)
    if not np.median(values[:, -1]) > 1e-8:
        raise InputError(
            f"The laws {', '.join(map(repr, conserved.texts))} say the same, or one of them nothing: their gradients are"
            " dependent along the data.",
            "Leave out the law that follows from the others.",
        )


def _share(part: float, whole: float) -> float:
    """part / whole; 0 of nothing is nothing."""
    return part / whole if whole > 0 else (0.0 if part == 0 else np.inf)
