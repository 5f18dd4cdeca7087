"""Maps from one sample of a trajectory to the next: all monomials up to a degree, in double or any binary precision."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, get_args

import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError, TimeError
from nesym.learn.polynomials import polynomial_double, polynomial_precise
from nesym.learn.polynomials._iterate import iterated
from nesym.learn.polynomials._monomials import count, largest_degree
from nesym.learn.polynomials._series import UNIFORM, Series, Start
from nesym.learn.polynomials.polynomial_double import DoubleMap
from nesym.learn.polynomials.polynomial_precise import PreciseMap

Target = Literal["increment", "state"]
Basis = Literal["legendre", "chebyshev", "monomial"]
Solver = Literal["qr", "normal"]


@dataclass(frozen=True, eq=False)
class PolynomialFit:
    """What was found: the `map` of one `step` of the coordinates `names`, from `samples` pairs of states."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    step: float
    samples: int
    map: DoubleMap | PreciseMap

    @property
    def features(self) -> int:
        """How many monomials there are."""
        return len(self.map.coefficients)

    @property
    def residual(self) -> dict[str, float]:
        """Root mean square error of one step on the data, by coordinate."""
        return {name: float(value) for name, value in zip(self.names, self.map.residual, strict=True)}

    @property
    def radius(self) -> float | None:
        """A proven bound on the error of a step that comes from solving; None in double precision, which proves nothing."""
        return self.map.radius if isinstance(self.map, PreciseMap) else None


@dataclass(frozen=True)
class PolynomialPropagator:
    """x_(i+1) = sum_(|a| <= p) c_a x_i^a, by least squares (Schötz & Boers 2025, arXiv 2507.09652).

    `degree` p bounds the sum of the exponents; `past` earlier states join x_i. `target="increment"` learns x_(i+1) - x_i,
    which rounds less. In double precision the monomials are products of an orthogonal `basis` ("legendre", "chebyshev"; or
    "monomial") on states that are whitened, or scaled axis by axis (`whiten=False`), and brought into [-1, 1]; solved by
    "qr", or by the "normal" equations, as published. `ridge` penalises the coefficients, for noisy data.

    With `precision`, a number of bits, everything is done in so many: basis, whitening and solver make no difference there,
    and the solution is certified. It needs python-flint, and pays where data are more precise than doubles.
    """

    degree: int = 5
    target: Target = "increment"
    past: int = 0
    whiten: bool = True
    basis: Basis = "legendre"
    solver: Solver = "qr"
    ridge: float = 0.0
    precision: int | None = None
    fitted: PolynomialFit | None = field(default=None, repr=False)

    def __post_init__(self):
        choices = (("target", Target), ("basis", Basis), ("solver", Solver))
        for name, kinds in choices:
            if getattr(self, name) not in get_args(kinds):
                raise InputError(
                    f"{name}={getattr(self, name)!r} is not a choice.", f"Choose one of {', '.join(get_args(kinds))}."
                )
        whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (self.degree, self.past))
        if not whole or self.degree < 1 or self.past < 0 or not self.ridge >= 0:
            raise InputError(
                f"degree={self.degree!r}, past={self.past!r}, ridge={self.ridge!r} came.",
                "Give a whole degree of at least 1, a whole past of at least 0 and a ridge of at least 0.",
            )
        if self.precision is not None and self.ridge:
            raise InputError(
                "A ridge is for noisy data, which gain nothing from precision.", "Leave one of the two out."
            )

    def fit(self, data: Any, key: int | None = None) -> Self:
        """A new object, fitted to trajectories with uniform steps; this one stays as it is.

        `data` are what `Trajectories.of` takes, a single one among them: a DataArray (time, state) or (trajectory, time,
        state), or a Dataset with a variable for each coordinate. With `precision` also a DataArray of `flint.arb`, as
        `nesym.solve.orbit` gives it. Nothing is random: `key` changes nothing.

        Raises `TimeError` for steps that differ, and `InputError` for fewer samples than monomials, with the largest degree
        that there are samples for, and for a precision that is too small, with one that suffices.
        """
        series = Series.of(data, exact=self.precision is not None)
        inputs, outputs = series.pairs(self.past)
        self._check_samples(*inputs.shape)
        increment = self.target == "increment"
        if self.precision is not None:
            found = polynomial_precise.fit(inputs, outputs, self.degree, self.precision, increment)
        else:
            learned = outputs - inputs[:, : outputs.shape[1]] if increment else outputs
            how = (self.degree, self.basis, self.whiten, self.solver, self.ridge)
            found = polynomial_double.fit(inputs, learned, *how)
        return replace(self, fitted=PolynomialFit(series.names, series.units, series.step, len(inputs), found))

    def forecast(
        self, start: Any, steps: int | None = None, *, times: Any = None, rounded: bool = True
    ) -> xr.DataArray:
        """The states after `start`, one `step` of the data after another: (time, state), or (trajectory, time, state).

        `start` is a state, or several in a row of which the last 1 + `past` are used; `times` are those to report, if not
        all of the `steps`. A forecast that leaves the neighbourhood of the data is NaN from there, and its coordinate
        `reason` says so, else it is empty. From big numbers come doubles, or the `flint.arb` themselves if not `rounded`.

        Raises `NotFittedError`, `InputError` for a start that does not fit, and `TimeError` for times between the steps.
        """
        fitted = self._ready()
        at = Start.of(start, fitted.names, self.past)
        wanted = _wanted(steps, None if times is None else at.after(times), fitted.step)
        found, reasons = iterated(fitted.map, at.states, wanted, self.target == "increment", rounded)
        coords = {"time": at.later(fitted.step * wanted), "state": list(fitted.names)}
        if any(fitted.units):
            coords["units"] = ("state", list(fitted.units))
        dims = ("trajectory", "time", "state")
        if at.single:
            coords["reason"] = reasons[0]
            return xr.DataArray(found[0], coords, dims[1:], attrs={"method": repr(self)})
        coords["reason"] = ("trajectory", reasons)
        return xr.DataArray(found, coords, dims, attrs={"method": repr(self)})

    def save(self, path, **card) -> None:
        """Write configuration and coefficients to a safetensors file; `card` entries are kept in its header."""
        self._ready()
        _store.save(self, path, card)

    def _ready(self) -> PolynomialFit:
        if self.fitted is None:
            raise NotFittedError("This propagator has not been fitted.", "Call fit(data) first, or nesym.load(FILE).")
        return self.fitted

    def _check_samples(self, samples: int, variables: int) -> None:
        wanted = count(variables, self.degree)
        if wanted > samples and not self.ridge:
            raise InputError(
                f"Degree {self.degree} in {variables} variables has {wanted} monomials, and there are {samples} pairs of"
                " states to find their coefficients from.",
                f"Give degree={largest_degree(samples, variables)} at most, or more samples.",
            )


def _wanted(steps: int | None, after: np.ndarray | None, step: float) -> np.ndarray:
    """Which steps are asked for, as whole numbers from 1: so many, or those that lie so long `after` the start."""
    if (steps is None) == (after is None):
        raise InputError("Either a number of steps or times were expected.", "Give steps=100, or times=[...].")
    if after is None:
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
            raise InputError(f"steps={steps!r} is not a number of steps.", "Give a whole number of at least 1.")
        return np.arange(1, steps + 1)
    numbers = after / step
    whole = np.round(numbers).astype(int)
    if (
        not whole.size
        or whole[0] < 1
        or (np.diff(whole) < 1).any()
        or (np.abs(numbers - whole) > UNIFORM * whole).any()
    ):
        raise TimeError(
            f"Increasing times that lie whole steps of {step:g} after the start were expected.",
            f"Give the times {step:g}, {2 * step:g} and so on after it, or a number of steps.",
        )
    return whole
