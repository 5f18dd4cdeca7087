"""Claims: what was published, what is asked here, what was measured, and whether that holds."""

import json
import operator
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from nesym._errors import InputError
from nesym.verify.entries import Cell, decode, encode, number
from nesym.verify.table import Table

COMPARE = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "==": operator.eq}
NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"


@dataclass(frozen=True)
class Asked:
    """A comparison with numbers: `op` one bound, or "in" [low, high], ends included."""

    op: Literal["<=", ">=", "<", ">", "==", "in"]
    low: float
    high: float | None = None

    def __post_init__(self) -> None:
        if self.op not in (*COMPARE, "in") or (self.op == "in") != (self.high is not None):
            raise InputError(
                f"A comparison has one bound, or two after 'in'; {self.op!r} with {self.low} and {self.high} came.",
                "Write it as text, for example '<= 0.7' or 'in [0.8, 1.25]'.",
            )

    @classmethod
    def parse(cls, written: "str | Asked") -> "Asked":
        """From text: "<= 0.7", "> 0", "== 24", "in [0.8, 1.25]"."""
        if isinstance(written, Asked):
            return written
        if found := re.fullmatch(rf"\s*in\s*\[\s*{NUMBER}\s*,\s*{NUMBER}\s*\]\s*", written):
            return cls("in", float(found[1]), float(found[2]))
        if found := re.fullmatch(rf"\s*(<=|>=|<|>|==)\s*{NUMBER}\s*", written):
            return cls(found[1], float(found[2]))
        raise InputError(
            f"A comparison was expected, and {written!r} came.", "Write '<= 0.7', '> 0', '== 24' or 'in [0.8, 1.25]'."
        )

    def __str__(self) -> str:
        bounds = [repr(float(bound)).removesuffix(".0") for bound in (self.low, self.high) if bound is not None]
        return f"in [{', '.join(bounds)}]" if self.op == "in" else f"{self.op} {bounds[0]}"

    def admits(self, value: float) -> bool:
        """Whether one number satisfies the comparison; NaN never does."""
        return self.low <= value <= self.high if self.op == "in" else bool(COMPARE[self.op](value, self.low))


def holds(
    asked: Asked | None, measured: float | None, interval: tuple[float, float] | None, by: Literal["value", "interval"]
) -> bool | None:
    """Whether `measured` satisfies `asked`; None where that cannot be said.

    by="value": the measured number does. by="interval": both ends of its interval do, and with them the whole
    interval, since the admitted numbers are an interval themselves: what is asked is then not within chance.
    """
    if asked is None or measured is None or (by == "interval" and interval is None):
        return None
    return all(asked.admits(value) for value in ((measured,) if by == "value" else interval))


@dataclass(frozen=True)
class Claim:
    """One claim of a system and its test.

    `asked` is a comparison ("<= 0.7"), or None where a number is only reported; `published` what the authors report, in
    their words or number; `baseline` the same measure of the strongest simple rival; `n` the number of cases; `interval`
    may be (None, None), as a `Score` without one has it; `required`: the system is broken if it fails.
    Where `measured` is None, `reason` says why it was not measured.
    """

    id: str
    text: str
    asked: Asked | str | None
    measured: float | None = None
    published: str | float | None = None
    baseline: str | float | None = None
    n: int | None = None
    interval: tuple[float, float] | None = None
    required: bool = False
    by: Literal["value", "interval"] = "value"
    reason: str = ""

    def __post_init__(self) -> None:
        if self.asked is not None:
            object.__setattr__(self, "asked", Asked.parse(self.asked))
        if self.by not in ("value", "interval"):
            raise InputError(f"A claim is judged by its value or interval, not by {self.by!r}.", 'Write by="value".')
        if self.measured is None and not self.reason:
            object.__setattr__(self, "reason", "not measured")
        if self.interval is not None and None in self.interval:  # a score without an interval
            object.__setattr__(self, "interval", None)
        if self.interval is not None:
            low, high = map(float, self.interval)
            object.__setattr__(self, "interval", (low, high))
            if not low <= high:
                raise InputError(
                    f"The interval of {self.id} runs from {low:g} to {high:g}.", "Put the lower end first."
                )

    @property
    def holds(self) -> bool | None:
        """Computed by `nesym.verify.claim.holds`; None: nothing asked, not measured, or judged by an interval not there."""
        return holds(self.asked, self.measured, self.interval, self.by)

    @property
    def verdict(self) -> bool | str:
        """`holds`, or in words why it cannot be said."""
        if self.holds is None:
            return "not measured" if self.measured is None else "reported" if self.asked is None else "no interval"
        return self.holds

    def to_json(self) -> str:
        """Strict JSON that `from_json` reads back; `holds` is written beside and computed again when read."""
        plain = asdict(self) | {"asked": self.asked and str(self.asked), "holds": self.holds}
        return json.dumps({name: encode(value) for name, value in plain.items()}, allow_nan=False)

    @classmethod
    def from_json(cls, written: str) -> "Claim":
        """The claim that `to_json` wrote."""
        plain = {name: decode(value) for name, value in json.loads(written).items() if name != "holds"}
        return cls(**plain | {"interval": plain["interval"] and tuple(plain["interval"])})


def claims_table(claims: Sequence[Claim], title: str = "Claims") -> Table:
    """Columns claim, published, asked, measured, baseline, n, interval, holds; one row for each claim."""
    columns = ("claim", "published", "asked", "measured", "baseline", "n", "interval", "holds")
    missed = [claim.id for claim in claims if claim.required and claim.holds is not True]
    caption = f"Required and not met: {', '.join(missed)}." if missed else ""
    return Table(title, columns, tuple(_row(claim) for claim in claims), caption)


def _row(claim: Claim) -> dict[str, Cell]:
    interval = None if claim.interval is None else "[{}, {}]".format(*map(number, claim.interval))
    return {
        "claim": f"{claim.id}{' (required)' if claim.required else ''}: {claim.text}",
        "published": claim.published,
        "asked": claim.asked and str(claim.asked),
        "measured": claim.reason if claim.measured is None else claim.measured,
        "baseline": claim.baseline,
        "n": claim.n,
        "interval": interval,
        "holds": claim.verdict,
    }
