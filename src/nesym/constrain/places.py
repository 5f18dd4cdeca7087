"""Where a constraint is used: on an output, on a vector field, on the estimates of a denoiser."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import ConstraintError
from nesym.constrain._constraint import Constraint, needed
from nesym.constrain._outcome import Reason, in_a_field


class Kept(eqx.Module):
    """What a vector field keeps, handed over as the `args` of a solver: `args=Kept(ref, args)`."""

    ref: Any
    args: Any = None


class _Place(eqx.Module):
    """A function with a constraint, and possibly the reference it keeps."""

    function: eqx.AbstractVar[Callable]
    constraint: eqx.AbstractVar[Constraint]
    ref: eqx.AbstractVar[Any]

    def keep(self, ref: Any) -> Self:
        """The same with the reference bound: a coarse field, a value of an invariant, or a function of time."""
        return replace(self, ref=ref)

    def at(self, x0: Any, t0: Any = 0.0) -> Self:
        """The same, keeping what the state x0 has at time t0."""
        return self.keep(self.constraint.reference(x0, t0))

    @abstractmethod
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives, constrained."""


class ConstrainedOutput(_Place):
    """See `on_output`."""

    function: Callable
    constraint: Constraint
    reads: Callable
    ref: Any = None

    def __call__(self, x: Any, *args: Any, ref: Any = None, t: Any = 0.0, **kwargs: Any) -> Any:
        ref = self.ref if ref is None else ref
        ref = self.reads(x) if ref is None else ref
        return self.constraint.project(self.function(x, *args, **kwargs), ref, t)


class Projected(_Place):
    """dx/dt = P f with P v = v - G^+ (G v + dg/dt). See `on_field`."""

    function: Callable
    constraint: Constraint
    ref: Any = None

    def __call__(self, t: Any, x: Any, args: Any = None) -> Any:
        ref, args = _handed_over(self.ref, args)
        return in_a_field(self.constraint.try_tangent(x, self.function(t, x, args), ref, t))

    def diagnose(self, t: Any, x: Any, args: Any = None) -> Reason:
        """Why the field is not a number, or no longer to be followed, at a state x: see `on_field`."""
        return _diagnosed(self, t, x, args)


class Stabilised(_Place):
    """dx/dt = f - gamma F g, with F = G^+ ("pinv") or G^T ("transpose"). See `on_field`."""

    function: Callable
    constraint: Constraint
    gamma: Any
    mode: str = eqx.field(static=True)
    ref: Any = None

    def __call__(self, t: Any, x: Any, args: Any = None) -> Any:
        ref, args = _handed_over(self.ref, args)
        g, transpose = jax.vjp(lambda x: self.constraint.residual(x, ref, t), x)
        pinv = self.mode == "pinv"
        back = in_a_field(self.constraint.try_lift(x, g, ref, t)) if pinv else transpose(g)[0]
        return jax.tree.map(lambda v, b: v - self.gamma * b, self.function(t, x, args), back)

    def diagnose(self, t: Any, x: Any, args: Any = None) -> Reason:
        """Why the field is not a number, or no longer to be followed, at a state x: see `on_field`."""
        return _diagnosed(self, t, x, args) if self.mode == "pinv" else Reason.successful


class ConstrainedDenoiser(_Place):
    """See `on_denoiser`."""

    function: Callable
    constraint: Constraint
    transform: Any = None
    ref: Any = None

    def __call__(self, x: Any, *args: Any, ref: Any = None, t: Any = 0.0, **kwargs: Any) -> Any:
        ref = self.ref if ref is None else ref
        estimate = self.function(x, *args, **kwargs)
        if self.transform is None:
            return self.constraint.project(estimate, ref, t)
        physical = self.constraint.project(self.transform.inverse(estimate), ref, t)
        # A transform of physical quantities says what units it takes; here they are its own.
        units = getattr(self.transform, "units", None)
        return self.transform(physical) if units is None else self.transform(physical, units)


def on_output(f: Callable, c: Constraint, reference: Callable | None = None) -> ConstrainedOutput:
    """y = project(f(x, ...), ref): the output of a function, brought onto the set.

    The reference is `ref=` of the call, or the one bound with `.keep(ref)` or `.at(x0)`, or is read from the input:
    by `reference(x)`, and without that by `c.reference(x)`, for a function between fields of one kind (Hess et al.
    2022, arXiv 2209.07568: a generator that keeps the global sum of its input). Where the input is the coarse field
    itself, `reference=lambda coarse: coarse` (Harder et al. 2023, JMLR 24).
    """
    return ConstrainedOutput(f, c, c.reference if reference is None else reference)


def on_field(f: Callable, c: Constraint, gamma: Any = None, mode: str = "pinv") -> Projected | Stabilised:
    """A vector field f(t, x, args) that keeps c, itself with the signature (t, x, args) of Diffrax:

        projected, gamma None:  dx/dt = f - G^+ (G f + dg/dt)        White et al. 2024, arXiv 2410.23667
        stabilised:             dx/dt = f - gamma F g                White et al. 2023, arXiv 2306.09739

    with F = G^+ (`mode="pinv"`) or F = G^T (`mode="transpose"`, cheaper, and gamma then has units). A projected field
    keeps what a state has when it starts, to the tolerance of the solver, and does not pull it back; a reference is
    needed only if it changes in time. A stabilised one leaves f unchanged on the set and draws states to it like
    exp(-gamma t) where f is tangent; where f is not, g settles near G f / gamma. Explicit solvers need steps shorter
    than about 3 / gamma. It knows nothing of dg/dt, which f has to contain.

    The reference of a stabilised field is that of each trajectory's own first state: bind it, `on_field(f, c, 8.0)
    .at(x0)`, or hand it over, `diffeqsolve(..., args=Kept(c.reference(x0), args))`. A constraint makes a wrong field
    stay on the set and does not make it right: train with it.

    Where gradients of c are dependent the field is a `ConstraintError`, and NaN inside compiled code: a solver ends
    there. `diagnose(t, x, args)` then says, as a `Reason`, whether constraints were dependent, or so nearly (a sine below
    eps^(1/4)) that velocities grow without bound; `nesym.solve.integrate` asks it.
    """
    if not c.equality:
        raise ConstraintError(
            f"A vector field can keep equalities, and {type(c).__name__} is an inequality.",
            "Use on_output, or project states after each step.",
        )
    if mode not in ("pinv", "transpose"):
        raise ConstraintError(
            f'A field is stabilised by mode="pinv" or "transpose", and {mode!r} came.', 'Give "pinv" if in doubt.'
        )
    if isinstance(gamma, int | float) and not gamma > 0:
        raise ConstraintError(
            f"The rate gamma must be positive, and {gamma} came: states would leave the set.",
            "Give a positive rate per unit of time, or None for a projected field.",
        )
    return Projected(f, c) if gamma is None else Stabilised(f, c, gamma, mode)


def on_denoiser(denoiser: Callable, c: Constraint, transform: Any = None) -> ConstrainedDenoiser:
    """D_c(z, ...) = T(project(T^-1(D(z, ...)), ref)): a denoiser whose estimates are on the set, inside any sampler.

    D estimates clean fields in the network's variables z = T(x); the constraint holds in physical ones, so `transform`
    has `__call__` (T) and `inverse`; None is the identity. The reference is `ref=` of the call or bound with
    `.keep(ref)` or `.at(x0)`, x0 in physical variables. A sampler that ends on an estimate (EDM's, with sigma = 0
    last) ends on the set; one whose last step adds noise needs `c.project` once more.
    """
    if transform is not None and not (callable(transform) and callable(getattr(transform, "inverse", None))):
        raise ConstraintError(
            f"A transform with its inverse was expected, and {type(transform).__name__} has none.",
            "Give an object that can be called, with a method `inverse`.",
        )
    return ConstrainedDenoiser(denoiser, c, transform)


def _diagnosed(field: Projected | Stabilised, t: Any, x: Any, args: Any) -> Reason:
    ref, _ = _handed_over(field.ref, args)
    independent = jnp.asarray(field.constraint.independence(x, ref, t))
    near = ~(independent > float(jnp.finfo(independent.dtype).eps) ** 0.25)
    return Reason.where(near, Reason.dependent, Reason.successful)


def _handed_over(ref: Any, args: Any) -> tuple[Any, Any]:
    """The reference and the arguments of f: those of `Kept` first, then what was bound."""
    return (needed(args.ref), args.args) if isinstance(args, Kept) else (ref, args)
