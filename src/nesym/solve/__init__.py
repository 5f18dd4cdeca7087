"""Everything that steps: noise schedules and the samplers that follow them."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Reason": "ode",
        "Solution": "ode",
        "consistency_sample": "consistency",
        "euler_maruyama": "sde",
        "heun": "diffusion",
        "integrate": "ode",
        "karras": "schedules",
        "karras_from": "schedules",
        "orbit": "precise",
        "rk4": "runge_kutta",
        "stochastic_heun": "diffusion",
    },
)
