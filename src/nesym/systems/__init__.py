"""What it is for: the 24 published systems, their data, their estimators and their claims."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "System": "registry",
        "SYSTEMS": "registry",
        "REFERENCES": "registry",
        "find": "registry",
        "reproduce": "registry",
    },
)
