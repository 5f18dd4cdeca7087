"""Seen through observations: linear forward operators A with their exact adjoints and minimum-norm inverses."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Aggregate": "_operator",
        "Coarsen": "coarsen",
        "Operator": "_operator",
        "Total": "total",
    },
)
