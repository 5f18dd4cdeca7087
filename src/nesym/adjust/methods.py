"""The methods by the names that the command line and tables use."""

from importlib import import_module

from nesym._errors import InputError
from nesym.adjust._adjuster import AbstractAdjuster

METHODS = {
    "scaling": ("scaling", "LinearScaling"),
    "loci": ("scaling", "LOCI"),
    "delta": ("scaling", "DeltaChange"),
    "qm": ("quantile", "QuantileMapping"),
    "dqm": ("quantile", "DetrendedQuantileMapping"),
    "qdm": ("quantile", "QuantileDelta"),
    "isimip": ("isimip", "ISIMIP3BASD"),
    "gan": ("cyclegan", "CycleGAN"),
    "gan-isimip": ("gan_isimip", "GANISIMIP"),
}
"""Name -> module of `nesym.adjust` and class, from simple to full; `method` finds the class."""


def method(name: str) -> type[AbstractAdjuster]:
    """The class of the adjuster called `name`; raises `InputError` for a name that there is not."""
    if name not in METHODS:
        raise InputError(f"There is no adjustment method '{name}'.", f"Choose one of: {', '.join(METHODS)}.")
    module, found = METHODS[name]
    return getattr(import_module(f"nesym.adjust.{module}"), found)
