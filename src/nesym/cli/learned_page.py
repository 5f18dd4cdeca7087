"""The pages of `nesym learn` and `nesym forecast`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from nesym.cli.forecasting import ForecastJob
    from nesym.cli.learning import LearningJob
    from nesym.cli.trajectory_files import Source
    from nesym.learn.laws.expressions import Conserved
    from nesym.learn.trajectories import Trajectories
    from nesym.verify import Table

FURTHER = 4  # lengths of the trajectories kept apart, over which laws are drawn


@dataclass(frozen=True)
class Fit:
    """What a fit has come to: its data, the model, the same network without the law, the laws and the table of scores."""

    job: "LearningJob"
    source: "Source"
    held: "Trajectories | None"
    fitted: Any
    plain: Any
    laws: "Conserved | None"
    table: "Table | None"


def physics(model: Any) -> list[str]:
    """What the field is made of and held to, in sentences."""
    names = model.fitted.names
    size = f"{model.depth} hidden layers of {model.width}"
    network = "a network" if model.fitted.members == 1 else f"each of {model.fitted.members} networks"
    if model.order == 2:
        half = len(names) // 2
        text = f"{', '.join(names[half:])} are exactly the velocities of {', '.join(names[:half])}; {network} of {size} gives"
        said = [f"{text} what changes the velocities."]
    else:
        said = [f"The velocity of {', '.join(names)} is given by {network} of {size}."]
    if model.known is not None:
        said.append(f"The network adds to {model.known!r}, which is taken as it is.")
    laws = model.conserve if isinstance(model.conserve, tuple) else ()
    if laws and model.gamma is None:
        said.append(
            f"Every solution keeps {' and '.join(laws)}: the velocity is projected on the states with the same value, which"
            " holds it to the tolerance of the solver."
        )
    elif laws:
        said.append(
            f"Every solution is drawn back to its first value of {' and '.join(laws)} at the rate {model.gamma:g} per unit of"
            " time; what the network gets wrong leaves a residue of the order of one over this rate."
        )
    else:
        said.append("No law is imposed.")
    return said


def laws_of(model: Any) -> "Conserved | None":
    """The formulas that a model keeps."""
    from nesym.learn.laws.expressions import Conserved

    return Conserved(model.conserve, model.fitted.names) if isinstance(model.conserve, tuple) else None


def write_page(fit: Fit, command: str, timings: dict[str, float]) -> None:
    """The page of a fit, on the trajectories kept apart, or else on those that it was trained on, which it then says."""
    from nesym.learn.equations.comparison import GIVEN, PLAIN
    from nesym.report import Run
    from nesym.report.learned import learned_report

    model, job = fit.fitted, fit.job
    judged = _alike(fit.source.data if fit.held is None else fit.held)
    truth = judged.to_dataset()
    models = {GIVEN: model} | ({} if fit.plain is None else {PLAIN: fit.plain})
    warnings = () if fit.held is not None else ("No trajectory was kept apart: errors are those on the training data.",)
    run = Run(
        command=command, method=model.name, parameters={"method": model.describe()}, key=job.key, data=fit.source.origin,
        timings=timings, warnings=warnings,
    )  # fmt: skip
    learned_report(
        job.report, run, {name: _forecast(each, truth) for name, each in models.items()}, judged.names, truth=truth,
        selected=GIVEN, laws=fit.laws, physics=physics(model), drift=fit.laws and fit.laws.drift(fit.source.data, job.key),
        history=model.fitted.history, chosen=model.fitted.chosen.tolist(), table=fit.table, span=model.fitted.span,
        second_order=model.order == 2, title=f"{', '.join(judged.names)}, learned",
    )  # fmt: skip


def _alike(data: "Trajectories") -> "Trajectories":
    """The trajectories that have the same times as the longest one: those that a page can draw on one axis."""
    longest = int(np.argmax(data.lengths))
    same = (data.times == data.times[longest]).all(1)
    return data.take(np.flatnonzero(same))


def _forecast(model: Any, truth: "xr.Dataset") -> "xr.Dataset":
    """From the first states, at the times of the truth and as far again several times."""
    times = truth["time"].values
    spacing, length = float(np.median(np.diff(times))), float(times[-1] - times[0])
    beyond = times[-1] + spacing * np.arange(1, int((FURTHER - 1) * length / spacing) + 1)
    return model.forecast(truth.isel(time=0), times=np.concatenate([times, beyond]), max_steps=20_000)


def write_forecast_page(
    job: "ForecastJob",
    model: Any,
    found: "xr.Dataset",
    truth: "xr.Dataset | None",
    command: str,
    timings: dict[str, float],
) -> None:
    """The page of a forecast, beside what happened where the file holds it."""
    from nesym.report import Run
    from nesym.report.learned import learned_report

    names = model.fitted.names
    if truth is not None:
        shared = np.intersect1d(found["time"].values, truth["time"].values) if truth["time"].dtype.kind == "f" else []
        truth = truth.sel(time=shared) if len(shared) > 1 else None
    run = Run(
        command=command, method=model.name, parameters={"method": model.describe()}, data=(str(job.start), job.model),
        timings=timings,
    )  # fmt: skip
    learned_report(
        job.report, run, {model.name: found}, names, truth=truth, laws=laws_of(model), physics=physics(model),
        span=model.fitted.span, second_order=getattr(model, "order", 1) == 2, title=f"{', '.join(names)}, forecast",
    )  # fmt: skip
