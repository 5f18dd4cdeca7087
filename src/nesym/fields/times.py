"""Time axes: is the order right, how long is a step, and one number per time stamp in any calendar."""

from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import TimeError

DAY = 86_400
PARTS = ("year", "month", "day", "hour", "minute", "second")


def _values(time: Any) -> np.ndarray:
    return np.atleast_1d(np.asarray(getattr(time, "values", time)))


def is_cftime(values: np.ndarray) -> bool:
    """Whether an array holds dates of cftime, as xarray reads those of other calendars."""
    return values.dtype == object and all(hasattr(value, "calendar") for value in values[:1])


def calendar(time: xr.DataArray) -> str:
    """CF name of the calendar of `time`: "proleptic_gregorian" for datetime64, else what its dates say."""
    values = _values(time)
    return values[0].calendar if is_cftime(values) and values.size else "proleptic_gregorian"


def stamps(time: Any) -> np.ndarray:
    """Whole seconds since 1970-01-01 of each time, int64 (time,); elapsed seconds of the calendar that `time` uses.

    Takes datetime64 and cftime dates, as DataArray, index or array. Raises `TimeError` for anything else and for NaT.
    """
    values = _values(time)
    if is_cftime(values) and values.size:
        import cftime

        first = values[0]
        since = "seconds since 1970-01-01"
        numbers = cftime.date2num(values, since, calendar=first.calendar, has_year_zero=first.has_year_zero)
        return np.floor(np.asarray(numbers)).astype(np.int64)
    if not np.issubdtype(values.dtype, np.datetime64):
        raise TimeError(
            f"The time axis holds {values.dtype} values, and dates were expected.",
            "Give it CF units such as 'days since 2000-01-01' and decode it, for example with xarray.decode_cf.",
        )
    if np.isnat(values).any():
        raise TimeError(
            f"Time {int(np.isnat(values).argmax())} of the time axis is missing.",
            "Drop the steps without a time: ds.sel(time=ds.time.notnull()).",
        )
    return values.astype("datetime64[s]").astype(np.int64)


def date_parts(time: Any) -> np.ndarray:
    """Year, month, day, hour, minute and second of each time in its own calendar, int64 (6, time); raises as `stamps`."""
    values = _values(time)
    if is_cftime(values):
        # One look at each date: xarray's accessor takes one for every part, and far longer.
        parts = chain.from_iterable(map(attrgetter(*PARTS), values))
        return np.fromiter(parts, np.int64, len(PARTS) * values.size).reshape(-1, len(PARTS)).T
    seconds = stamps(values).astype("datetime64[s]")
    year, month, day = (seconds.astype(f"datetime64[{unit}]") for unit in "YMD")
    of_day = (seconds - day).astype(np.int64)
    date = [year.astype(np.int64) + 1970, month.astype(np.int64) % 12 + 1, (day - month).astype(np.int64) + 1]
    return np.stack([*date, of_day // 3600, of_day // 60 % 60, of_day % 60])


def days(time: Any) -> np.ndarray:
    """Number of the day since 1970-01-01 to which each time belongs, int64 (time,): a key to group by."""
    return stamps(time) // DAY


def check_times(time: Any) -> None:
    """Raise `TimeError` at the first time that repeats the one before it or lies before it."""
    index = getattr(time, "indexes", {}).get("time")
    if index is not None and index.dtype == object and index.is_monotonic_increasing and index.is_unique:
        return  # dates of cftime: to compare them is quicker than to number them
    steps = np.diff(stamps(time))
    if (steps > 0).all():
        return
    bad = int((steps <= 0).argmax())
    values = _values(time)
    if steps[bad] == 0:
        raise TimeError(
            f"The time {show(values[bad])} is there twice (steps {bad} and {bad + 1}).",
            "Keep one of them: ds.drop_duplicates('time').",
        )
    raise TimeError(
        f"Times must increase, and {show(values[bad + 1])} (step {bad + 1}) follows {show(values[bad])}.",
        "Sort them: ds.sortby('time').",
    )


def show(value: Any) -> str:
    """One time as text, to the second."""
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[s]")).replace("T", " ")
    return str(value)


def time_step_seconds(time: Any) -> float | None:
    """Seconds between neighbouring times; None with fewer than two times or without a common step.

    Gaps are allowed: the step is the median interval, and every interval must be a whole multiple of it, to 1 %.
    Months have no common step.
    """
    steps = np.diff(stamps(time)).astype(np.float64)
    if steps.size == 0:
        return None
    step = float(np.median(steps))
    if step <= 0:
        return None
    multiples = steps / step
    whole = np.round(multiples)
    return step if (whole >= 1).all() and (np.abs(multiples - whole) <= 0.01 * whole).all() else None


def step_of(da: xr.DataArray) -> float | None:
    """Seconds between the times of a field, as `time_step_seconds` has them; None of one without a time axis too."""
    return time_step_seconds(da["time"]) if "time" in da.dims else None


def missing_steps(time: Any) -> int:
    """How many times are absent between the first and the last, where the axis has a common step; else 0."""
    step = time_step_seconds(time)
    if step is None:
        return 0
    return int(np.sum(np.round(np.diff(stamps(time)) / step) - 1))


def describe_step(time: Any) -> str | None:
    """The step in words: "5 min", "6 h", "1 day", "1 month", "1 year", "irregular"; None for a single time."""
    values = _values(time)
    if values.size < 2:
        return None
    step = time_step_seconds(values)
    months = _month_step(values) if step is None or step > 27 * DAY else 0
    if months:
        count, word = (months // 12, "year") if months % 12 == 0 else (months, "month")
        return f"{count} {word}{'s' if count > 1 else ''}"
    if step is None:
        return "irregular"
    length, word = next((n, w) for n, w in ((DAY, "day"), (3600, "h"), (60, "min"), (1, "s")) if step % n == 0)
    count = int(step // length)
    return f"{count} {word}{'s' if word == 'day' and count > 1 else ''}"


def _month_step(values: np.ndarray) -> int:
    """Months between neighbouring times, where that is always the same whole number of months; else 0."""
    dates = [show(value).split(" ")[0].rsplit("-", 2) for value in values]
    steps = np.diff([12 * int(year) + int(month) for year, month, _ in dates])
    return int(steps[0]) if (steps == steps[0]).all() else 0
