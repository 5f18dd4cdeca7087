"""`nesym learn`: trajectories and a law in, a differential equation out that keeps it."""

from pathlib import Path
from typing import Annotated

import typer

from nesym._errors import InputError

METHODS = ("neural-ode", "latent-sde")


def learn(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[TRAJECTORIES...]",
            help="Trajectories (trajectory, time), netCDF or Zarr, with one variable for each coordinate; several files for"
            " several trajectories. Without any, two bodies simulated on the spot.",
        ),
    ] = None,
    conserve: Annotated[
        list[str] | None,
        typer.Option(help="What each solution keeps, as a formula of the coordinates: 'x**2 + y**2'. May be repeated."),
    ] = None,
    method: Annotated[
        str, typer.Option(help="neural-ode, or latent-sde for a noisy series of one quantity.")
    ] = "neural-ode",
    out: Annotated[Path, typer.Option(help="The model: my-model gives my-model.safetensors.")] = Path("learned"),
    gamma: Annotated[
        float | None,
        typer.Option(
            help="Draw states back to the law at this rate; if not said, velocities are projected, which keeps it."
        ),
    ] = None,
    order: Annotated[
        int | None,
        typer.Option(
            min=1, max=2, help="2: the second half of the coordinates are the velocities of the first. Else 1."
        ),
    ] = None,
    known: Annotated[
        str | None, typer.Option(help="A physical model that the network adds to: two-body, double-pendulum, ...")
    ] = None,
    variables: Annotated[
        str | None, typer.Option(help="The coordinates, with commas and in order; all variables if not said.")
    ] = None,
    cut: Annotated[int | None, typer.Option(min=2, help="Cut each trajectory into so many pieces.")] = None,
    width: Annotated[int | None, typer.Option(min=1, help="Numbers in each hidden layer; 64, or 32 of an SDE.")] = None,
    depth: Annotated[int | None, typer.Option(min=1, help="Hidden layers; 2 if not said.")] = None,
    members: Annotated[
        int | None, typer.Option(min=1, help="Networks, trained from seeds of their own; 1 if not said.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Times that all of the data are gone through; 200 if not said.")
    ] = None,
    chunk: Annotated[
        int | None, typer.Option(min=1, help="Intervals that training solves in one go; 3 if not said.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=2, help="Steps of the training of a latent-sde; 1000 if not said.")
    ] = None,
    key: Annotated[int, typer.Option(help="Names the random numbers: the same key gives the same model.")] = 0,
    check: Annotated[bool, typer.Option(help="Refuse a formula that the data do not keep.")] = True,
    compare: Annotated[
        bool, typer.Option(help="Score the model beside its baselines, on trajectories kept apart.")
    ] = True,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
) -> None:
    """Learn a differential equation from trajectories, held to what it conserves.

    What is named is compared with the data before anything is trained. A fifth of the trajectories is kept apart to score
    the model beside the same network without the law and others. Training keeps checkpoints in a folder beside the model:
    stopped at any moment, the same command goes on.
    """
    from nesym.cli.learning import LearningJob, configured, run_learn
    from nesym.cli.places import check_report, model_place
    from nesym.downscale.request import check_key

    if method not in METHODS:
        raise InputError(f"--method {method} is not a choice.", f"Choose {' or '.join(METHODS)}.")
    check_key(key)
    given, target = tuple(files or ()), model_place(out)
    check_report(report, *given)
    networks = {"order": order, "known": known, "depth": depth, "members": members, "epochs": epochs, "chunk": chunk}
    if method == "latent-sde":
        from nesym.cli.learning_noise import NoiseJob, run_learn_noise

        refuse(method, networks | {"conserve": conserve, "gamma": gamma, "cut": cut, "report": report})
        run_learn_noise(NoiseJob(given, target, variables, width, steps, key, compare))
        return
    refuse(method, {"steps": steps})
    blank = configured(**networks, width=width)
    laws = tuple(conserve or ())
    run_learn(LearningJob(given, blank, laws, gamma, target, variables, cut, key, check, compare, report))


def refuse(method: str, options: dict) -> None:
    """Raise `InputError` for options that a method has no use for."""
    if came := [name for name, value in options.items() if value]:
        raise InputError(
            f"{', '.join(f'--{name}' for name in came)} came, and {method} has nothing of the kind.",
            f"Leave {'them' if len(came) > 1 else 'it'} out, or choose the other --method.",
        )
