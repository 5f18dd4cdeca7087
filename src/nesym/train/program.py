"""One optimiser step as one compiled program, and the state that it carries from step to step."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from nesym._errors import InputError
from nesym.train.outcome import Reason
from nesym.train.placement import Placement

# Names of log rows that a loss cannot give to its own numbers.
OWN = ("step", "time", "loss", "grad_norm", "samples_per_second", "seconds_left", "reason")


class State(eqx.Module):
    """All that a run needs to go on, as arrays. Numbers are 0-d; `trained` has the structure of the model."""

    step: jax.Array  # int32: steps taken
    key: jax.Array  # of the run; each step folds its number in
    trained: Any  # the model's floating-point and complex arrays
    average: Any  # their running average, or None
    optimiser: Any
    sums: dict[str, jax.Array]  # float32: of the numbers to be logged, since the last row
    count: jax.Array  # int32: steps in `sums`
    stopped: jax.Array  # int32: `Reason.number`
    carry: Any = None  # arrays that the loss hands on from step to step, or None


class Program:
    """The step of `fit`, compiled once; see there for the equations."""

    def __init__(
        self,
        model: Any,
        loss: Callable,
        optimiser: optax.GradientTransformation,
        *,
        ema,
        clip,
        log_every,
        guard,
        mesh=None,
        carry=None,
    ):
        self.placement = Placement(mesh)
        self._optimiser = optax.with_extra_args_support(optimiser)
        self._ema, self._clip, self._log_every, self._guard = ema, clip, log_every, guard
        self._carry = jax.tree.map(jnp.asarray, carry)
        self._initial, rest = eqx.partition(model, eqx.is_inexact_array)
        if not jax.tree.leaves(self._initial):
            raise InputError(
                "The model holds no floating-point array to be trained.", "Make its parameters arrays with jax.numpy."
            )
        fixed, self._static = eqx.partition((rest, loss), eqx.is_array)
        self._fixed = self.placement.whole(fixed)
        # Arrays are set apart once and not, as eqx.filter_jit does, at each call: that halves the time of dispatch.
        self._compiled = jax.jit(self._step, donate_argnums=2, out_shardings=self.placement.everywhere)

    def start(self, key: int, batch: Any) -> State:
        """The state before the first step; arrays of its own, so that the caller's model outlives their reuse."""
        key = jax.random.fold_in(jax.random.key(key), 1)
        trained = jax.tree.map(jnp.asarray, self._initial)
        _, (parts, _) = jax.eval_shape(self._objective, trained, self._fixed, batch, key, self._carry)
        state = State(
            step=jnp.int32(0),
            key=key,
            trained=trained,
            average=None if self._ema is None else trained,
            optimiser=jax.jit(self._optimiser.init)(trained),
            sums={name: jnp.float32(0) for name in ("loss", "grad_norm", *parts)},
            count=jnp.int32(0),
            stopped=jnp.int32(0),
            carry=self._carry,
        )
        return self.placed(state)

    def placed(self, state: State) -> State:
        """`state` where the program expects it, in buffers that nobody else holds."""
        return self.placement.whole(jax.tree.map(_own, state))

    def __call__(self, state: State, batch: Any) -> tuple[State, dict[str, Any]]:
        """The next state, and what there is to tell: `step`, `stopped`, the step's own numbers `now` and their `means`.

        The buffers of `state` are used again: it is gone afterwards.
        """
        return self._compiled(self._fixed, batch, state)

    def model(self, trained: Any) -> Any:
        """The model with these parameters, which are on the first device."""
        rest, _ = eqx.combine(self.placement.home(self._fixed), self._static)
        return eqx.combine(trained, rest)

    def _objective(
        self, trained: Any, fixed: Any, batch: Any, key: jax.Array, carry: Any
    ) -> tuple[jax.Array, tuple[dict[str, jax.Array], Any]]:
        rest, loss = eqx.combine(fixed, self._static)
        model = eqx.combine(trained, rest)
        if carry is None:
            value, parts = _checked(loss(model, batch, key))
            return value, (parts, None)
        result = loss(model, batch, key, carry)
        value, parts = _checked(result[:2] if isinstance(result, tuple) and len(result) == 3 else None)
        return value, (parts, _alike(result[2], carry))

    def _step(self, fixed: Any, batch: Any, old: State) -> tuple[State, dict[str, Any]]:
        key = jax.random.fold_in(old.key, old.step)
        (loss, (parts, carry)), gradient = jax.value_and_grad(self._objective, has_aux=True)(
            old.trained, fixed, batch, key, old.carry
        )
        # JAX gives df/dx - i df/dy for complex parameters; the direction of ascent is its conjugate.
        gradient = jax.tree.map(jnp.conj, gradient)
        norm = optax.tree.norm(gradient)
        updates, optimiser = self._optimiser.update(
            _clipped(gradient, norm, self._clip),
            old.optimiser,
            old.trained,
            value=loss,
            grad=gradient,
            value_fn=lambda trained: self._objective(trained, fixed, batch, key, old.carry)[0],
        )
        trained = optax.apply_updates(old.trained, updates)
        now = {name: jnp.asarray(x, jnp.float32) for name, x in {"loss": loss, "grad_norm": norm, **parts}.items()}
        stopped = _first_failure(loss, norm, trained, old.stopped) if self._guard else old.stopped
        fresh = old.step % self._log_every == 0
        new = State(
            step=old.step + 1,
            key=old.key,
            trained=trained,
            average=_averaged(old.average, trained, old.step + 1, self._ema),
            optimiser=optimiser,
            sums={name: jnp.where(fresh, 0, old.sums[name]) + x for name, x in now.items()},
            count=jnp.where(fresh, 0, old.count) + 1,
            stopped=stopped,
            carry=carry,
        )
        state = jax.tree.map(
            lambda new, old: _where(stopped == 0, new, old), new, eqx.tree_at(lambda s: s.stopped, old, stopped)
        )
        means = {name: x / state.count for name, x in state.sums.items()}
        return state, {"step": state.step, "stopped": stopped, "now": now, "means": means}


def _checked(result: Any) -> tuple[jax.Array, dict[str, jax.Array]]:
    """What a loss returned, refused unless it is one real number and a dict of numbers."""
    loss, parts = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
    if not isinstance(parts, dict) or any(jnp.shape(x) for x in parts.values()) or set(parts) & set(OWN):
        raise InputError(
            "A loss returns (number, dict of numbers for the log), and its carry third if it has one; the names in the dict"
            " are other than the log's own.",
            f"End it with `return value, {{}}`, means instead of arrays in the dict, and no name of {', '.join(OWN)}.",
        )
    if jnp.shape(loss) or not jnp.issubdtype(jnp.result_type(loss), jnp.floating):
        raise InputError(
            f"A loss is one real number, and {jnp.result_type(loss)} of shape {jnp.shape(loss)} came.",
            "Take its mean over the batch, and abs(x)**2 of what is complex.",
        )
    return loss, parts


def _alike(new: Any, old: Any) -> Any:
    """What a loss hands on, refused unless it has the structure and the shapes of what it was handed."""
    forms = [(jax.tree.structure(tree), [jnp.shape(x) for x in jax.tree.leaves(tree)]) for tree in (new, old)]
    if forms[0] != forms[1]:
        raise InputError(
            "A loss that is handed arrays hands on as many, of the same shapes, and others came.",
            "End it with `return value, {}, carry`, with the structure of the `carry` that it was given.",
        )
    return new


def _clipped(gradient: Any, norm: jax.Array, limit: float | None) -> Any:
    if limit is None:
        return gradient
    scale = jnp.where(norm > limit, limit / norm, 1.0)
    return jax.tree.map(lambda g: g * scale.astype(g.real.dtype), gradient)


def _averaged(average: Any, trained: Any, step: jax.Array, ema: float | None) -> Any:
    if ema is None:
        return None
    decay = jnp.minimum(jnp.float32(ema), (1 + step.astype(jnp.float32)) / (10 + step.astype(jnp.float32)))
    return jax.tree.map(lambda a, x: a + (1 - decay).astype(x.real.dtype) * (x - a), average, trained)


def _first_failure(loss: jax.Array, norm: jax.Array, trained: Any, before: jax.Array) -> jax.Array:
    """The number of the `Reason` to stop for; one that was found before stays."""
    finite = jnp.stack([jnp.isfinite(x).all() for x in jax.tree.leaves(trained)]).all()
    cases = [before != 0, ~jnp.isfinite(loss), ~jnp.isfinite(norm), ~finite]
    numbers = [before, *(jnp.int32(r.number) for r in (Reason.loss, Reason.gradient, Reason.parameters))]
    return jnp.select(cases, numbers, jnp.int32(Reason.finished.number))


def _own(x: jax.Array) -> jax.Array:
    """A copy, of a type that gives way to no other: what a step returns would else need a compilation of its own."""
    return jnp.array(x, copy=True) if jnp.issubdtype(x.dtype, jax.dtypes.prng_key) else jnp.array(x, x.dtype, copy=True)


def _where(go: jax.Array, new: jax.Array, old: jax.Array) -> jax.Array:
    """`new` if `go`, in the type of `old`: what a step returns has the types of what it was given."""
    return jnp.where(go, new if new.dtype == old.dtype else new.astype(old.dtype), old)
