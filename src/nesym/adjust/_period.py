"""The period that observations and model run are compared in."""

import numpy as np
import xarray as xr

from nesym._errors import TimeError
from nesym.fields.times import date_parts, show


def common_period(
    obs: xr.DataArray, model: xr.DataArray, reference: str | slice | None
) -> tuple[xr.DataArray, xr.DataArray]:
    """Both records in the `reference` period: "1983/1995" or a slice; None is what they share, "all" all of both.

    Dates are compared as dates of their own calendars. Raises `TimeError` where there is nothing in common.
    """
    if reference == "all":
        return obs, model
    if reference is None:
        ends = [_dates(da.isel(time=[0, -1])) for da in (obs, model)]
        first, last = max(d[0] for d in ends), min(d[-1] for d in ends)
        if first > last:
            raise TimeError(
                f"The observations ({_span(obs)}) and the model run ({_span(model)}) have no time in common.",
                "Say which periods belong together: select both first, and fit with reference='all' (--reference all).",
            )
        return tuple(_between(da, first, last) for da in (obs, model))
    bounds = _bounds(reference)
    try:
        cut = tuple(da.sel(time=bounds) for da in (obs, model))
    except (KeyError, TypeError, ValueError) as error:
        raise TimeError(f"The reference period '{reference}' is not understood.", "Write it as 1983/1995.") from error
    for da, whole, what in zip(cut, (obs, model), ("observations", "model run"), strict=True):
        if da.sizes["time"] == 0:
            raise TimeError(
                f"The {what} ({_span(whole)}) has nothing in the reference period {bounds.start} to {bounds.stop}.",
                "Give a period that both have: --reference 1983/1995.",
            )
    return cut


def _between(da: xr.DataArray, first: int, last: int) -> xr.DataArray:
    dates = _dates(da.isel(time=[0, -1]))
    if first <= dates[0] and dates[1] <= last:
        return da
    dates = _dates(da)
    return da.isel(time=(dates >= first) & (dates <= last))


def _bounds(reference: str | slice) -> slice:
    if isinstance(reference, slice):
        return reference
    start, _, stop = reference.partition("/")
    if not (start.strip() and stop.strip()):
        raise TimeError(f"The reference period '{reference}' is not understood.", "Write it as 1983/1995.")
    return slice(start.strip(), stop.strip())


def _dates(da: xr.DataArray) -> np.ndarray:
    """Year, month and day as one whole number, the same in all calendars."""
    year, month, day = date_parts(da["time"])[:3]
    return year * 10_000 + month * 100 + day


def _span(da: xr.DataArray) -> str:
    return " to ".join(show(da["time"].values[at])[:10] for at in (0, -1))
