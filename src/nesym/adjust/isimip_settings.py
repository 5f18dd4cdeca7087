"""What ISIMIP3BASD does to each variable: its bounds, its distribution, and how its trend is kept."""

from dataclasses import dataclass, replace
from typing import Literal, Self, get_args

from nesym._errors import InputError, UnitError
from nesym.fields.quantities import QUANTITIES
from nesym.fields.units import parse

Trend = Literal["additive", "multiplicative", "mixed", "bounded"]
Shape = Literal["normal", "gamma", "weibull", "beta"]
End = tuple[float, float]


@dataclass(frozen=True)
class ISIMIPSettings:
    """The row of one variable in the table of ISIMIP3BASD; `lower` and `upper` are (bound, threshold), in `units`.

    Values up to the lower threshold, or from the upper one on, count as being at the bound.

    - `trend`: how the change of each quantile is put onto the observations: "additive", "multiplicative", "mixed"
      (multiplicative, and additive where the model is far too low) or "bounded" (within both bounds);
    - `distribution`: "normal", "gamma", "weibull" or "beta", fitted to the values between the thresholds, or None for
      the empirical one, which also replaces a fit whose Kolmogorov-Smirnov statistic is above `misfit`;
    - `detrend`: a significant linear trend within each period is set aside and put back;
    - `annual_bound`: the upper bound has an annual cycle, values are scaled by it, and both bounds are relative;
    - `impute`: missing values of the scenario are filled with values of its own distribution;
    - `trend_within`: only values between the thresholds take the change;
    - `adjust_frequency`: how often values lie at a bound is corrected with its change, or is as observed;
    - `event_likelihood`: the odds of each event are adjusted too (Switanek et al. 2017, doi 10.5194/hess-21-2649-2017).
    """

    units: str
    trend: Trend
    distribution: Shape | None = None
    lower: End | None = None
    upper: End | None = None
    detrend: bool = False
    annual_bound: bool = False
    impute: bool = False
    trend_within: bool = True
    adjust_frequency: bool = True
    event_likelihood: bool = False
    misfit: float = 0.15

    def __post_init__(self):
        if self.trend not in get_args(Trend) or self.distribution not in (None, *get_args(Shape)):
            raise InputError(
                f"trend={self.trend!r} with distribution={self.distribution!r} is not a choice.",
                f"Choose the trend from {', '.join(get_args(Trend))}, the distribution from {', '.join(get_args(Shape))}.",
            )
        if (self.lower and self.lower[0] >= self.lower[1]) or (self.upper and self.upper[0] <= self.upper[1]):
            raise InputError(
                f"A threshold lies within its bound; {self.lower} and {self.upper} came.",
                "Give (bound, threshold), for example lower=(0.0, 0.1), upper=(100.0, 99.99).",
            )
        above = self.trend == "bounded" or self.distribution == "beta"
        below = above or self.distribution in ("gamma", "weibull")
        if (below and self.lower is None) or (above and self.upper is None):
            raise InputError(
                f"trend={self.trend!r} with distribution={self.distribution!r} needs bounds that are not given.",
                "Give lower=(bound, threshold), and upper=(bound, threshold) for 'bounded' and 'beta'.",
            )

    @property
    def bounded(self) -> bool:
        """Whether there is a bound at all."""
        return self.lower is not None or self.upper is not None

    @property
    def thresholds(self) -> tuple[float, float]:
        """Between which values are continuous."""
        return self.lower[1] if self.lower else -float("inf"), self.upper[1] if self.upper else float("inf")

    def in_units(self, units: str) -> Self:
        """The same in other units of the same dimension; raises `UnitError` for another one."""
        own, wanted = parse(self.units), parse(units)
        if own.dims != wanted.dims:
            raise UnitError(
                f"ISIMIP3BASD's settings are in '{self.units}', and the observations are in '{units}'.",
                "Name the variable that they are: ISIMIP3BASD(variable=...), or give settings in these units.",
            )
        scale = own.scale / wanted.scale
        if scale == 1.0 or self.annual_bound:
            return replace(self, units=units)
        ends = {name: tuple(scale * x for x in end) for name in ("lower", "upper") if (end := getattr(self, name))}
        return replace(self, units=units, **ends)


_SHARE = {"lower": (0.0, 0.0001), "upper": (1.0, 0.9999)}

ISIMIP_SETTINGS = {
    "hurs": ISIMIPSettings(
        "%", "bounded", lower=(0.0, 0.01), upper=(100.0, 99.99), trend_within=False, adjust_frequency=False
    ),
    "pr": ISIMIPSettings("mm day-1", "mixed", "gamma", lower=(0.0, 0.1)),
    "prsnratio": ISIMIPSettings("1", "bounded", **_SHARE, impute=True),
    "ps": ISIMIPSettings("Pa", "additive", "normal", detrend=True),
    "psl": ISIMIPSettings("Pa", "additive", "normal", detrend=True),
    "rlds": ISIMIPSettings("W m-2", "additive", "normal", detrend=True),
    "rsds": ISIMIPSettings("W m-2", "bounded", **_SHARE, annual_bound=True),
    "sfcWind": ISIMIPSettings("m s-1", "mixed", "weibull", lower=(0.0, 0.01)),
    "tas": ISIMIPSettings("K", "additive", "normal", detrend=True),
    "tasrange": ISIMIPSettings("K", "mixed", "weibull", lower=(0.0, 0.01)),
    "tasskew": ISIMIPSettings("1", "bounded", **_SHARE),
}
"""The rows of all variables of the standard, by their names in CMIP6, and of `ps`, which is as `psl`."""


def settings_of(variable: str, rain: bool = False) -> ISIMIPSettings:
    """The row of a variable, by its name in CMIP6; raises `InputError` for one that is not in the table."""
    names = {name.lower(): name for name in ISIMIP_SETTINGS} | {alias: "tas" for alias in QUANTITIES["tas"].aliases}
    name = "pr" if rain else names.get(variable.lower())
    if name is None:
        raise InputError(
            f"ISIMIP3BASD has no settings for '{variable}'.",
            f"Say which variable it is: ISIMIP3BASD(variable=...), one of {', '.join(ISIMIP_SETTINGS)}.",
        )
    return ISIMIP_SETTINGS[name]
