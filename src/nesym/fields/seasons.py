"""Where in the year times lie, whatever their calendar: what windows and months of a climatology are made of."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym.fields.times import DAY, calendar, date_parts

DAYS = 365  # of the year that all calendars are brought to
_BEFORE = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])  # days before each month


@dataclass(frozen=True, eq=False)
class Seasons:
    """Each time of a series: its day of a 365-day year (1..365), month and year, and a whole number that names it.

    29 February counts as the 28th; a year of 360 days is stretched, so that seasons meet in all calendars. Names are those
    of dates: the same in all calendars, rising with time, and not seconds apart.
    """

    day: np.ndarray
    month: np.ndarray
    year: np.ndarray
    named: np.ndarray

    @classmethod
    def of(cls, time: xr.DataArray) -> "Seasons":
        """Those of a time axis; raises `TimeError` for one without dates."""
        year, month, date, *clock = date_parts(time)
        named = ((year * 12 + month) * 31 + date) * DAY + sum(n * s for n, s in zip(clock, (3600, 60, 1), strict=True))
        if calendar(time) == "360_day":
            day = np.floor((30 * (month - 1) + date - 0.5) * DAYS / 360).astype(np.int64) + 1
        else:
            day = _BEFORE[month - 1] + np.where((month == 2) & (date == 29), 28, date)
        return cls(day, month, year, named)

    def __len__(self) -> int:
        return len(self.named)

    def __getitem__(self, which) -> "Seasons":
        return Seasons(self.day[which], self.month[which], self.year[which], self.named[which])

    def dates(self, calendar: str) -> np.ndarray:
        """The dates again, to the second: datetime64 for "proleptic_gregorian", else of cftime."""
        whole, seconds = np.divmod(self.named, DAY)
        months, date = np.divmod(whole - 1, 31)
        year, month = np.divmod(months - 1, 12)
        if calendar == "proleptic_gregorian":
            first = (12 * (year - 1970) + month).astype("datetime64[M]").astype("datetime64[s]")
            return (first + (date * DAY + seconds).astype("timedelta64[s]")).astype("datetime64[ns]")
        import cftime

        clock = seconds // 3600, seconds // 60 % 60, seconds % 60
        parts = zip(year, month + 1, date + 1, *clock, strict=True)
        return np.array([cftime.datetime(*map(int, part), calendar=calendar) for part in parts])
