"""Is a fitted model meant for this rain? Small-scale statistics belong to a grid spacing and an averaging time."""

from nesym._errors import InputError
from nesym.fields.grid import Grid
from nesym.fields.rain import RATE_UNITS

LARGEST_RATIO = 1.5


def refuse_unsuitable(card: dict, grid: Grid, factor: int, step_seconds: float | None) -> None:
    """Raise `InputError` if spacing or time step differ by more than `LARGEST_RATIO` from what the `card` was fitted on.

    `grid` is the coarse grid; a time step that is not known is not held against the input.
    """
    spacing = sum(grid.spacing_km) / 2 / factor
    found = [("grid spacing", "km", spacing, card.get("spacing_km"))]
    if step_seconds is not None and card.get("step_seconds"):
        found.append(("time step", "min", step_seconds / 60, card["step_seconds"] / 60))
    for what, unit, here, fitted in found:
        if fitted and not 1 / LARGEST_RATIO <= here / fitted <= LARGEST_RATIO:
            raise InputError(
                f"The model was fitted at a {what} of {fitted:g} {unit}, and the result would have {here:.3g} {unit}.",
                "Fit it on fine rain of your own (--fit FINE.nc), use --method rainfarm, which takes its statistics from"
                " the input, or say --force.",
            )


def suits(card: dict, grid: Grid, factor: int, step_seconds: float | None) -> bool:
    """Whether `refuse_unsuitable` lets it pass."""
    try:
        refuse_unsuitable(card, grid, factor, step_seconds)
    except InputError:
        return False
    return True


def refuse_other_quantities(card: dict) -> None:
    """Raise `InputError` if the `card` says that the model was fitted on something that is not rain in mm h-1."""
    variable, units = card.get("variable", "pr"), card.get("units", RATE_UNITS)
    if (variable, units) != ("pr", RATE_UNITS):
        raise InputError(
            f"The model was fitted on '{variable}' in '{units}', and rain is 'pr' in '{RATE_UNITS}'.",
            "Give a model for rain: `nesym models` lists those that are packaged.",
        )
