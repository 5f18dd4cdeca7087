"""Print tests/adjust/quantiles_xsdba.json: records adjusted by the three quantile methods of xsdba.

    pip install "nesym[oracles]" && python tests/oracles/make_quantile_values.py > tests/adjust/quantiles_xsdba.json

The records of tests/adjust/small_quantiles.py, by one mapping for all times and by one for each calendar month. Months are
cut out first and adjusted alone, for xsdba interpolates between the months of one mapping. Every 37th value is kept.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parents[1] / "adjust"))

from small_quantiles import KINDS, QUANTILES, records

STEP = 37
SIGN = {"ratio": "*", "difference": "+"}
METHODS = {
    "qm": ("EmpiricalQuantileMapping", {}),
    "dqm": ("DetrendedQuantileMapping", {"detrend": 0}),
    "qdm": ("QuantileDeltaMapping", {}),
}


def peer(method: str, kind: str, obs: xr.DataArray, hist: xr.DataArray, future: xr.DataArray) -> xr.DataArray:
    """What xsdba makes of `future` with one mapping, linear between its quantiles, in the order of its dimensions."""
    import xsdba

    name, options = METHODS[method]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained = getattr(xsdba, name).train(obs, hist, nquantiles=QUANTILES, kind=SIGN[kind], group="time")
        return trained.adjust(future, interp="linear", **options).transpose(*future.dims).load()


def by_month(method: str, kind: str, *data: xr.DataArray) -> xr.DataArray:
    """The same with a mapping for each month."""
    months = [[da.sel(time=da["time"].dt.month == month) for da in data] for month in range(1, 13)]
    return xr.concat([peer(method, kind, *some) for some in months], "time").sortby("time")


def peer_values() -> dict:
    """Window -> variable -> method -> every 37th value."""
    found = {}
    for window, adjust in (("all", peer), ("months", by_month)):
        for variable, kind in KINDS.items():
            made = {method: adjust(method, kind, *records(variable)) for method in METHODS}
            found.setdefault(window, {})[variable] = {name: np.array(da)[::STEP].tolist() for name, da in made.items()}
    return {"step": STEP, "values": found}


if __name__ == "__main__":
    print(json.dumps(peer_values(), separators=(",", ":")).replace("],", "],\n"))
