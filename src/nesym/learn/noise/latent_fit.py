"""Training a `LatentSDE`: series to pieces, pieces to networks."""

from dataclasses import asdict, replace

import jax.numpy as jnp

from nesym import train
from nesym._errors import TrainingError
from nesym.learn.noise._variation import quadratic_variation
from nesym.learn.noise.latent_dynamics import LatentDynamics
from nesym.learn.noise.latent_loss import Evidence
from nesym.learn.noise.latent_networks import LatentNetworks
from nesym.learn.noise.latent_series import Series
from nesym.learn.noise.latent_training import LatentTraining, Windows

AVERAGE = 0.98  # memory of the average of the parameters that is kept


def fit_latent(method, data, key: int, folder, progress) -> LatentDynamics:
    """See `LatentSDE.fit`."""
    recipe: LatentTraining = method.training
    series = Series.of(data)
    told = quadratic_variation(series.values, series.step)
    networks = LatentNetworks.make(method.latent, recipe.width, recipe.context, key, recipe.quiet)
    begun = LatentDynamics.begun(networks, series, told)
    weight = None if method.noise == "matched" else float(method.noise)
    done = train.fit(
        networks,
        evidence(begun, recipe, weight),
        Windows(begun.seen(series.values), recipe.batch, recipe.window),
        optimiser=recipe.optimiser(),
        steps=recipe.steps,
        key=key,
        ema=AVERAGE,
        checkpoint=folder,
        every=min(recipe.every, recipe.steps),
        carry=(jnp.float32(0), jnp.float32(0)),
        progress=progress,
        config={"training": asdict(recipe), "latent": method.latent, "noise": method.noise, "unit": begun.unit},
    )
    if not done.successful:
        raise TrainingError(done.reason.problem, done.reason.remedy)
    multiplier = float(done.state.carry[0]) if weight is None else weight
    return replace(begun, networks=done.ema_model, multiplier=multiplier, seconds=round(done.seconds, 1))


def evidence(begun: LatentDynamics, recipe: LatentTraining, weight: float | None) -> Evidence:
    """The loss in the units of the networks, in which the quadratic variation of the series is 1.

    The white noise between path and data is at least the error of observation that the series was seen to have, and the
    series are blurred by what of it they lack.
    """
    step = begun.step / begun.unit
    intensity = max((step / recipe.follow) ** 2, (begun.error / begun.spread) ** 2 * step)
    lacking = intensity / step - (begun.error / begun.spread) ** 2 if recipe.blurred else 0.0
    ramp = max(1, round(recipe.ramp * recipe.steps))
    # As arrays, so that series of other steps share one compiled program.
    numbers = jnp.float32(step), jnp.float32(intensity), jnp.float32(max(lacking, 0.0) ** 0.5)
    return Evidence(*numbers, weight, ramp, recipe.gain, recipe.push)
