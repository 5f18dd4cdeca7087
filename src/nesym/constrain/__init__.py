"""Held to constraints: what must hold exactly, used on outputs, on vector fields and inside samplers."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Bounds": "bounds",
        "Budget": "budget",
        "Constraint": "_constraint",
        "Kept": "places",
        "Manifold": "manifold",
        "Outcome": "_outcome",
        "Reason": "_outcome",
        "Stack": "stack",
        "apply": "labelled",
        "on_denoiser": "places",
        "on_field": "places",
        "on_output": "places",
    },
)
