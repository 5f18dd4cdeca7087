"""Everything that steps: noise schedules and the samplers that follow them."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "consistency_sample": "consistency",
        "heun": "diffusion",
        "karras": "schedules",
        "karras_from": "schedules",
        "stochastic_heun": "diffusion",
    },
)
