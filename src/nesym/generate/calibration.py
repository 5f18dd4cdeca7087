"""The fair CRPS as a loss: what makes the members of an ensemble differ as much as they err."""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp

from nesym.fields.blocks import block_mean


def fair_crps(members: jax.Array, truth: jax.Array) -> jax.Array:
    """sum_i |x_i - y| / M - sum_{i<j} |x_i - x_j| / (M (M - 1)): (member, ...) and (...) to (...), for M > 1.

    Its mean is least where the members are drawn from the distribution of the truth, however few they are (Ferro 2014,
    doi 10.1002/qj.2270).
    """
    count = len(members)
    apart = sum(jnp.abs(members[i] - members[j]) for j in range(count) for i in range(j))
    return jnp.abs(members - truth[None]).mean(0) - apart / (count * (count - 1))


def ensemble_loss(
    members: jax.Array,
    truth: jax.Array,
    weights: jax.Array | float = 1.0,
    scales: Sequence[int] = (1, 2, 4),
    lags: Sequence[int] = (),
) -> jax.Array:
    """Mean of w fair_crps(L x, L y) over linear maps L of fields: () from (member, batch, y, x).

    L are means over s x s cells for every s of `scales`, and for every l of `lags` the differences of cells that lie l
    cells apart along y, and along x. Cells alone would leave open how neighbours vary together; these say so (Gneiting and
    Raftery 2007, doi 10.1198/016214506000001437, section 4: such sums are proper scores). `weights` (batch,) may depend
    on what a forecast is made from, and on nothing else. A network called once per member can be trained on two of them
    (Lang et al. 2024, arXiv 2412.15832).
    """
    weights = jnp.broadcast_to(jnp.asarray(weights, truth.dtype), truth.shape[:1])[:, None, None]
    maps = [partial(_means, size=size) for size in scales]
    maps += [partial(_differences, lag=lag, axis=axis) for lag in lags for axis in (-2, -1)]
    losses = [(weights * fair_crps(of(members), of(truth))).mean() for of in maps]
    return sum(losses) / len(losses)


def _means(x: jax.Array, size: int) -> jax.Array:
    return x if size == 1 else block_mean(x, size)


def _differences(x: jax.Array, lag: int, axis: int) -> jax.Array:
    n = x.shape[axis]
    return jax.lax.slice_in_dim(x, lag, n, axis=axis % x.ndim) - jax.lax.slice_in_dim(x, 0, n - lag, axis=axis % x.ndim)
