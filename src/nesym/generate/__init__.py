"""Denoisers, translators, and the losses that make them."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Adversaries": "adversarial",
        "Conditioned": "conditioned",
        "ConsistencyModel": "consistency",
        "CycleLoss": "adversarial",
        "NoiseLevels": "edm",
        "EDM": "edm",
        "Memory": "pool",
        "Pool": "pool",
        "Unpaired": "adversarial",
        "adversarial_optimiser": "adversarial",
        "consistency_distillation": "consistency",
        "consistency_levels": "consistency",
        "consistency_training": "consistency",
        "denoising_loss": "edm",
        "ensemble_loss": "calibration",
        "export_onnx": "export",
        "fair_crps": "calibration",
        "sigma_data": "edm",
    },
)
