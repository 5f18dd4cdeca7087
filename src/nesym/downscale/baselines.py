"""The methods by name, and the rivals that every downscaler is scored beside."""

from nesym import _store
from nesym._errors import InputError
from nesym.downscale._downscaler import AbstractDownscaler
from nesym.downscale.cascade import Cascade
from nesym.downscale.consistency import ConsistencyDownscaler
from nesym.downscale.diffusion import DiffusionDownscaler
from nesym.downscale.interpolation import Bilinear, Conservative
from nesym.downscale.rainfarm import RainFARM
from nesym.downscale.suitability import suits
from nesym.fields.grid import Grid

METHODS: dict[str, type[AbstractDownscaler]] = {
    m.name: m for m in (Bilinear, Conservative, RainFARM, Cascade, ConsistencyDownscaler, DiffusionDownscaler)
}
# The fitted models that may come with the package, by the method they fit.
PACKAGED = {
    "consistency": "consistency-dwd-1km",
    "diffusion": "diffusion-dwd-1km",
    "cascade": "cascade-dwd-1km",
    "rainfarm": "rainfarm-dwd-1km",
}


def method(name: str) -> type[AbstractDownscaler]:
    """The class of a method by its name. Raises `InputError`, with the names there are, for another."""
    if name not in METHODS:
        raise InputError(f"There is no downscaling method called {name!r}.", f"Choose one of: {', '.join(METHODS)}.")
    return METHODS[name]


def rivals(
    of: AbstractDownscaler, grid: Grid, factor: int, step_seconds: float | None
) -> dict[str, AbstractDownscaler]:
    """The methods to score `of` beside: interpolation with and without block means, RainFARM, the fitted cascade.

    Rivals keep the block means whatever `of` does: they are as strong as they can be made. The packaged cascade takes
    part where it suits the grid and the time step of the result.
    """
    beside = {
        "plain bilinear": Bilinear(block_means=False),
        "bilinear": Bilinear(),
        "conservative": Conservative(),
        "rainfarm": RainFARM(),
    }
    cascade, card = _store.load_with_card(PACKAGED["cascade"])
    if suits(card, grid, factor, step_seconds):
        beside["cascade"] = cascade
    return {name: rival for name, rival in beside.items() if name != of.name}
