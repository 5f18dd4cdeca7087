"""Trajectories: what a dynamical system was seen to do, as arrays that training takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError, MissingValuesError
from nesym.fields.clock import cf_units, days_between
from nesym.learn._labelled import Read, read


@dataclass(frozen=True, eq=False)
class Trajectories:
    """`states` (k, T, n) of k trajectories at `times` (k, T), float64; NaN in both after the end of a shorter one.

    `names` are the n coordinates and `units` theirs, as they came. Times need not be regular. `since` is the date of time 0
    where times were dates: they are then days since the first. `attrs` are the attributes of the data.
    """

    states: np.ndarray
    times: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...] = ()
    since: str | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Any, *, fewest: int = 2) -> "Trajectories":
        """From a Dataset with a variable for each coordinate, a DataArray, or a list of either.

        A Dataset has dims (trajectory, time), or (time,) for a single trajectory; a DataArray (trajectory, time, state) has
        its names along `state`. `time` holds numbers or dates, the same for all trajectories or, as a variable
        (trajectory, step), for each its own. In a list each is one trajectory of its own times and length. Missing values
        are taken for the end of a trajectory only where nothing follows.

        Raises `MissingValuesError` for others, with the trajectory and the time, and `InputError` for shapes, names and
        times that do not fit, and for fewer than `fewest` trajectories.
        """
        if isinstance(data, cls):
            return data._checked_count(fewest)
        if isinstance(data, list | tuple):
            found = cls._joined([read(each) for each in data])
        else:
            one = read(data)
            found = cls(one.states, one.times, one.names, one.units, one.since, one.attrs)
        return found._checked()._checked_count(fewest)

    @classmethod
    def _joined(cls, parts: Sequence[Read]) -> "Trajectories":
        """One table of trajectories of different lengths."""
        if not parts:
            raise InputError("An empty list of trajectories came.", "Give one Dataset for each trajectory.")
        first = parts[0]
        for part in parts:
            if part.names != first.names or (part.since is None) != (first.since is None):
                raise InputError(
                    f"Trajectories of one system have the same coordinates and the same kind of time; {first.names} and"
                    f" {part.names} came.",
                    "Give Datasets with the same variables in the same order, and all times as dates or all as numbers.",
                )
        if first.since is not None:
            since = min((part.since for part in parts), key=lambda date: days_between(first.since, date))
            parts = [p._replace(times=p.times + days_between(since, p.since), since=since) for p in parts]
        longest = max(part.times.shape[1] for part in parts)
        ends = [longest - part.times.shape[1] for part in parts]
        states = [
            np.pad(p.states, ((0, 0), (0, end), (0, 0)), constant_values=np.nan)
            for p, end in zip(parts, ends, strict=True)
        ]
        times = [
            np.pad(p.times, ((0, 0), (0, end)), constant_values=np.nan) for p, end in zip(parts, ends, strict=True)
        ]
        return cls(np.concatenate(states), np.concatenate(times), first.names, first.units, parts[0].since, first.attrs)

    @property
    def lengths(self) -> np.ndarray:
        """Samples of each trajectory, (k,)."""
        return np.isfinite(self.times).sum(1)

    @property
    def starts(self) -> tuple[np.ndarray, np.ndarray]:
        """First states (k, n) and their times (k,)."""
        return self.states[:, 0], self.times[:, 0]

    @property
    def span(self) -> float:
        """How long the longest trajectory lasts."""
        return float((np.nanmax(self.times, 1) - self.times[:, 0]).max())

    @property
    def interval(self) -> float:
        """Median time between two samples."""
        return float(np.nanmedian(np.diff(self.times, axis=1)))

    def __len__(self) -> int:
        return len(self.states)

    def take(self, which: slice | Sequence[int]) -> "Trajectories":
        """Some of the trajectories."""
        longest = int(self.lengths[which].max())
        parts = self.states[which, :longest], self.times[which, :longest]
        return Trajectories(*parts, self.names, self.units, self.since, self.attrs)

    def apart(self, share: int) -> "tuple[Trajectories, Trajectories]":
        """All but the last of so many parts, and that part, which is at least one trajectory."""
        first = len(self) - max(1, len(self) // share)
        return self.take(slice(None, first)), self.take(slice(first, None))

    def to_dataset(self) -> xr.Dataset:
        """A variable for each coordinate: (trajectory, time), or (trajectory, step) where times differ."""
        shared = bool((self.times == self.times[0]).all())
        dims = ("trajectory", "time" if shared else "step")
        attrs = cf_units(self.since)
        time = (("time",), self.times[0], attrs) if shared else (dims, self.times, attrs)
        units = self.units or ("",) * len(self.names)
        variables = {
            name: (dims, self.states[..., i], {"units": units[i]} if units[i] else {})
            for i, name in enumerate(self.names)
        }
        return xr.Dataset(variables, {"time": time, "trajectory": np.arange(len(self))}, dict(self.attrs))

    def _checked(self) -> "Trajectories":
        """This, refused where values are missing inside, or times do not increase."""
        there = np.isfinite(self.states).all(-1) & np.isfinite(self.times)
        ends = np.where(there.any(1), there.shape[1] - there[:, ::-1].argmax(1), 0)
        for number, end in enumerate(ends):
            gaps = np.flatnonzero(~there[number, :end])
            if gaps.size or end < 2:
                at = f"at time {self.times[number, gaps[0]]:g}" if gaps.size else f"with {end} complete states"
                raise MissingValuesError(
                    f"Trajectory {number} has missing or infinite values {at}.",
                    "Cut it there into two and give a list of both, or fill the gap; each needs two states.",
                )
            if not (np.diff(self.times[number, :end]) > 0).all():
                raise InputError(
                    f"The times of trajectory {number} do not increase.", "Sort them, and leave out what comes twice."
                )
        after = np.arange(there.shape[1]) >= ends[:, None]
        longest = int(ends.max())
        states = np.where(after[..., None], np.nan, self.states)[:, :longest]
        times = np.where(after, np.nan, self.times)[:, :longest]
        return Trajectories(states, times, self.names, self.units, self.since, self.attrs)

    def _checked_count(self, fewest: int) -> "Trajectories":
        if len(self) < fewest:
            raise InputError(
                f"At least {fewest} trajectories were expected, of which some are kept to judge by, and {len(self)} came.",
                "Give more of them, or cut a long one: nesym.learn.cut(data, pieces=10).",
            )
        return self


def cut(data: Any, pieces: int) -> Trajectories:
    """Each trajectory cut into `pieces` consecutive ones of equal length; a remainder at the end is left out.

    A long record becomes trajectories that can be trained on and kept to judge by. Raises `InputError` where the pieces
    would have fewer than two samples.
    """
    whole = Trajectories.of(data, fewest=1)
    if isinstance(pieces, bool) or not isinstance(pieces, int) or pieces < 1 or (whole.lengths < 2 * pieces).any():
        raise InputError(
            f"{pieces!r} pieces of at least two samples cannot be cut from {int(whole.lengths.min())} samples.",
            "Give a smaller whole number of `pieces`.",
        )
    states, times = [], []
    for number, length in enumerate(whole.lengths):
        size = int(length) // pieces
        for piece in range(pieces):
            part = slice(piece * size, (piece + 1) * size)
            states.append(whole.states[number, part])
            times.append(whole.times[number, part])
    longest = max(len(t) for t in times)
    filled = [np.pad(x, ((0, longest - len(x)), (0, 0)), constant_values=np.nan) for x in states]
    clocks = [np.pad(t, (0, longest - len(t)), constant_values=np.nan) for t in times]
    return Trajectories(np.stack(filled), np.stack(clocks), whole.names, whole.units, whole.since, whole.attrs)
