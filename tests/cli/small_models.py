"""Models for the command line that are small enough to compile in seconds; they draw, and know nothing of rain."""

from pathlib import Path

from nesym.downscale import METHODS, Training
from nesym.downscale.rain_network import RainNetwork
from nesym.fields.memory import Memory
from nesym.fields.transforms import Chain, Root, Standardise

CARD = {"data": "made up", "spacing_km": 1.0, "step_seconds": 300, "licence": "none"}
LEVELS = (0.3, 0.8)  # at the factors 2 and 4
GAPS = (((-2.0, 0.0),),) * 2


def learned(name: str = "consistency", **numbers):
    """A generative method with an untrained network."""
    training = Training(width=8, multipliers=(1,), patch=2, crop=16, batch=2, steps=2, distillation=2, calibration=2)
    fitted = RainNetwork(training.network(0), Chain((Root(), Standardise(1.0, 0.5))), 0.06, (2, 4), LEVELS, GAPS)
    return METHODS[name](training=training, fitted=fitted, fitted_memory=Memory(70.0, 300), **numbers)


def store_model(path: Path, model=None, **card) -> Path:
    """Save a model with a card that suits rain of 1 km and 5 minutes."""
    (learned() if model is None else model).save(path, **CARD | card)
    return path
