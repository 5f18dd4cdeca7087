"""What training makes small, and the best networks that it has passed."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.learn.equations.field import Field
from nesym.learn.equations.shooting import Chunks
from nesym.solve.ode import integrate
from nesym.solve.runge_kutta import rk4

FLAT = 0.01  # a validation loss that has not fallen by this share is flat


class Objective(eqx.Module):
    """The sum over members of their losses on their own chunks, to be given to `nesym.train.fit` with a `carry`.

    Members share a program and nothing else: gradients are shortened for each alone, and one that is not finite is left
    out, so that no member depends on another. The carry holds, for each member, the weights with the least validation
    loss so far, taken as each epoch begins.
    """

    field: Field
    chunks: Chunks
    apart: Chunks
    scale: Any
    clip: float | None = eqx.field(static=True)
    substeps: int = eqx.field(static=True)
    tolerance: float | None = eqx.field(static=True)
    block: int = eqx.field(static=True)

    def __call__(self, networks: Any, batch: dict, key: jax.Array, carry: "Passed") -> tuple:
        carry = jax.lax.cond(
            batch["begins"],
            lambda carry: carry.shown(jax.lax.stop_gradient(networks), batch["epoch"], self.judged),
            lambda carry: carry,
            carry,
        )
        networks = _apart(networks, self.clip)
        losses = jax.vmap(self.loss)(networks, batch["which"].T)
        fine = jnp.isfinite(losses)
        told = {"validation": jnp.min(carry.best), "passed_over": jnp.sum(~fine)}
        return jnp.where(fine, losses, 0).sum(), told, carry

    def loss(self, network: Any, which: jax.Array) -> jax.Array:
        """Of one network on these chunks."""
        total, count = self._errors(network, jax.tree.map(lambda array: array[which], self.chunks))
        return total / count

    def judged(self, network: Any) -> jax.Array:
        """Of one network on all chunks of the validation data, some at a time."""
        blocks = jax.tree.map(lambda a: a.reshape(-1, self.block, *a.shape[1:]), self.apart)
        totals, counts = jax.lax.map(lambda block: self._errors(network, block), blocks)
        return totals.sum() / counts.sum()

    def _errors(self, network: Any, chunks: Chunks) -> tuple[jax.Array, jax.Array]:
        """Sum of squares, in units of `scale`, and of how many numbers."""
        field = eqx.tree_at(lambda f: f.network, self.field, network, is_leaf=lambda leaf: leaf is None)

        # Without the checkpoint a scan keeps each number inside a network: smooth activations then take three times as long.
        slope = jax.checkpoint(lambda t, x, args: field(t, x, args))

        def ahead(states, times, first, begun):
            args, start = field.reference(first, begun), field.started(states[0])
            if self.tolerance is None:
                return rk4(slope, start, times, args, self.substeps, field.breaks)
            return integrate(field, start, times, args, tolerance=self.tolerance, breaks=field.breaks).states[1:]

        found = jax.vmap(ahead)(chunks.states, chunks.times, chunks.first, chunks.begun)[..., : field.size]
        there = chunks.there[..., None]
        # Twice, so that what goes on past the end of a trajectory has no part in the gradient either.
        off = jnp.where(there, found - chunks.states[:, 1:], 0) / self.scale
        return jnp.sum(off**2), jnp.sum(there) * field.size


class Passed(eqx.Module):
    """The best networks of a training. `stale` counts epochs since the loss was last 1% below `mark`."""

    networks: Any
    best: jax.Array  # (members,): least validation loss
    epoch: jax.Array  # (members,): after how many epochs it was taken
    mark: jax.Array
    stale: jax.Array
    history: jax.Array  # (epochs + 1, members): validation losses
    patience: int | None = eqx.field(static=True)

    @classmethod
    def none(cls, networks: Any, members: int, epochs: int, patience: int | None) -> "Passed":
        """Before the first look."""
        worst, zeros = jnp.full(members, jnp.inf), jnp.zeros(members, jnp.int32)
        return cls(networks, worst, zeros, worst, zeros, jnp.full((epochs + 1, members), jnp.nan), patience)

    @property
    def done(self) -> jax.Array:
        """Which members need no more epochs."""
        return jnp.zeros(self.stale.shape, bool) if self.patience is None else self.stale >= self.patience

    def shown(self, networks: Any, epoch: jax.Array, judged: Any) -> "Passed":
        """With a look at the networks as they are after that many epochs; what is done stays as it was."""
        losses = jax.vmap(judged)(networks)
        better = (losses < self.best) & ~self.done
        lower = losses < (1 - FLAT) * self.mark
        kept = jax.tree.map(
            lambda new, old: jnp.where(better.reshape(-1, *(1,) * (new.ndim - 1)), new, old), networks, self.networks
        )
        return Passed(
            kept,
            jnp.where(better, losses, self.best),
            jnp.where(better, epoch, self.epoch),
            jnp.where(lower, losses, self.mark),
            jnp.where(self.done, self.stale, jnp.where(lower, 0, self.stale + 1)),
            self.history.at[epoch].set(jnp.where(self.done, jnp.nan, losses)),
            self.patience,
        )


def _apart(networks: Any, clip: float | None) -> Any:
    """The networks themselves; what comes back is the gradient g of each member as g min(1, clip / |g|), or 0."""

    @jax.custom_vjp
    def same(networks):
        return networks

    def backward(_, gradient):
        square = sum(jnp.sum(g**2, axis=range(1, g.ndim)) for g in jax.tree.leaves(gradient))
        length = jnp.sqrt(square)
        limit = jnp.inf if clip is None else clip
        factor = jnp.where(length > limit, limit / length, 1.0)

        def shortened(g):
            shape = (-1, *(1,) * (g.ndim - 1))
            return jnp.where(jnp.isfinite(length).reshape(shape), g * factor.reshape(shape), 0).astype(g.dtype)

        return (jax.tree.map(shortened, gradient),)

    same.defvjp(lambda networks: (networks, None), backward)
    return same(networks)
