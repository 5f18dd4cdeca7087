"""Networks that read the last states one after the other."""

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.learn.propagators._networks import NetworkStep


class Elman(eqx.Module):
    """h' = tanh(W [x, h] + b): Elman 1990, doi 10.1207/s15516709cog1402_1."""

    linear: eqx.nn.Linear

    def __init__(self, inputs: int, hidden: int, key: jax.Array):
        self.linear = eqx.nn.Linear(inputs + hidden, hidden, key=key)

    def __call__(self, x: jax.Array, h: jax.Array) -> jax.Array:
        """The next hidden state."""
        return jnp.tanh(self.linear(jnp.concatenate([x, h])))


CELLS = {"rnn": Elman, "gru": eqx.nn.GRUCell, "lstm": eqx.nn.LSTMCell}


class Reader(eqx.Module):
    """Layers of cells over a sequence (length, n), and a linear map of the last hidden state."""

    cells: tuple[Any, ...]
    readout: eqx.nn.Linear
    hidden: tuple[int, ...] = eqx.field(static=True)
    length: int = eqx.field(static=True)

    def __init__(self, kind: str, inputs: int, outputs: int, hidden: tuple[int, ...], length: int, key: jax.Array):
        keys = jax.random.split(key, len(hidden) + 1)
        sizes = (inputs // length, *hidden)
        self.cells = tuple(CELLS[kind](n, m, key=k) for n, m, k in zip(sizes[:-1], sizes[1:], keys[:-1], strict=True))
        self.readout = eqx.nn.Linear(hidden[-1], outputs, key=keys[-1])
        self.hidden, self.length = hidden, length

    def __call__(self, row: jax.Array) -> jax.Array:
        """(length n,), the latest state first, to (outputs,)."""
        return self.readout(self.read(row)[-1])

    def read(self, row: jax.Array) -> jax.Array:
        """The hidden states of the last layer after each state, from the earliest on: (length, hidden)."""
        sequence = row.reshape(self.length, -1)[::-1]
        for cell, size in zip(self.cells, self.hidden, strict=True):
            zero = jnp.zeros(size, row.dtype)
            start = (zero, zero) if isinstance(cell, eqx.nn.LSTMCell) else zero

            def step(state, x, cell=cell):
                state = cell(x, state)
                return state, state[0] if isinstance(state, tuple) else state

            _, sequence = jax.lax.scan(step, start, sequence)
        return sequence


@dataclass(frozen=True, kw_only=True)
class Recurrent(NetworkStep):
    """g = W h_0 + b, h_j = cell(x_j, h_(j-1)) over the last `past` + 1 states, in layers of `hidden` numbers.

    `cell` is "rnn" (Elman 1990), "lstm" (Hochreiter and Schmidhuber 1997, doi 10.1162/neco.1997.9.8.1735) or "gru" (Cho et
    al. 2014, arXiv 1406.1078). In training the readout is asked after every state of a window, not only after the last:
    each window then teaches as often as it is long.
    """

    cell: str = "gru"
    hidden: tuple[int, ...] = (128,)
    past: int = 99

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cell not in CELLS or not self.hidden or min(self.hidden) < 1 or self.timed:
            raise InputError(
                f"cell={self.cell!r}, hidden={self.hidden!r} and timed={self.timed} came.",
                f"Give one of {', '.join(CELLS)}, sizes from 1 and even time steps.",
            )

    def network(self, inputs: int, outputs: int, key: jax.Array) -> Reader:
        """The cells with their first weights."""
        return Reader(self.cell, inputs, outputs, self.hidden, self.past + 1, key)

    def taught(self, inputs: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Windows with what follows each of their states, the latest first: outputs (T, past + 1, n)."""
        lags = [(self.skip + 1) * j for j in range(self.past + 1)]
        sequences = np.stack([outputs[self.reach - lag : len(outputs) - lag] for lag in lags], axis=1)
        return inputs[self.reach :], sequences

    def loss(self, model: Reader, inputs: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
        """The mean squared error after every state but the first tenth, which has too little to go by."""
        told = jax.vmap(lambda row: jax.vmap(model.readout)(model.read(row)))(inputs)
        return jnp.mean(jnp.square(told - outputs[:, ::-1])[:, model.length // 10 :])
