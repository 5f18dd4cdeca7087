"""Real data with their licence and provenance, and generators whose truth is known."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Entry": "entries",
        "catalogue": "access",
        "displaced_rain": "displaced",
        "entry": "access",
        "lognormal_rain": "generators",
        "open": "access",
        "sample": "access",
    },
)
