"""What a unit string means, and conversion between units of the same dimension."""

import re

import xarray as xr

from nesym._errors import UnitError
from nesym.fields.unit_table import TABLE, Unit

EXAMPLES = "'mm h-1', 'mm day-1', 'kg m-2 s-1', 'mm (6 h)-1', 'K' or 'degC'"

_WRITTEN = str.maketrans({"−": "-", "⁻": "-", "¹": "1", "²": "2", "³": "3", "·": " ", "º": "°"})
_NUMBER = r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_TERM = re.compile(
    rf"(?P<divide>/)?\s*(?:\(\s*(?P<count>{_NUMBER})\s*(?P<of>[A-Za-z_%]+)\s*\)|(?P<symbol>[A-Za-z_%]+))"
    rf"(?:\^?(?P<exponent>[-+]?\d+))?|(?P<over>/)?\s*(?P<number>{_NUMBER})"
)


def parse(text: str, of: str | None = None) -> Unit:
    """Read a unit string in CF form: `mm h-1`, `kg m-2 s-1`, `mm/day`, `mm (6 h)-1`, `degC`, `0.1 mm d-1`.

    Exponents follow their symbol, with or without `^` or `**`; `/` divides by the next symbol only. Raises `UnitError`
    for what the table does not know and for prose, with the CF spelling where that can be told; `of` names the
    variable in that message.
    """
    rest = text.translate(_WRITTEN).replace("°", "deg").replace("**", "^").strip()
    total, empty = Unit(1.0), True
    while rest:
        match = _TERM.match(rest)
        if match is None:
            raise _unknown(text, of)
        total, empty = total.times(_term(match, text, of)), False
        rest = rest[match.end() :].lstrip(" \t*.")
    if empty:
        raise _unknown(text, of)
    return total


def _term(match: re.Match, text: str, of: str | None) -> Unit:
    if match["number"]:
        return Unit(float(match["number"])).power(-1 if match["over"] else 1)
    symbol = match["symbol"] or match["of"]
    if symbol not in TABLE:
        raise _unknown(text, of)
    unit = TABLE[symbol]
    if match["count"]:
        unit = Unit(float(match["count"])).times(unit)
    exponent = int(match["exponent"] or 1)
    return unit.power(-exponent if match["divide"] else exponent)


def _unknown(text: str, of: str | None) -> UnitError:
    wanted = suggestion(text)
    remedy = f"Write '{wanted}' instead" if wanted else f"Write them in CF form, such as {EXAMPLES}"
    attribute = f"ds['{of}'].attrs['units'] = '{wanted or '...'}'" if of else ""
    return UnitError(
        f"The units '{text}'{f' of {of!r}' if of else ''} are not understood.",
        f"{remedy}: {attribute}." if of else f"{remedy}.",
    )


def suggestion(text: str) -> str | None:
    """The CF spelling of units in words, such as "millimetres per 6 hours" -> "mm (6 h)-1"; None if unclear."""
    words = re.fullmatch(
        rf"\s*([A-Za-z]+)\s*(?:per|/|in|every)\s*(?:({_NUMBER})\s*)?([A-Za-z]+)\s*", text.translate(_WRITTEN)
    )
    if words is None:
        return None
    above, count, below = words.groups()
    short = {unit: name for name, unit in reversed(TABLE.items()) if len(name) <= 5}
    units = [TABLE.get(name, TABLE.get(name.lower())) for name in (above, below)]
    if None in units:
        return None
    top, bottom = (short[unit] for unit in units)
    return f"{top} ({count} {bottom})-1" if count else f"{top} {bottom}-1"


def units_of(da: xr.DataArray, example: str = "mm h-1") -> str:
    """The unit string of `da`; raises `UnitError` where there is none, with an `example` of what it could be."""
    text = da.attrs.get("units")
    if not isinstance(text, str) or not text.strip():
        raise UnitError(
            f"The variable '{da.name}' has no units.",
            f"Set them, for example ds['{da.name}'].attrs['units'] = '{example}'.",
        )
    return text


def convert(da: xr.DataArray, to: str) -> xr.DataArray:
    """`da` in the units `to`, by its attribute `units`; lazy arrays stay lazy, floating dtypes are kept.

    Raises `UnitError` if units are absent, unknown or of another dimension.
    """
    written = units_of(da, to)
    source, target = parse(written, str(da.name)), parse(to)
    if source.dims != target.dims:
        raise UnitError(
            f"The variable '{da.name}' has the units '{written}', which cannot become '{to}'.",
            f"Choose a variable whose units can become '{to}', or correct the attribute 'units'.",
        )
    scale, shift = source.scale / target.scale, (source.offset - target.offset) / target.scale
    if (scale, shift) == (1.0, 0.0):
        return da.assign_attrs(units=to)
    out = da * scale + shift if shift else da * scale
    return out.assign_attrs(da.attrs | {"units": to}).rename(da.name)
