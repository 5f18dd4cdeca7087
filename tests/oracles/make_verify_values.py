"""Print the values that test_verify_oracle.py stores, computed by peer libraries on a small made-up rain field.

    pip install "nesym[oracles]" && python tests/oracles/make_verify_values.py

CRPS by scores and scoringrules, spread and spectra by pysteps, skill, ranks and correlation by scores.
"""

import json
import math

import numpy as np

MEMBERS, STEPS, SIDE = 7, 4, 16


def fields() -> tuple[np.ndarray, np.ndarray]:
    """Rain with dry cells, so that there are ties: ens (member, time, y, x), obs (time, y, x), float64."""
    rng = np.random.default_rng(20180519)
    common = rng.normal(size=(STEPS, SIDE, SIDE)).cumsum(-1) / 4
    obs = np.exp(common + 0.5 * rng.normal(size=common.shape)) - 0.7
    ens = np.exp(common + 0.4 * rng.normal(size=(MEMBERS, *common.shape))) - 0.7
    return np.maximum(ens, 0.0), np.maximum(obs, 0.0)


def peer_values() -> dict[str, list[float]]:
    """name -> values, each by the peer that the name ends with."""
    import scoringrules
    import xarray as xr
    from pysteps.utils.spectral import rapsd
    from pysteps.verification.ensscores import ensemble_spread
    from scores.continuous import mse
    from scores.continuous.correlation import pearsonr
    from scores.probability import crps_for_ensemble, rank_histogram

    ens, obs = fields()
    labelled = xr.DataArray(ens, dims=("member", "time", "y", "x")), xr.DataArray(obs, dims=("time", "y", "x"))
    values = {}
    for method in ("ecdf", "fair"):
        per_point = crps_for_ensemble(*labelled, "member", method=method, preserve_dims="all")
        values[f"crps {method} scores"] = [float(per_point.mean()), *per_point.values[1, 2, :4]]
    for estimator in ("qd", "fair"):
        per_point = scoringrules.crps_ensemble(obs, ens, m_axis=0, estimator=estimator)
        values[f"crps {estimator} scoringrules"] = [per_point.mean(), *per_point[1, 2, :4]]

    # The mean over pairs of members of their squared difference is twice the variance with ddof = 1.
    spread = np.mean([ensemble_spread(ens[:, t], "MSE") for t in range(STEPS)]) / 2
    skill = float(mse(labelled[0].mean("member"), labelled[1]))
    values["spread-skill pysteps, scores"] = [math.sqrt((MEMBERS + 1) / MEMBERS * spread / skill)]

    values["rapsd even pysteps"] = list(rapsd(obs[0], np.fft))
    values["rapsd odd pysteps"] = list(rapsd(obs[0, :-1, :-1], np.fft))
    values["ranks scores"] = list(rank_histogram(*labelled, "member").values)
    values["correlation scores"] = [float(pearsonr(labelled[0].mean("member"), labelled[1]))]
    return {name: [float(value) for value in numbers] for name, numbers in values.items()}


if __name__ == "__main__":
    print(json.dumps(peer_values(), indent=1))
