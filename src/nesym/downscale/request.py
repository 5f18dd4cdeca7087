"""What may be asked of a downscaler: a whole factor, whole members, and a key that names one stream of noise."""

from numbers import Real
from typing import Any

import xarray as xr

from nesym._errors import InputError

LARGEST_KEY = 2**32 - 1


def check_factor(factor: Any) -> None:
    """Raise `InputError` unless `factor` is a whole number of at least 2."""
    if not _whole(factor, 2):
        raise InputError(
            f"Downscaling needs a whole factor of at least 2; {factor!r} came.",
            "Give the ratio of the coarse to the fine grid spacing: 2, 4, 8, ...",
        )


def check_members(members: Any) -> None:
    """Raise `InputError` unless `members` is a whole number of at least 1."""
    if not _whole(members, 1):
        raise InputError(
            f"An ensemble has a whole number of members, at least one; {members!r} came.",
            "Give members=20 (--members 20), for example.",
        )


def check_key(key: Any) -> None:
    """Raise `InputError` unless `key` is a whole number of 32 bits: larger ones are cut, differently in x64 mode."""
    if not _whole(key, 0) or key > LARGEST_KEY:
        raise InputError(
            f"The key is a whole number from 0 to {LARGEST_KEY}; {key!r} came.", "Give key=0 (--key 0), for example."
        )


def check_dims(rain: xr.DataArray) -> None:
    """Raise `InputError` unless canonical `rain` is a series of fields, or one: (time, y, x), (time, lat, lon)."""
    more = [str(dim) for dim in rain.dims[:-2] if dim != "time"]
    if more:
        raise InputError(
            f"Rain has the dimensions (time, {', '.join(map(str, rain.dims[-2:]))}), and {', '.join(more)} came too.",
            f"Downscale one at a time: rain.isel({more[0]}=0).",
        )


def _whole(value: Any, least: int) -> bool:
    """Whether `value` is a whole number of at least `least`; True and False are no numbers here."""
    return isinstance(value, Real) and not isinstance(value, bool) and value >= least and value % 1 == 0
