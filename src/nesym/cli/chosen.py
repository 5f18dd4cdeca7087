"""Which method downscales: the one that was named, loaded or fitted, or else the best packaged one that suits the rain."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nesym._errors import InputError
from nesym.cli.card import scales
from nesym.cli.noise import NoiseChoice, with_noise
from nesym.cli.progress import bar
from nesym.cli.source import Source, read_rain

if TYPE_CHECKING:
    from nesym.downscale import AbstractDownscaler

# Without a word about the method: the first of these whose packaged model suits the result, else RainFARM.
USUAL = ("consistency", "cascade")
FITTED_AT_ONCE = "cascade"  # what --fit fits if no method is named


@dataclass(frozen=True)
class Choice:
    """What the command line says about the method."""

    method: str | None = None
    model: str | None = None
    fit: Path | None = None
    memory: bool = False
    constraint: bool = True
    force: bool = False
    missing: str = "refuse"
    noise: NoiseChoice = field(default_factory=NoiseChoice)


def chosen_method(choice: Choice, source: Source, factor: int) -> "tuple[AbstractDownscaler, tuple[str, ...]]":
    """The method as asked for, and what to say about it in lines.

    A method that was named is taken, or refused with its remedy. If none was, the packaged consistency model is, where
    it suits the spacing and the time step of the result; else the packaged cascade; else RainFARM, which needs no fit.
    """
    from nesym.downscale import method as method_class

    if choice.model is not None and choice.fit is not None:
        raise InputError("Both --model and --fit came.", "Load a fitted model, or fit one: not both.")
    if choice.method is not None:
        method_class(choice.method)
    method, notes = _start(choice, source, factor)
    if choice.method not in (None, method.name):
        raise InputError(
            f"--model {choice.model} is a {method.name}, and --method {choice.method} came.", "Leave --method out."
        )
    if choice.memory and method.deterministic:
        raise InputError(f"{method.name} draws no noise that could remember.", "Leave --memory out.")
    method = replace(method, block_means=choice.constraint)
    method, more = with_noise(method, choice.noise, source, factor, choice.missing)
    return replace(method, memory=True) if choice.memory else method, (*notes, *more)


def _start(choice: Choice, source: Source, factor: int) -> "tuple[AbstractDownscaler, tuple[str, ...]]":
    """The method before its options."""
    if choice.fit is not None:
        return _fitted(choice, factor), ()
    if choice.model is not None:
        return _suitable(choice.model, source, factor, choice.force), ()
    if choice.method is not None:
        return _named(choice, source, factor), ()
    return _usual(choice, source, factor)


def _fitted(choice: Choice, factor: int) -> "AbstractDownscaler":
    """The method fitted on the way, where that takes no hours."""
    from nesym.downscale import method as method_class

    name = choice.method or FITTED_AT_ONCE
    blank = method_class(name)()
    if blank.deterministic:
        raise InputError(f"{name} has nothing to fit.", "Leave --fit out, or use --method cascade.")
    if hasattr(blank, "training"):
        raise InputError(
            f"The {name} model trains for long, and what it has learned should be kept.",
            f"First `nesym fit downscale {choice.fit} --method {name} --out my-model`, then --model my-model.",
        )
    with bar(f"Fitting the {name}") as progress:
        rain, _ = read_rain(choice.fit, None, choice.missing)
        return blank.fit(rain, factors=(factor,), progress=progress.to)


def _named(choice: Choice, source: Source, factor: int) -> "AbstractDownscaler":
    """The packaged model of a method, or the bare method where that draws without a fit."""
    from nesym import _store
    from nesym.downscale import method as method_class
    from nesym.downscale.baselines import PACKAGED

    name = choice.method
    if name not in PACKAGED or (name == "rainfarm" and not choice.memory):
        return method_class(name)()
    if PACKAGED[name] not in _store.packaged():
        raise InputError(
            f"This NESYM comes without a {name} model.",
            f"Train one, `nesym fit downscale FINE.nc --method {name} --out my-model`, and say --model my-model.",
        )
    return _suitable(PACKAGED[name], source, factor, choice.force)


def _usual(choice: Choice, source: Source, factor: int) -> "tuple[AbstractDownscaler, tuple[str, ...]]":
    """What is drawn with if nothing was said, and one line that says what that is and why."""
    from nesym import _store
    from nesym.downscale import RainFARM
    from nesym.downscale.baselines import PACKAGED
    from nesym.downscale.suitability import suits
    from nesym.fields.grid import Grid
    from nesym.fields.times import step_of

    grid, step = Grid.of(source.rain), step_of(source.rain)
    unsuitable = ""
    for name in USUAL:
        if (id := PACKAGED[name]) not in _store.packaged():
            continue
        model, card = _store.load_with_card(id)
        meant_for = f"for rain of {' and '.join(scales(card))}"
        if choice.force or suits(card, grid, factor, step):
            why = unsuitable or f"the packaged model {id}, {meant_for}"
            return model, (f"method {name}: {why}",)
        unsuitable = unsuitable or f"the packaged {name} model is {meant_for}"
    if choice.memory:
        raise InputError(
            f"A memory of the noise has to be fitted, and {unsuitable}.",
            "Fit on fine rain of your own (--method rainfarm --fit FINE.nc), leave --memory out, or say --force.",
        )
    return RainFARM(), (f"method rainfarm, which needs no fit: {unsuitable}",)


def _suitable(model: str, source: Source, factor: int, force: bool) -> "AbstractDownscaler":
    """A model file or a packaged model, if it is one for such rain."""
    from nesym import _store
    from nesym.downscale import AbstractDownscaler
    from nesym.downscale.suitability import refuse_other_quantities, refuse_unsuitable
    from nesym.fields.grid import Grid
    from nesym.fields.times import step_of

    loaded, card = _store.load_with_card(model)
    if not isinstance(loaded, AbstractDownscaler):
        raise InputError(f"{model} holds a {type(loaded).__name__}, which draws no rain.", "Give a fitted downscaler.")
    refuse_other_quantities(card)
    if not force:
        refuse_unsuitable(card, Grid.of(source.rain), factor, step_of(source.rain))
    return loaded
