"""Networks: pure modules that map arrays to arrays, and know nothing of how they are trained."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "MLP": "mlp",
        "PatchDiscriminator": "discriminator",
        "Translator": "translator",
        "UNet": "unet",
        "places": "place",
    },
)
