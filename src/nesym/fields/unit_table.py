"""The units that NESYM knows, under all their spellings."""

from dataclasses import dataclass

BASES = ("kg", "m", "s", "K", "month", "year")
# Months and years are bases of their own: their length is the calendar's business, not a constant.
NONE = (0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Unit:
    """A unit u with value[SI] = scale * value[u] + offset; `dims` are its exponents over `BASES`."""

    scale: float
    offset: float = 0.0
    dims: tuple[int, ...] = NONE

    def power(self, exponent: int) -> "Unit":
        """u^exponent, as a difference (without offset) unless the exponent is 1."""
        if exponent == 1:
            return self
        return Unit(self.scale**exponent, 0.0, tuple(exponent * d for d in self.dims))

    def times(self, other: "Unit") -> "Unit":
        """u * other; an offset survives only beside a plain 1."""
        offset = self.offset if other == Unit(1.0) else other.offset if self == Unit(1.0) else 0.0
        return Unit(self.scale * other.scale, offset, tuple(a + b for a, b in zip(self.dims, other.dims, strict=True)))


def _base(name: str, scale: float = 1.0, offset: float = 0.0) -> Unit:
    return Unit(scale, offset, tuple(int(name == base) for base in BASES))


_PRESSURE, _ENERGY, _POWER = (1, -1, -2, 0, 0, 0), (1, 2, -2, 0, 0, 0), (1, 2, -3, 0, 0, 0)
_SPELLINGS = {
    "mm millimeter millimeters millimetre millimetres": _base("m", 1e-3),
    "cm centimeter centimeters centimetre centimetres": _base("m", 1e-2),
    "m meter meters metre metres": _base("m"),
    "km kilometer kilometers kilometre kilometres": _base("m", 1e3),
    "in inch inches": _base("m", 0.0254),
    "s sec secs second seconds": _base("s"),
    "min mins minute minutes": _base("s", 60.0),
    "h hr hrs hour hours": _base("s", 3600.0),
    "d day days": _base("s", 86_400.0),
    "week weeks": _base("s", 604_800.0),
    "month months mon": _base("month"),
    "year years yr a": _base("year"),
    "kg kilogram kilograms": _base("kg"),
    "g gram grams": _base("kg", 1e-3),
    "K kelvin Kelvin degK deg_K degree_K degrees_K degree_Kelvin degrees_kelvin": _base("K"),
    "degC deg_C degree_C degrees_C celsius Celsius degree_Celsius degrees_Celsius degree_celsius "
    "degrees_celsius celsius_scale Celsius_scale": _base("K", 1.0, 273.15),
    "degF deg_F degree_F degrees_F fahrenheit Fahrenheit degree_Fahrenheit degrees_Fahrenheit": _base(
        "K", 5 / 9, 459.67 * 5 / 9
    ),
    "Pa pascal pascals": Unit(1.0, 0.0, _PRESSURE),
    "hPa mbar millibar millibars": Unit(100.0, 0.0, _PRESSURE),
    "J joule joules": Unit(1.0, 0.0, _ENERGY),
    "W watt watts": Unit(1.0, 0.0, _POWER),
    "% percent": Unit(0.01),
}
TABLE = {spelling: unit for spellings, unit in _SPELLINGS.items() for spelling in spellings.split()}
