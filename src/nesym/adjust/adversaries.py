"""How large the adversarial networks are, how they are trained, and on which losses."""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import InputError
from nesym.adjust.variables import RAIN_UNITS
from nesym.constrain import Budget
from nesym.fields.transforms import Chain
from nesym.generate import Adversaries
from nesym.nets import PatchDiscriminator, Translator

LAGS = (1, 3)  # cells
MEASURED = 2 + 2 * len(LAGS)  # numbers of `Rain`


@dataclass(frozen=True)
class Adversarial:
    """Sizes of the networks and of their training, for about 10 minutes on two cores at 48 x 96 cells.

    The translators are `Translator.make(width=, downs=, blocks=)`, the judges `PatchDiscriminator.make(width=judge_width,
    downs=judge_downs)`. Each of `steps` steps takes `batch` days of both kinds. `rate` and `judge_rate` stay for half of
    the steps and then fall to 0; `cycle`, `identity`, `means` and `smooth` weigh the losses of
    `nesym.generate.CycleLoss`; `pool` old fakes are shown again; `ema` is the memory of the average that is kept, and a
    candidate for the choice is set aside every `every` steps. Networks see ln(1 + r / `eps`), eps in mm/day, with no
    upper end.

    Published are 10 for `cycle` and 5 for `identity`, and neither `means` nor `smooth`. With those, on two years of days,
    translators stay where they begin: the slope of an absolute value does not become less near 0, and that of the judges
    does. An identity loss asks a translator that knows its place to leave at each place what it has to change there.
    """

    width: int = 32
    downs: int = 1
    blocks: int = 2
    judge_width: int = 32
    judge_downs: int = 1
    batch: int = 2
    steps: int = 4_000
    rate: float = 4e-4
    judge_rate: float = 5e-4
    cycle: float = 0.3
    identity: float = 0.0
    means: float = 8.0
    smooth: float = 0.1
    pool: int = 50
    ema: float = 0.998
    every: int = 500
    eps: float = 0.3

    def __post_init__(self):
        whole = self.batch, self.steps, self.pool, self.every
        above = self.rate, self.judge_rate, self.eps
        if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in whole) or not all(x > 0 for x in above):
            raise InputError(
                f"Batch, steps, pool and every are whole numbers from 1, rates and eps are positive; {self} came.",
                "Give Adversarial(batch=2, steps=4000, pool=50, every=500, rate=4e-4), for example.",
            )
        if min(self.cycle, self.identity, self.means, self.smooth) < 0:
            raise InputError(
                f"Weights of losses are not negative; {self} came.",
                "Give cycle=0.3, identity=0, means=8, smooth=0.1.",
            )

    def networks(self, known: int, key: int) -> Adversaries:
        """New networks that are told `known` numbers of each cell."""
        sizes = {"width": self.width, "downs": self.downs, "blocks": self.blocks}
        forth, back = (Translator.make(known, **sizes, key=4 * key + n) for n in (0, 1))
        judged = {"width": self.judge_width, "downs": self.judge_downs}
        return Adversaries(forth, back, *(PatchDiscriminator.make(known, **judged, key=4 * key + n) for n in (2, 3)))


class Rain(eqx.Module):
    """What of z (batch, y, x, 1) is compared in the mean: how much it rains in a cell, and how rough rain is there.

        m = (z, r / `mean`, (z - z_1)^2, (z - z_3)^2 eastward, (z - z_1)^2, (z - z_3)^2 northward)    (batch, y, x, 6)

    z_n is z in the cell n further on, around the globe and as far as it reaches: the variogram of each cell. What is
    below 0 counts as 0, as it does when it becomes rain.
    """

    transform: Chain = eqx.field(static=True)
    mean: float = eqx.field(static=True)

    def __call__(self, z: jax.Array) -> jax.Array:
        z = jnp.maximum(z, 0)
        east = [jnp.square(jnp.roll(z, -lag, 2) - z) for lag in LAGS]
        north = [jnp.pad(jnp.square(z[:, lag:] - z[:, :-lag]), ((0, 0), (0, lag), (0, 0), (0, 0))) for lag in LAGS]
        return jnp.concatenate([z, self.transform.inverse(z) / self.mean, *east, *north], -1)


class KeptSum(eqx.Module):
    """y -> T(project(T^-1 y)): a translation (batch, y, x, 1) given the budget of what it was made from."""

    budget: Budget
    transform: Chain = eqx.field(static=True)

    def __call__(self, y: jax.Array, x: jax.Array) -> jax.Array:
        rain, was = (self.transform.inverse(z[..., 0]) for z in (y, x))
        return self.transform(self.budget.project(rain, self.budget.reference(was)), RAIN_UNITS)[..., None]
