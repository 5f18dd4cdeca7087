"""The plain network."""

from dataclasses import dataclass, field

import equinox as eqx
import jax

from nesym._errors import InputError
from nesym.learn.propagators._networks import NetworkStep
from nesym.learn.propagators._training import NetworkTraining


@dataclass(frozen=True, kw_only=True)
class FeedForward(NetworkStep):
    """g = layers of `hidden` numbers with x sigmoid(x) between them (Ramachandran et al. 2017, arXiv 1710.05941).

    The layers of Schötz et al. 2024, arXiv 2407.20158, are (32, 64, 64, 32), (128, 128) and (64, 128, 64).
    """

    hidden: tuple[int, ...] = (128, 128)
    training: NetworkTraining = field(default_factory=lambda: NetworkTraining(batch=256))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.hidden or min(self.hidden) < 1:
            raise InputError(f"hidden={self.hidden!r} came.", "Give sizes from 1.")

    def network(self, inputs: int, outputs: int, key: jax.Array) -> "Layers":
        """The layers with their first weights."""
        return Layers((inputs, *self.hidden, outputs), key)


class Layers(eqx.Module):
    """Linear maps with a swish after each but the last: (inputs,) to (outputs,)."""

    maps: tuple[eqx.nn.Linear, ...]

    def __init__(self, sizes: tuple[int, ...], key: jax.Array):
        keys = jax.random.split(key, len(sizes) - 1)
        self.maps = tuple(eqx.nn.Linear(n, m, key=k) for n, m, k in zip(sizes[:-1], sizes[1:], keys, strict=True))

    def __call__(self, row: jax.Array) -> jax.Array:
        for each in self.maps[:-1]:
            row = jax.nn.swish(each(row))
        return self.maps[-1](row)
