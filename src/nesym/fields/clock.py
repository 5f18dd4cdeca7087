"""Dates as days since one of them, for what integrates in time; numbers stay what they are."""

from datetime import datetime
from typing import Any

import numpy as np

from nesym._errors import InputError, TimeError
from nesym.fields.times import is_cftime

DAY = np.timedelta64(1, "D")
MODERN = "standard", "gregorian", "proleptic_gregorian"  # one and the same from 1583 on


def clock(time: Any) -> tuple[np.ndarray, str | None]:
    """Times (...) in float64, and of which date they are the days; None where they were numbers.

    The date is the earliest of `time`, written as in CF units, with its calendar behind it unless that is the standard
    one: "2000-01-01", or "2000-01-01T12:00:00 noleap". Missing dates are NaN. Raises `TimeError` for what is neither.
    """
    values = _array(time)
    if values.dtype.kind in "fiu":
        return values.astype(np.float64), None
    if values.dtype.kind == "M" and not np.isnat(values).all():
        first = np.nanmin(values)
        return (values - first) / DAY, str(np.datetime_as_string(first, unit="auto"))
    if is_cftime(values.ravel()) and values.size:
        first = min(values.ravel())
        since = first.isoformat() + f" {first.calendar}" * (first.calendar not in MODERN or first.year < 1583)
        return _cf_days(values, since), since
    raise TimeError(
        f"Numbers or dates were expected for times, and {values.dtype} came.", "Decode them with xarray.decode_cf."
    )


def days_between(since: str, other: str) -> float:
    """How many days the date `other` is after `since`, both as `clock` writes them. Raises `TimeError` for two calendars."""
    date, calendar = _parts(other)
    if calendar != _parts(since)[1]:
        raise TimeError(
            f"Dates of one calendar were expected, and {since} and {other} came.",
            "Bring the data to one: data.convert_calendar('noleap').",
        )
    if calendar is None:
        return float((np.datetime64(date, "us") - np.datetime64(since, "us")) / DAY)
    import cftime

    return float(_cf_days(cftime.num2date(0, f"days since {date}", calendar=calendar), since))


def on_clock(time: Any, since: str | None) -> np.ndarray:
    """Times as numbers beside those that `clock` gave with `since`: numbers as they are, dates and text such as
    "2030-01-01" in days since then.

    Raises `InputError` for dates where there is no `since`, `TimeError` for dates that are none, or of another calendar.
    """
    values = _array(time)
    if values.dtype.kind in "fiu":
        return values.astype(np.float64)
    if since is None:
        raise InputError(
            f"Times are numbers here, as those that were learned from, and {values.dtype} came.", "Give numbers."
        )
    if values.dtype.kind == "U":
        return np.vectorize(lambda text: days_between(since, _written(text, since)), otypes=[float])(values)
    numbers, own = clock(values)
    return numbers + days_between(since, own)


def cf_units(since: str | None) -> dict[str, str]:
    """CF attributes of a time coordinate with the numbers of `clock`."""
    if since is None:
        return {}
    date, calendar = _parts(since)
    return {"units": f"days since {date}"} | ({"calendar": calendar} if calendar else {})


def _array(time: Any) -> np.ndarray:
    values = np.asarray(getattr(time, "values", time))
    known = values.dtype == object and values.size and isinstance(values.flat[0], datetime)
    # In nanoseconds, which xarray uses, differences beyond 292 years wrap around.
    return values.astype("datetime64[us]") if known or values.dtype.kind == "M" else values


def _written(text: str, since: str) -> str:
    """A date that somebody wrote, in the calendar of `since`."""
    calendar = _parts(since)[1]
    try:
        if calendar is None:
            return str(np.datetime64(text))
        import cftime

        return f"{cftime.num2date(0, f'days since {text}', calendar=calendar).isoformat()} {calendar}"
    except ValueError as error:
        there = f" in the calendar {calendar}" if calendar else ""
        raise TimeError(f"There is no date {text!r}{there}.", "Write it as 2030-01-01.") from error


def _parts(since: str) -> tuple[str, str | None]:
    date, _, calendar = since.partition(" ")
    return date, calendar or None


def _cf_days(dates: Any, since: str) -> np.ndarray:
    import cftime

    date, calendar = _parts(since)
    return np.asarray(cftime.date2num(dates, f"microseconds since {date}", calendar=calendar)) / 86_400e6
