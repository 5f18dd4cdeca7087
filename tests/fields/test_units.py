import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import UnitError
from nesym.fields.units import TABLE, convert, parse, suggestion

HOURLY = 1e-3 / 3600


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("mm h-1", HOURLY),
        ("mm/h", HOURLY),
        ("mm hr-1", HOURLY),
        ("mm hr^-1", HOURLY),
        ("mm hour**-1", HOURLY),
        ("mm h⁻¹", HOURLY),
        ("mm.h-1", HOURLY),
        ("h-1 mm", HOURLY),
        ("mm day-1", HOURLY / 24),
        ("mm d-1", HOURLY / 24),
        ("mm/day", HOURLY / 24),
        ("mm week-1", HOURLY / 168),
        ("mm s-1", 1e-3),
        ("m s-1", 1.0),
        ("cm d-1", HOURLY / 2.4),
        ("inch h-1", 0.0254 / 3600),
        ("mm (6 h)-1", HOURLY / 6),
        ("mm (5 min)-1", HOURLY * 12),
        ("mm/(6 h)", HOURLY / 6),
        ("0.1 mm d-1", HOURLY / 240),
    ],
)
def test_rates(text, scale):
    unit = parse(text)
    assert unit.dims == (0, 1, -1, 0, 0, 0)
    assert unit.scale == pytest.approx(scale, rel=1e-12)


@pytest.mark.parametrize("text", ["kg m-2 s-1", "kg m**-2 s**-1", "kg/m2/s", "kg m^-2 s^-1", "kg s-1 m-2"])
def test_fluxes(text):
    assert parse(text).dims == (1, -2, -1, 0, 0, 0)
    assert parse(text).scale == 1.0


@pytest.mark.parametrize("text", ["degC", "°C", "celsius", "degree_Celsius", "degrees_C", "Celsius_scale"])
def test_celsius(text):
    assert parse(text).offset == 273.15


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("millimetres per 6 hours", "'mm (6 h)-1'"),
        ("mm per hour", "'mm h-1'"),
        ("Millimeters per Day", "'mm d-1'"),
        ("inches/month", None),
        ("total rainfall", "'mm h-1', 'mm day-1'"),
        ("mm day-1 (unit not stated)", "CF form"),
        ("furlong", "CF form"),
        ("", "CF form"),
        ("mm h-", "CF form"),
        ("(mm h-1", "CF form"),
    ],
)
def test_prose_and_unknown_units_are_refused_with_what_to_write(text, cure):
    if cure is None:
        assert parse(text).dims == (0, 1, 0, 0, -1, 0)
        return
    with pytest.raises(UnitError) as caught:
        parse(text)
    assert cure in caught.value.remedy
    assert text in caught.value.problem


def test_the_message_names_the_variable():
    with pytest.raises(UnitError) as caught:
        parse("mm per day", of="precip")
    assert "'precip'" in caught.value.problem
    assert "ds['precip'].attrs['units'] = 'mm d-1'" in caught.value.remedy


def test_suggestions_are_themselves_understood():
    for text in ("millimetres per 6 hours", "kilograms per day", "metres per second"):
        assert parse(suggestion(text))
    assert suggestion("bushels per acre") is None


@given(st.sampled_from(sorted(TABLE)), st.floats(-1e6, 1e6))
@settings(max_examples=50, deadline=None)
def test_there_and_back(name, value):
    base = next(symbol for symbol, unit in TABLE.items() if unit.dims == TABLE[name].dims)
    da = xr.DataArray([value], attrs={"units": name}, name="v")
    there = convert(da, base)
    assert there.attrs["units"] == base
    assert float(convert(there, name)[0]) == pytest.approx(value, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("value", "of", "to", "expected"),
    [
        (0.0, "degC", "K", 273.15),
        (32.0, "degF", "degC", 0.0),
        (300.0, "K", "°C", 26.85),
        (1013.25, "hPa", "Pa", 101325),
    ],
)
def test_known_conversions(value, of, to, expected):
    da = xr.DataArray([value], attrs={"units": of, "long_name": "kept"}, name="v")
    out = convert(da, to)
    assert float(out[0]) == pytest.approx(expected, abs=1e-9)
    assert out.attrs == {"units": to, "long_name": "kept"}
    assert out.name == "v"
    assert da.attrs["units"] == of


def test_dtype_and_laziness_are_kept():
    da = xr.DataArray(np.ones(3, np.float32), dims="x", attrs={"units": "mm"}, name="v").chunk()
    out = convert(da, "m")
    assert out.chunks is not None
    assert out.dtype == np.float32


def test_other_dimensions_are_refused():
    with pytest.raises(UnitError, match="'K', which cannot become 'mm'") as caught:
        convert(xr.DataArray([1.0], attrs={"units": "K"}, name="tas"), "mm")
    assert "correct the attribute" in caught.value.remedy


def test_absent_units_are_refused():
    with pytest.raises(UnitError) as caught:
        convert(xr.DataArray([1.0], name="tas"), "K")
    assert "ds['tas'].attrs['units'] = 'K'" in caught.value.remedy
