"""Batches of crops from fields in memory, each drawn by step and key alone, so that any step can be drawn again."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any
from zlib import crc32

import jax
import numpy as np

from nesym._errors import GridError, InputError, MissingValuesError


class Fields:
    """Random crops: calling it with (step, key) gives (batch, y, x) or (batch, y, x, channel) float32.

    `arrays` is one array (time, y, x) or (time, y, x, channel), or a list of them with different times and sizes, one
    for each event. A crop comes from frame t of event e with probability w_e / n_e (n_e frames), or w_et where
    `weights` holds an array of n_e for an event, from anywhere within it with equal probability. Without weights all
    frames are equally likely. `crop` is the side in cells, or (ny, nx).

    Crops are mirrored along y and x with probability 1/2 each (`flips`) and square ones also transposed (`turns`; with
    the mirrors these are the eight symmetries of the square). Turn both off where a direction means something: winds,
    orography, the globe. Refuses missing values, crops larger than a field, and weights that do not fit.
    """

    def __init__(
        self,
        arrays: np.ndarray | Sequence[np.ndarray],
        *,
        batch: int = 16,
        crop: int | tuple[int, int] = 64,
        weights: Sequence[float | np.ndarray] | None = None,
        flips: bool = True,
        turns: bool = True,
    ):
        self._arrays = list(arrays) if isinstance(arrays, list | tuple) else [arrays]
        self.batch, self.flips, self.turns = batch, flips, turns
        self.crop = (crop, crop) if np.ndim(crop) == 0 else tuple(crop)
        _check_shapes(self._arrays, self.batch, self.crop)
        if turns and self.crop[0] != self.crop[1]:
            raise GridError(
                f"Crops of {self.crop[0]} x {self.crop[1]} cells cannot be turned.",
                "Give a square `crop`, or turns=False.",
            )
        self._likely = _cumulative(self._arrays, weights)
        self._first = np.cumsum([0, *(len(a) for a in self._arrays)])
        self._sums = [_checksum(a) for a in self._arrays]

    @property
    def configuration(self) -> dict[str, Any]:
        """What defines the draws, for the fingerprint of a run."""
        return {
            "batch": self.batch,
            "crop": list(self.crop),
            "flips": self.flips,
            "turns": self.turns,
            "weights": crc32(self._likely.tobytes()),
            "fields": [[*a.shape, s] for a, s in zip(self._arrays, self._sums, strict=True)],
        }

    def __call__(self, step: int, key: int) -> np.ndarray:
        """The batch of that step."""
        return np.stack([self._crop(*words) for words in _draws(step, key, self.batch)])

    def _crop(self, which: int, row: int, column: int, symmetry: int) -> np.ndarray:
        """The crop that four random 32-bit words name."""
        frame = int(np.searchsorted(self._likely, which / 2**32 * self._likely[-1], side="right"))
        event = int(np.searchsorted(self._first, frame, side="right")) - 1
        field = self._arrays[event][frame - self._first[event]]
        y, x = (
            word * (n - size + 1) >> 32 for word, n, size in zip((row, column), field.shape, self.crop, strict=False)
        )
        cut = np.asarray(field[y : y + self.crop[0], x : x + self.crop[1]], np.float32)
        if self.flips:
            cut = cut[:: -1 if symmetry & 1 else 1, :: -1 if symmetry & 2 else 1]
        return cut.swapaxes(0, 1) if self.turns and symmetry & 4 else cut


def _draws(step: int, key: int, batch: int) -> list[list[int]]:
    """Four random 32-bit words for each sample of a step."""
    with jax.default_device(_host()):
        return np.asarray(_words(_stream(key), step, batch)).tolist()


@partial(jax.jit, static_argnames="batch")
def _words(key: jax.Array, step: int, batch: int) -> jax.Array:
    return jax.random.bits(jax.random.fold_in(key, step), (batch, 4), "uint32")


@lru_cache
def _stream(key: int) -> jax.Array:
    """The key of all crops of a run, apart from that of its losses."""
    return jax.random.fold_in(jax.random.key(key), 2)


@lru_cache
def _host() -> jax.Device | None:
    """The CPU, where there is one to JAX: crops are cut there, and must not wait for the accelerator's queue."""
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        return None


def _check_shapes(arrays: list[np.ndarray], batch: int, crop: tuple[int, ...]) -> None:
    if not isinstance(batch, int) or batch < 1 or len(crop) != 2 or min(crop) < 1:
        raise InputError(
            f"A batch of {batch} crops of {crop} cells cannot be drawn.",
            "Give batch >= 1 and a crop of one or two sides >= 1.",
        )
    kinds = {(np.ndim(a), *np.shape(a)[3:]) for a in arrays}
    if len(kinds) != 1 or next(iter(kinds))[0] not in (3, 4) or any(not len(a) for a in arrays):
        raise InputError(
            "Arrays (time, y, x) or (time, y, x, channel) with equal channels were expected,"
            f" and shapes {[np.shape(a) for a in arrays]} came.",
            "Give one such array or a list of them, each with at least one time step.",
        )
    for a in arrays:
        if a.shape[1] < crop[0] or a.shape[2] < crop[1]:
            raise GridError(
                f"A field of {a.shape[1]} x {a.shape[2]} cells is smaller than the crop, {crop[0]} x {crop[1]}.",
                "Give a smaller `crop`, or leave that event out.",
            )


def _cumulative(arrays: list[np.ndarray], weights: Sequence[float | np.ndarray] | None) -> np.ndarray:
    """Running sum over all frames of their weights, (frames,)."""
    lengths = [len(a) for a in arrays]
    weights = lengths if weights is None else weights
    if len(weights) == len(lengths) and all(np.shape(w) in ((), (n,)) for w, n in zip(weights, lengths, strict=True)):
        frames = [
            np.full(n, w / n) if np.ndim(w) == 0 else np.asarray(w) for w, n in zip(weights, lengths, strict=True)
        ]
        every = np.concatenate(frames).astype(np.float64)
        if np.isfinite(every).all() and every.min() >= 0 and every.sum() > 0:
            return np.cumsum(every)
    raise InputError(
        f"A weight for each of the {len(arrays)} events, or for each of their frames, was expected, none negative,"
        " one at least above 0.",
        "Give `weights` as a list of numbers, or of arrays as long as the events.",
    )


def _checksum(array: np.ndarray) -> int:
    """Checksum of the values, frame by frame; refuses what is not finite."""
    found = 0
    for t, frame in enumerate(array):
        if not np.isfinite(frame).all():
            raise MissingValuesError(
                f"Frame {t} of an array {array.shape} has missing or infinite values, which no network learns from.",
                "Fill them first, and give the mask as a channel if the network is to know; or leave such frames out.",
            )
        found = crc32(np.ascontiguousarray(frame), found)
    return found
