"""One training loop for everything that learns: any model, loss and optax optimiser; exact resume after a kill."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Fields": "batches",
        "Fitted": "outcome",
        "Reason": "outcome",
        "State": "program",
        "fit": "loop",
    },
)
