"""Numbers of any precision, by python-flint where it is installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import ModuleType
from typing import Any

from nesym._errors import InputError
from nesym.physics._chaos import Arithmetic

LEAST, MOST = 64, 1 << 16


@contextmanager
def precise(bits: int) -> Iterator[ModuleType]:
    """The module `flint`, computing with `bits` until the block ends.

    Raises `InputError` where it is not installed, or for a number of bits that makes no sense.
    """
    try:
        import flint
    except ImportError as error:
        raise InputError(
            "Arithmetic beyond double precision needs python-flint, which is not installed.",
            "Install it: pip install 'nesym[precise]'.",
        ) from error
    if isinstance(bits, bool) or not isinstance(bits, int) or not LEAST <= bits <= MOST:
        raise InputError(
            f"A precision is a whole number of bits from {LEAST} to {MOST}, and {bits!r} came.",
            "Give precision=512, or leave it out for double precision.",
        )
    with flint.ctx.workprec(bits):
        yield flint


def arithmetic(flint: ModuleType) -> Arithmetic:
    """The arithmetic of `flint.arb`; ratios are rounded in the precision of the block."""

    def number(value: Any) -> Any:
        ratio = Fraction(value)
        return (flint.arb(ratio.numerator) / ratio.denominator).mid()

    return Arithmetic(number, flint.arb.sin)


def exact(flint: ModuleType, value: Any) -> Any:
    """A number as a ball of radius zero, in all its bits."""
    return value.mid() if isinstance(value, flint.arb) else flint.arb(float(value))
