"""Downscaling: coarse rain in, an ensemble of fine rain out that keeps the coarse field's block means."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AbstractDownscaler": "_downscaler",
        "Bilinear": "interpolation",
        "Conservative": "interpolation",
        "ConsistencyDownscaler": "consistency",
        "DiffusionDownscaler": "diffusion",
        "EmbeddingTraining": "embedding_training",
        "RainFARM": "rainfarm",
        "RatioLognormal": "ratio_lognormal",
        "SharedEmbeddingDiffusion": "shared_embedding",
        "Training": "training",
        "Cascade": "cascade",
        "METHODS": "baselines",
        "method": "baselines",
        "rivals": "baselines",
        "NoiseLevel": "noise_level",
        "spectral_noise_level": "noise_level",
    },
)
