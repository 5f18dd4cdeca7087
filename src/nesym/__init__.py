"""NESYM: neural Earth-system modelling; physics and networks together, xarray in and xarray out."""

from nesym import _environment
from nesym._lazy import attach
from nesym._version import __version__ as __version__

_environment.prepare()

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "NesymError": "_errors",
        "adjust": "adjust",
        "constrain": "constrain",
        "data": "data",
        "downscale": "downscale",
        "fields": "fields",
        "generate": "generate",
        "learn": "learn",
        "load": "_store",
        "nets": "nets",
        "observe": "observe",
        "physics": "physics",
        "report": "report",
        "solve": "solve",
        "systems": "systems",
        "train": "train",
        "verify": "verify",
    },
)
