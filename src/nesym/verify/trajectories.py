"""How far a forecast of states is from the truth, how well it keeps a law, and for how long it is of use."""

from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError
from nesym.fields.clock import clock

STATE = "state"


def relative_state_error(forecast: Any, truth: Any) -> Any:
    """||x_f(t) - x(t)|| / ||x(t)|| at each time, with the Euclidean norm over the coordinates of a state.

    Score of White et al. 2023, arXiv 2306.09739. Arrays have the coordinates on the last axis, (..., time, n) ->
    (..., time). xarray: Datasets with one variable for each coordinate, or DataArrays with a dimension "state"; both have
    the same times, and other dimensions (trajectory, member) are matched by name. A forecast that has ended is NaN
    there, and so is its error. Where the truth is 0 the error is infinite.

    Raises `InputError` where coordinates or times differ.
    """
    if isinstance(forecast, xr.Dataset | xr.DataArray):
        forecast, truth = _same_states(forecast, truth)
        error = xr.apply_ufunc(_relative, forecast, truth, input_core_dims=[[STATE], [STATE]], join="exact")
        return error.rename("relative_state_error").assign_attrs(units="1", long_name="relative state error")
    forecast, truth = (np.asarray(states, np.float64) for states in (forecast, truth))
    if forecast.shape[-2:] != truth.shape[-2:]:
        raise InputError(
            f"Two sets of states of the same times and coordinates were expected; {forecast.shape} and {truth.shape} came.",
            "Bring both to the form (..., time, coordinate).",
        )
    return _relative(forecast, truth)


def constraint_error(values: Any, reference: Any = None, relative: bool = False, axis: int = -1) -> Any:
    """|V(t) - V_0|, or |V(t) - V_0| / |V_0| where `relative`: how far a kept quantity V has drifted at each time.

    values: V along trajectories, a DataArray with a dimension "time" or an array with the times on `axis`; the result
    has the same form. `reference` is V_0, without the time; the first value of each trajectory if None. A V_0 that is 0
    gives infinite relative errors: use the absolute one there. NaN from where a forecast has ended.
    """
    if isinstance(values, xr.DataArray):
        if "time" not in values.dims:
            raise InputError(
                f"No dimension 'time' was found among {values.dims}.", "Rename it: da.rename(step='time')."
            )
        first = values.isel(time=0, drop=True) if reference is None else reference
        error = abs(values - first)
        return _over(error, abs(first)) if relative else error
    values = np.asarray(values, np.float64)
    first = np.take(values, [0], axis) if reference is None else np.expand_dims(np.asarray(reference), axis)
    error = np.abs(values - first)
    return _over(error, np.abs(first)) if relative else error


def valid_time(error: Any, threshold: float, times: Any = None, rate: float | None = None) -> Any:
    """How long a forecast is of use: t_* - t_0, with t_* the first time at which its error reaches the `threshold`.

    It is 0 if the first error does, and the whole length if none does. A NaN counts as an error without bound: a forecast
    that has ended is not of use. With a `rate`, the largest Lyapunov exponent, it is in Lyapunov times: rate (t_* - t_0).

    error: (..., time), with increasing `times` (time,), -> (...); or a DataArray with a dimension "time", whose dates count
    in days. Raises `TimeError` for times that do not increase, `InputError` for another number of them.
    """
    if not threshold > 0 or (rate is not None and not rate > 0):
        raise InputError(
            f"A positive threshold and rate were expected; threshold={threshold}, rate={rate} came.",
            "Write, for example, threshold=0.4.",
        )
    if isinstance(error, xr.DataArray):
        times = clock(error["time"])[0] if times is None else times
        found = xr.apply_ufunc(lambda e: _first(e, times, threshold), error, input_core_dims=[["time"]])
        found = found * (rate or 1.0)
        return found.rename("valid_time").assign_attrs(long_name="valid time", units=_unit(error["time"], rate))
    if times is None:
        raise InputError("The times of the errors did not come.", "Give times=, one for each on the last axis.")
    return _first(np.asarray(error), times, threshold) * (rate or 1.0)


def _relative(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return _over(np.linalg.norm(forecast - truth, axis=-1), np.linalg.norm(truth, axis=-1))


def _over(error: Any, size: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return error / size


def _first(error: np.ndarray, times: Any, threshold: float) -> np.ndarray:
    """Time from the first one to that of the first error at or above the threshold: (..., time) -> (...)."""
    times = np.asarray(times, np.float64)
    if times.ndim != 1 or error.shape[-1] != times.size:
        raise InputError(
            f"One time for each of the {error.shape[-1]} errors was expected, and {times.shape} came.",
            "Put the times of the errors on their last axis.",
        )
    if not (np.diff(times) > 0).all():
        raise TimeError("The times of the errors do not increase.", "Sort them, and leave out those that repeat.")
    beyond = ~(error < threshold)
    place = np.where(beyond.any(-1), beyond.argmax(-1), times.size - 1)
    return times[place] - times[0]


def _same_states(*data: Any) -> list[xr.DataArray]:
    """DataArrays with the dimension "state", the names of its entries the same in both; raises `InputError` if not."""
    arrays = [d.to_dataarray(STATE) if isinstance(d, xr.Dataset) else d for d in data]
    if any(not isinstance(array, xr.DataArray) or STATE not in array.dims for array in arrays):
        raise InputError(
            "States are Datasets with one variable for each coordinate, or DataArrays with a dimension 'state'.",
            "Bring both to one of these forms: ds.to_dataarray('state').",
        )
    if STATE in arrays[0].coords and STATE in arrays[1].coords:
        names = [list(array[STATE].values) for array in arrays]
        if sorted(map(str, names[0])) != sorted(map(str, names[1])):
            raise InputError(
                f"The forecast has the coordinates {', '.join(map(str, names[0]))} and the truth "
                f"{', '.join(map(str, names[1]))}.",
                "Choose and name the same ones in both.",
            )
        arrays[1] = arrays[1].sel({STATE: names[0]})
    shared = [dim for dim in arrays[0].dims if dim in arrays[1].dims]
    try:
        xr.align(*(array.drop_vars(set(array.coords) - set(shared)) for array in arrays), join="exact")
    except ValueError:
        raise InputError(
            "The forecast and the truth are not at the same times, or of the same trajectories.",
            "Choose what both have: truth.sel(time=forecast.time).",
        ) from None
    return arrays


def _unit(time: xr.DataArray, rate: float | None) -> str:
    if rate is not None:
        return "Lyapunov time"
    return time.attrs.get("units", "1") if np.issubdtype(time.dtype, np.number) else "day"
