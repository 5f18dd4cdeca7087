"""Is an axis regular, and how long is its step."""

import numpy as np
import xarray as xr

from nesym._errors import GridError
from nesym.fields.cells import POLE, cell_edges

TOLERANCE = 0.01
GAUSSIAN = 0.10  # Gaussian latitudes depart from equal steps by a few per cent, next to the poles


def axis_step(coordinate: xr.DataArray) -> float:
    """Typical step (> 0) of a horizontal coordinate, in its own units.

    Raises `GridError` if there are fewer than two cells, or if the steps depart from each other by more than 1 %
    (10 % for the coordinate `lat`).
    """
    name, values = str(coordinate.name), coordinate.values.astype(np.float64)
    if values.size < 2:
        raise GridError(
            f"The axis '{name}' has {values.size} cell, so that its step is unknown.",
            "Give a field of at least two rows and two columns.",
        )
    if not np.isfinite(values).all():
        raise GridError(f"The coordinate '{name}' has missing values.", "Fill them in, or cut them off.")
    signed = np.diff(values)
    steps = np.abs(signed)
    step = float(np.median(steps))
    latitude = name == "lat"
    if latitude:
        steps = _without_thin_rows(values, steps, step)
    tolerance = GAUSSIAN if latitude else TOLERANCE
    turns = step == 0 or (np.sign(signed) != np.sign(signed[0])).any()
    if turns or np.abs(steps / step - 1).max() > tolerance:
        raise _irregular(name, values, tolerance)
    return float(steps.mean())


def _without_thin_rows(latitude: np.ndarray, steps: np.ndarray, step: float) -> np.ndarray:
    """Leave out the thinner rows at a pole: parts of a cell that was centred on the pole and cut there."""
    edges = cell_edges(latitude)
    keep = np.ones(steps.size, bool)
    for order, edge in ((slice(None), edges[0]), (slice(None, None, -1), edges[-1])):
        if abs(abs(edge) - POLE) < 1e-3 * step:
            keep[order] &= np.logical_or.accumulate(steps[order] >= (1 - GAUSSIAN) * step)
    return steps[keep]


def _irregular(name: str, values: np.ndarray, tolerance: float) -> GridError:
    steps = np.abs(np.diff(values))
    return GridError(
        f"The steps of '{name}' must be equal to {tolerance:.0%} and of one sign, "
        f"and they range from {steps.min():g} to {steps.max():g}.",
        "Sort the axis if it is out of order, or bring the field to a regular grid with nesym.fields.regrid.",
    )
