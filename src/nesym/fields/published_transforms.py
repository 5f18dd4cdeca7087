"""Transforms with the constants of published works, to reproduce them; one's own data need constants of their own."""

from nesym.fields.transforms import Chain, Log10, LogEps, MinMax, Standardise


def _hess(high: float) -> Chain:
    return Chain((LogEps(), MinMax(0.0, high)))


def _aich(mean: float, std: float, low: float, high: float) -> Chain:
    return Chain((Log10(), Standardise(mean, std), MinMax(low, high)))


# T1 and T2 of Hess et al. (2022, doi 10.1038/s42256-022-00540-1; 2023, doi 10.1029/2023EF004002), and T3 of Aich et al.
# (2026, Geosci. Model Dev. 19, 1791), each fitted by its authors to the training period of the named data set.
PUBLISHED = {
    "hess2022-cm2mc": _hess(2.895),
    "hess2022-era5": _hess(4.152),
    "hess2023-gfdl-esm4": _hess(3.7),
    "hess2023-w5e5": _hess(3.94),
    "aich2024-era5-fine": _aich(0.3700341, 0.39072984, -0.9470331, 6.000293),
    "aich2024-era5-coarse": _aich(0.37070283, 0.39181525, -0.9461164, 5.897021),
    "aich2024-gfdl": _aich(0.3138951, 0.35952568, -0.8730812, 6.3121753),
}
