"""A learned stochastic equation beside its rivals, all drawn by the same integrator and held against the same series."""

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.learn.noise._linear import linear_sde
from nesym.learn.noise._variation import quadratic_variation
from nesym.learn.noise.kramers_moyal import KramersMoyal
from nesym.learn.noise.latent_series import Series
from nesym.verify.density import stationary_density_distance
from nesym.verify.residence import residence_times
from nesym.verify.table import Table

FEWEST = 100  # series drawn of each model: chance in few of them would be taken for an error
COLUMNS = ("model", "diffusion", "diffusion / series", "density distance", "residence", "residence / series",
           "transitions", "ended")  # fmt: skip
CAPTION = (
    "diffusion: root of its mean square where the series are, {units} per root of {time}; the series' own is that of its"
    " quadratic variation. density distance: Wasserstein-1, in standard deviations of the series. residence: mean stay below"
    " {low:.4g} or above {high:.4g} before the other is reached, {time}. ended: drawn series that left the numbers. The rivals"
    " are fitted on the very series that all are held against, which favours them."
)


def compare(model, data: xr.DataArray, key: int, states: tuple[float, float] | None) -> Table:
    """See `LatentSDE.compare`."""
    model.sample(2)  # refused before anything is fitted
    series = Series.of(data)
    x = series.values
    low, high = _states(x, states)
    truth = series.labelled(x, np.arange(x.shape[1]) * series.step)
    own = quadratic_variation(x, series.step).diffusion
    stays = residence_times(truth, low, high)
    rows = [_row("series", own, own, 0.0, stays, stays, 0)]
    rivals = {"Kramers-Moyal": KramersMoyal().fit(data), "linear": linear_sde(data)}
    members = max(FEWEST, len(x))
    for name, rival in {"latent SDE": model, **rivals}.items():
        drawn = rival.sample(x.shape[1], members, key, np.resize(x[:, 0], members))
        whole = drawn[np.isfinite(drawn.values).all(1)]
        noise = np.sqrt(np.mean(_diffusion(rival, x) ** 2))
        distance = stationary_density_distance(whole.values, x) if whole.size else np.nan
        ended = members - len(whole)
        rows.append(_row(name, noise, own, distance, residence_times(drawn, low, high), stays, ended))
    labels = {"units": series.units, "time": series.time_units, "low": low, "high": high}
    return Table(f"Models of {series.name}", COLUMNS, tuple(rows), CAPTION.format(**labels))


def _diffusion(model, x: np.ndarray) -> np.ndarray:
    """Where the series are; what is hidden at its mean."""
    latent = getattr(model, "latent", 1)
    if latent == 1:
        return model.diffusion(x)
    hidden = np.full((*x.shape, latent - 1), x.mean())
    return model.diffusion(np.concatenate([x[..., None], hidden], -1))[..., 0]


def _row(name, noise, own, distance, stays, others, ended) -> dict:
    return {
        "model": name,
        "diffusion": float(noise),
        "diffusion / series": float(noise / own),
        "density distance": float(distance),
        "residence": float(stays.mean),
        "residence / series": float(stays.mean / others.mean),
        "transitions": stays.transitions,
        "ended": ended,
    }


def _states(x: np.ndarray, states: tuple[float, float] | None) -> tuple[float, float]:
    if states is None:
        return float(x.mean() - x.std() / 2), float(x.mean() + x.std() / 2)
    if len(states) != 2 or not states[0] <= states[1]:
        raise InputError(f"states = (low, high) was expected, and {states!r} came.", "Give states=(255.0, 290.0).")
    return float(states[0]), float(states[1])
