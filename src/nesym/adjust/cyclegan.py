"""Rain of a model translated into observed rain: a pair of adversarial networks, held to the model's own global sums."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError
from nesym._typing import Path
from nesym.adjust._labels import KEPT, in_order_of, record, same_cells
from nesym.adjust.adversaries import Adversarial
from nesym.adjust.translation import Translation
from nesym.adjust.variables import RAIN_UNITS
from nesym.constrain import Budget
from nesym.fields.hashed import hashed
from nesym.fields.lazy import is_lazy
from nesym.fields.times import stamps
from nesym.fields.weights import area_weights
from nesym.observe import Total


@dataclass(frozen=True)
class CycleGAN:
    """y = G(x) <x> / <G(x)>, G a `nesym.nets.Translator` from a model's rain x to observed rain, < > global means.

    Hess et al. 2022, doi 10.1038/s42256-022-00540-1. No day of the model belongs to a day of the observations: G learns
    from a judge that tells the two apart, from a translator back, and, unlike the published one, from the means and
    variograms of both records (`nesym.generate.CycleLoss`). It sees whole fields, so that it can move rain, which no
    correction of single cells can; what a warmer world rains as a whole stays the model's. Before the sum is restored, no
    cell has more than 5/4 of the most that was observed, or as much more as the wettest cell of the model's day exceeds
    all that it had in training.

    `constraint` is "global", or None for G(x) as it is. `weights` "area" keeps the mean over the globe's area, "none" the
    plain sum over the cells as published, which on grids of latitude and longitude lets the true mean drift. `constrain`
    says whether sums are kept by the finished network alone ("inference", as published) or also while it learns ("train").
    Global daily rain on a regular grid; `training` holds sizes and rates.
    """

    constraint: Literal["global"] | None = "global"
    weights: Literal["area", "none"] = "area"
    constrain: Literal["inference", "train"] = "inference"
    training: Adversarial = field(default_factory=Adversarial)
    fitted: Translation | None = field(default=None, repr=False)

    name: ClassVar[str] = "gan"

    def __post_init__(self):
        chosen = {"constraint": ("global", None), "weights": ("area", "none"), "constrain": ("inference", "train")}
        for name, choices in chosen.items():
            if getattr(self, name) not in choices:
                raise InputError(
                    f"{name}={getattr(self, name)!r} is not a choice.", f"Choose {choices[0]!r} or {choices[1]!r}."
                )
        if self.constraint is None and self.constrain == "train":
            raise InputError(
                "A training that keeps sums was asked for, and no sums to keep.",
                "Give constraint='global', or constrain='inference'.",
            )

    def fit(
        self,
        obs,
        hist,
        *,
        key: int = 0,
        choose=None,
        folder: Path | None = None,
        variable: str | None = None,
        progress=None,
    ) -> "CycleGAN":
        """A new object, trained on observations and a model run (time, lat, lon) of the same climate and cells.

        The two need not have the same days. `choose` is a pair (obs, hist) of other years, on which the network is chosen
        among those of the training, by a rule: the least sum of its spectral error, its zonal error and the spectral
        error of its ranks there (`nesym.adjust.selection`). Without it, the last quarter of both records is set apart
        for that.
        `folder` keeps the training as it goes: the same call goes on there after a kill. Members are further days.

        Raises `VariableError`, `UnitError`, `GridError` (also for grids that are not global), `TimeError`,
        `MissingValuesError` or `InputError`, each with the remedy.
        """
        from nesym.adjust.adversarial_fit import fit_translation

        return replace(self, fitted=fit_translation(self, obs, hist, choose, key, folder, variable, progress))

    def apply(self, scenario, *, variable: str | None = None) -> xr.DataArray:
        """The run `scenario` (time, lat, lon) of the same model, corrected: mm/day, in its order, on its times.

        With a `constraint` the global mean of every day is that of the scenario, to 1e-6 in float32 and 1e-12 in float64.
        What is above all that the model had in training is translated too; the attribute `beyond_calibration` says so.
        Lazy stays lazy, and neither chunks nor members change the result. Raises as `fit` does, and `NotFittedError`.
        """
        found = self._ready()
        given = record(scenario, variable, like=found.template())
        aligned = same_cells(given, found.template(), "scenario")
        budget = self.budget(found.template())

        def kernel(rain: np.ndarray) -> np.ndarray:
            rain = np.ascontiguousarray(rain)  # sums round by the order in memory
            _refuse_gaps(rain)
            out = found.translated(rain)
            return out if budget is None else np.asarray(budget.project(out, budget.reference(rain)))

        out = _over_fields(kernel, aligned, aligned.dtype)
        return in_order_of(out, given).rename(found.variable).assign_attrs(self._attributes(given))

    def saliency(
        self, rain, *, samples: int = 10, noise: float = 0.1, key: int = 0, variable: str | None = None
    ) -> xr.DataArray:
        """S = 1/n sum_i d/dz sum D(z + noise n_i), z = T(r), n_i ~ N(0, 1): where rain (time, lat, lon) looks observed.

        D are the judge's scores of observed rain; more rain where S is positive would raise them. Smilkov et al. 2017
        (SmoothGrad, arXiv 1706.03825), with `samples` draws of noise, in standard deviations of z. Dimensionless.
        """
        found = self._ready()
        if isinstance(samples, bool) or not isinstance(samples, int) or samples < 1 or not noise > 0:
            raise InputError(
                f"samples is a whole number from 1, noise positive; {samples!r} and {noise!r} came.",
                "Give samples=10, noise=0.1.",
            )
        given = record(rain, variable, like=found.template())
        aligned = same_cells(given, found.template(), "rain")
        names = xr.DataArray(hashed(key, stamps(aligned["time"]).astype(np.int64)), dims="time")

        def kernel(values: np.ndarray, names: np.ndarray) -> np.ndarray:
            _refuse_gaps(values)
            return found.salience(values, np.broadcast_to(names, values.shape[:-2]), samples, noise)

        out = in_order_of(_over_fields(kernel, aligned, np.float32, names), given)
        return out.rename("saliency").assign_attrs(units="1", long_name="SmoothGrad of the judge's scores")

    def budget(self, like: xr.DataArray) -> Budget | None:
        """What is kept on the grid of `like`; None for nothing."""
        if self.constraint is None:
            return None
        return Budget(Total(area_weights(like).values[:, None] if self.weights == "area" else None, mean=True))

    def save(self, path: Path, **card) -> None:
        """Write configuration and networks to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """The method, its settings and the size of its network in one line."""
        size = "" if self.fitted is None else f", {self.fitted.network.parameters:,} weights"
        return f"CycleGAN(constraint={self.constraint!r}, weights={self.weights!r}, constrain={self.constrain!r}{size})"

    def _ready(self) -> Translation:
        if self.fitted is None:
            raise NotFittedError(
                "This gan has not been fitted.", "Call fit(obs, hist) first, or load a fitted one: nesym.load(FILE)."
            )
        return self.fitted

    def _attributes(self, given: xr.DataArray) -> dict[str, str]:
        kept = {name: given.attrs[name] for name in KEPT if name in given.attrs}
        attrs = kept | {"units": RAIN_UNITS, "adjustment": self.describe()}
        if is_lazy(given):
            return attrs | {
                "beyond_calibration": "values above the calibrated range are translated by the same network"
            }
        if (share := float((given > self._ready().largest).mean())) > 0:
            words = f"{share:.2%} of the values lie above the calibrated range, and are translated by the same network"
            attrs["beyond_calibration"] = words
        return attrs


def _over_fields(kernel, da: xr.DataArray, dtype, *beside: xr.DataArray) -> xr.DataArray:
    """`kernel` on whole fields (..., lat, lon), chunk by chunk where `da` is lazy."""
    out = xr.apply_ufunc(
        kernel,
        da,
        *(other.assign_coords(time=da["time"]) for other in beside),
        input_core_dims=[["lat", "lon"], *([] for _ in beside)],
        output_core_dims=[["lat", "lon"]],
        dask="parallelized",
        output_dtypes=[dtype],
        dask_gufunc_kwargs={"allow_rechunk": True},
    )
    return out.transpose(*da.dims)


def _refuse_gaps(rain: np.ndarray) -> None:
    if not np.isfinite(rain).all():
        from nesym._errors import MissingValuesError

        raise MissingValuesError(
            "A network needs complete fields, and some rain is missing.",
            "Fill the gaps first, or leave out the days that have some.",
        )
