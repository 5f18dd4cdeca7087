"""Denoisers, translators, and the losses that make them."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "ConsistencyModel": "consistency",
        "EDM": "edm",
        "consistency_distillation": "consistency",
        "consistency_training": "consistency",
        "denoising_loss": "edm",
        "sigma_data": "edm",
    },
)
