"""Fine rain cut into what a network is trained on."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.downscale._downscaler import with_time
from nesym.downscale.cascade_fit import WET
from nesym.downscale.request import check_dims
from nesym.fields.canonical import canonical

WET_SHARE = 0.1  # of a window's area, for it to teach something
FEWEST = 64  # wet windows that a network needs to learn more than by heart


def wet_windows(fine: xr.DataArray | Sequence[xr.DataArray], crop: int) -> list[list[np.ndarray]]:
    """Windows (time, y, x) of each event, two crops a side or the whole field where it is smaller, rainy and complete.

    The windows of an event cover its domain, overlapping where they must; time steps at which one has gaps, or less
    than a tenth of its area is wet, are left out. Raises `InputError` if fewer than `FEWEST` fields remain of all.
    """
    events = [with_time(canonical(event, "pr", missing="keep")) for event in _events(fine)]
    for event in events:
        check_dims(event)
    windows = [_cut(event.values.astype(np.float32), crop) for event in events]
    if (count := fields_in(windows)) < FEWEST:
        raise InputError(
            f"{FEWEST} fields of {crop} x {crop} cells or more are needed to train a network, with {WET} mm h-1 on a tenth"
            f" of the area and no gaps; {count} came.",
            "Give more rainy time steps or a larger domain, or use the cascade, which needs a few fields.",
        )
    return windows


def fields_in(events: list[list[np.ndarray]]) -> int:
    """How many fields the windows of all events have."""
    return sum(len(window) for windows in events for window in windows)


def window_weights(events: list[list[np.ndarray]], shares: Sequence[float] | None) -> list[float] | None:
    """The weight of each window, such that crops come from the events in these proportions; None: from all fields alike.

    Raises `InputError` for shares that are not one positive number for each event, or of an event without wet fields.
    """
    if shares is None:
        return None
    if len(shares) != len(events) or not all(share > 0 for share in shares) or not all(events):
        raise InputError(
            f"A positive share for each of the {len(events)} events was expected, all of them with wet fields; "
            f"{tuple(shares)} came for {tuple(fields_in([windows]) for windows in events)} wet fields.",
            "Give shares=(0.6, 0.4) for two events, for example, and leave dry events out.",
        )
    return [
        share * len(window) / fields_in([windows])
        for share, windows in zip(shares, events, strict=True)
        for window in windows
    ]


def least_rain(windows: list[np.ndarray]) -> float:
    """The smallest positive rain, in mm/h."""
    return min(float(window[window > 0].min()) for window in windows)


def _events(fine) -> list[xr.DataArray]:
    return list(fine) if isinstance(fine, list | tuple) else [fine]


def _cut(rain: np.ndarray, crop: int) -> list[np.ndarray]:
    ny, nx = rain.shape[1:]
    if min(ny, nx) < crop:
        return []
    high, wide = min(ny, 2 * crop), min(nx, 2 * crop)
    windows = []
    for y in _starts(ny, high):
        for x in _starts(nx, wide):
            window = rain[:, y : y + high, x : x + wide]
            use = np.isfinite(window).all((1, 2)) & ((window >= WET).mean((1, 2)) >= WET_SHARE)
            windows.append(window[use])
    return [window for window in windows if len(window)]


def _starts(size: int, window: int) -> np.ndarray:
    """First cells of the fewest windows that cover an axis, evenly spread."""
    return np.linspace(0, size - window, -(-size // window)).round().astype(int)
