"""Adjustment: model runs brought to what was observed, with their own change kept."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "METHODS": "methods",
        "AbstractAdjuster": "_adjuster",
        "Adversarial": "adversaries",
        "AllTimes": "windows",
        "CycleGAN": "cyclegan",
        "DeltaChange": "scaling",
        "DetrendedQuantileMapping": "quantile",
        "GANISIMIP": "gan_isimip",
        "ISIMIP3BASD": "isimip",
        "ISIMIPSettings": "isimip_settings",
        "ISIMIP_SETTINGS": "isimip_settings",
        "LOCI": "scaling",
        "LinearScaling": "scaling",
        "MBCnSD": "mbcnsd",
        "Months": "windows",
        "MovingWindow": "windows",
        "QuantileDelta": "quantile",
        "QuantileMapping": "quantile",
        "method": "methods",
        "record": "_labels",
    },
)
