"""Scores of one long forecast of a chaotic system: without a threshold, and in per cent."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError

STATE = "state"
WORST_SMAPE = 200.0


def cumulative_maximum_error(forecast: Any, truth: Any) -> Any:
    """CME = mean_k min(1, max_(j<=k) |x_f(t_j) - x(t_j)| / s),  s^2 = mean_k |x(t_k) - <x>|^2,  in [0, 1].

    <x> is the mean of the truth over the times of the forecast, | | the Euclidean norm over the coordinates. 0 is a perfect
    forecast and about 1 the mean of the truth for ever; what happens after the error has once reached s does not count, so
    it needs no threshold. A NaN counts as an error of s. It does not change if both are shifted, or scaled by one number.
    Schötz et al. 2024, arXiv 2407.20158.

    Arrays are (..., time, n) -> (...); xarray Datasets of one variable for each coordinate, or DataArrays with a dimension
    "state", both with "time", are matched by name. Raises `InputError` for other shapes or coordinates, for a truth that is
    not finite, and for one that does not vary.
    """
    return _scored(_cme, "cumulative_maximum_error", forecast, truth)


def scaled_error(forecast: Any, truth: Any) -> Any:
    """|x_f(t_k) - x(t_k)| / s of every time, with the s of `cumulative_maximum_error`; NaN where the forecast is.

    Shapes are those of `cumulative_maximum_error` with the time kept: (..., time, n) -> (..., time). With
    `nesym.verify.valid_time` it says for how long a forecast is of use.
    """
    return _scored(_scaled, "scaled_error", forecast, truth)


def smape(forecast: Any, truth: Any) -> Any:
    """sMAPE = mean_k 100 |x_f - x|_1 / ((|x_f|_1 + |x|_1) / 2) in per cent, from 0 to 200, with the norm |x|_1 = sum |x_i|.

    A NaN counts as 200, and two states of 0 as 0. Makridakis 1993, doi 10.1016/0169-2070(93)90079-3, here with the norm of
    whole states as in Schötz et al. 2024, arXiv 2407.20158. It depends on where 0 lies. Shapes and errors are those of
    `cumulative_maximum_error`.
    """
    return _scored(_smape, "smape", forecast, truth)


def _cme(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    error = _scaled(forecast, truth)
    error = np.where(np.isnan(error), 1.0, np.minimum(error, 1.0))
    return np.maximum.accumulate(error, -1).mean(-1)


def _scaled(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    spread = np.sqrt((np.square(truth - truth.mean(-2, keepdims=True)).sum(-1)).mean(-1))
    if not (spread > 0).all():
        raise InputError(
            "The truth does not vary, so that errors have no scale.", "Give a truth of more than one state."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        return np.linalg.norm(forecast - truth, axis=-1) / spread[..., None]


def _smape(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(forecast - truth).sum(-1)
        size = (np.abs(forecast).sum(-1) + np.abs(truth).sum(-1)) / 2
        share = np.where(apart == 0, 0.0, 100 * apart / np.where(size == 0, 1.0, size))
    return np.where(np.isnan(share), WORST_SMAPE, share).mean(-1)


def _scored(kernel: Callable[[np.ndarray, np.ndarray], np.ndarray], name: str, forecast: Any, truth: Any) -> Any:
    """The kernel on arrays, or on labelled data by the names of their dimensions."""
    if isinstance(forecast, xr.Dataset | xr.DataArray):
        both = [data.to_dataarray(STATE) if isinstance(data, xr.Dataset) else data for data in (forecast, truth)]
        if any(not {STATE, "time"} <= set(array.dims) for array in both):
            raise InputError(
                f"States in time were expected, and dimensions {both[0].dims} and {both[1].dims} came.",
                "Give Datasets with one variable for each coordinate and a dimension 'time'.",
            )
        core, left = [["time", STATE]] * 2, [["time"] if kernel is _scaled else []]
        try:
            found = xr.apply_ufunc(
                lambda f, x: kernel(*_checked(f, x)), *both, input_core_dims=core, output_core_dims=left, join="exact"
            )
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                "The forecast and the truth differ in their times or coordinates.",
                "Choose what both have: truth.sel(time=forecast.time).",
            ) from None
        return found.rename(name).assign_attrs(units="%" if kernel is _smape else "1")
    return kernel(*_checked(forecast, truth))


def _checked(forecast: Any, truth: Any) -> tuple[np.ndarray, np.ndarray]:
    forecast, truth = (np.asarray(states, np.float64) for states in (forecast, truth))
    if truth.ndim < 2 or forecast.shape[-2:] != truth.shape[-2:]:
        raise InputError(
            f"States of the same times and coordinates were expected; {forecast.shape} and {truth.shape} came.",
            "Bring both to the form (..., time, coordinate).",
        )
    if not np.isfinite(truth).all():
        raise InputError("The truth has missing or infinite values.", "Score the times where the truth is known.")
    return forecast, truth
