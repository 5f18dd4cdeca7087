"""Print tests/adjust/isimip_ibicus.json: records adjusted by ISIMIP of ibicus.

    pip install "nesym[oracles]" && python tests/oracles/make_isimip_values.py > tests/adjust/isimip_ibicus.json

The records of tests/adjust/small_isimip.py, ten years of made-up days for every variable: by calendar month, and some
also by the 31 days around each day, with the odds of events adjusted, or with a beta distribution. Every 61st adjusted
value is kept.
"""

import json
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "adjust"))

from small_isimip import UNITS, records, values

STEP, SEED, DAY = 61, 1, 86_400.0
CASES = {
    "months": (tuple(UNITS), {}),
    "windows": (("pr", "tas"), {"running_window_mode": True}),
    "odds": (("tas",), {"event_likelihood_adjustment": True}),
    "beta": (("tasskew",), {"nonparametric_qm": False}),
}


def peer(variable: str, arrays, times, **options) -> np.ndarray:
    """What ibicus makes of (time, y, x) arrays, by month if not said otherwise; rain goes in and comes out in mm day-1."""
    from ibicus.debias import ISIMIP

    scale = DAY if variable == "pr" else 1.0
    np.random.seed(SEED)  # noqa: NPY002 (the generator that ibicus uses)
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        method = ISIMIP.from_variable(
            "psl" if variable == "ps" else variable, **{"running_window_mode": False} | options
        )
        of = dict(zip(("time_obs", "time_cm_hist", "time_cm_future"), times, strict=True))
        return scale * method.apply(*(np.array(x, np.float64) / scale for x in arrays), **of, progressbar=False)


def peer_values() -> dict:
    """Case -> variable -> every 61st value."""
    found = {}
    for case, (variables, options) in CASES.items():
        found[case] = {}
        for variable in variables:
            times = [da["time"].values for da in records(variable)]
            arrays = [values(variable, which)[:, None, None] for which in range(3)]
            made = peer(variable, arrays, times, **options)
            found[case][variable] = np.round(made[::STEP, 0, 0], 7).tolist()
    return {"step": STEP, "values": found}


if __name__ == "__main__":
    print(json.dumps(peer_values(), separators=(",", ":")).replace("],", "],\n"))
