"""Downscaling: coarse rain in, an ensemble of fine rain out that keeps the coarse field's block means."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AbstractDownscaler": "_downscaler",
        "Bilinear": "interpolation",
        "Conservative": "interpolation",
        "RainFARM": "rainfarm",
        "Cascade": "cascade",
        "METHODS": "baselines",
        "method": "baselines",
        "rivals": "baselines",
    },
)
