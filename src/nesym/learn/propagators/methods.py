"""The methods of the benchmark by name, with the grids on which each is tuned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nesym._errors import InputError
from nesym.learn.benchmark._tuning import Axis
from nesym.learn.equations.neural_ode import NeuralODE
from nesym.learn.equations.shooting import Shooting
from nesym.learn.propagators._protocol import Propagator
from nesym.learn.propagators._training import NetworkTraining
from nesym.learn.propagators.baselines import Analogue, ConstantMean, LastState
from nesym.learn.propagators.differential import NeuralDifferential
from nesym.learn.propagators.feed_forward import FeedForward
from nesym.learn.propagators.neighbours import GaussianProcess, LocalLinear
from nesym.learn.propagators.polynomial import Polynomial
from nesym.learn.propagators.random_features import RandomFeatures
from nesym.learn.propagators.recurrent import Recurrent
from nesym.learn.propagators.reservoir import EchoState
from nesym.learn.propagators.splines import SparseIdentification, SplinePolynomial, SplineProcess
from nesym.learn.propagators.transformer import Transformer


@dataclass(frozen=True)
class Method:
    """`make(**settings)` gives the propagator; `axes` are the settings that are tuned, none for untuned methods.

    Networks are given the seconds of processor time of one training as `seconds`, where `trained`.
    """

    make: Callable[..., Propagator]
    axes: Mapping[str, Axis] = field(default_factory=dict)
    trained: bool = False

    def made(self, settings: Mapping[str, Any], seconds: float) -> Propagator:
        """The propagator with these settings, and if it is trained with so many seconds."""
        return self.make(**settings, **({"seconds": seconds} if self.trained else {}))


def _network(kind: type, batch: int = 32, **fixed: Any) -> Callable[..., Propagator]:
    return lambda seconds, **settings: kind(**fixed, **settings, training=NetworkTraining(seconds=seconds, batch=batch))


def _neural_ode(seconds: float, **settings: Any) -> NeuralDifferential:
    return NeuralDifferential(network=NeuralODE(**settings, training=Shooting(chunk=2)), seconds=seconds)


def _targets(kind: type, **fixed: Any) -> dict[str, Callable[..., Propagator]]:
    def of(target: str) -> Callable[..., Propagator]:
        return lambda **settings: kind(target=target, **fixed, **settings)

    return {"S": of("state"), "D": of("increment")}


RIDGE = Axis((1e-9, 1e-3), 10, "times", 1e-15, 100)
NUGGET = Axis((1e-9, 1e-3), 10, "times", 1e-15, 100)
LINEAR = {
    "degree": Axis((3, 6), 1, "add", 1, 8),
    "ridge": Axis((1e-12,), 100, "times", 1e-16, 100),
    "past": Axis((0,), 1, "add", 0, 8),
}
RANDOM = {"ridge": RIDGE, "scale": Axis((0.1, 0.4), 2, "times", 0.01, 2.0)}
ECHO = {"ridge": RIDGE, "scale": Axis((0.1, 0.4), 2, "times", 0.01, 2.0)}
PROCESS = {"bandwidth": Axis((0.3, 3.0), 3, "times", 1e-4, 30.0), "nugget": NUGGET}
LOCAL = {"bandwidth": Axis((0.05, 0.2), 2, "times", 0.005, 5.0)}
LAYERS = {"hidden": Axis(((128, 128), (32, 64, 64, 32), (64, 128, 64)), how="set")}
CELLS = {"hidden": Axis(((128,), (64, 64), (32, 64, 32)), how="set")}
PRESETS = {"past": Axis((63, 31), how="set"), "heads": Axis((4, 8), how="set")}
SMOOTHED = {"degree": Axis((2, 4), 1, "add", 1, 8), "smoothing": Axis((0.0, 1e-6, 1e-4), how="set")}
SPARSE = {"threshold": Axis((0.03, 0.1), 2, "times", 1e-4, 2.0), "smoothing": SMOOTHED["smoothing"]}
LINEAR_S, LINEAR_D = _targets(Polynomial).values()
RANDOM_S, RANDOM_D = _targets(RandomFeatures).values()
ECHO_S, ECHO_D = _targets(EchoState).values()
PROCESS_S, PROCESS_D = _targets(GaussianProcess).values()
LOCAL_S, LOCAL_D = _targets(LocalLinear).values()
NET_S, NET_D = (_network(FeedForward, 256, target=target) for target in ("state", "increment"))

METHODS: dict[str, Method] = {
    "ConstMean": Method(ConstantMean),
    "ConstLast": Method(LastState),
    "Analogue": Method(Analogue),
    "LinS": Method(LINEAR_S, LINEAR),
    "LinD": Method(LINEAR_D, LINEAR),
    **{f"LinPo{p}": Method(lambda p=p: Polynomial(degree=p)) for p in range(1, 9)},
    "RaFeS": Method(RANDOM_S, RANDOM),
    "RaFeD": Method(RANDOM_D, RANDOM),
    "EsnS": Method(ECHO_S, ECHO),
    "EsnD": Method(ECHO_D, ECHO),
    "GpS": Method(PROCESS_S, PROCESS),
    "GpD": Method(PROCESS_D, PROCESS),
    "LocalS": Method(LOCAL_S, LOCAL),
    "LocalD": Method(LOCAL_D, LOCAL),
    "NnS": Method(NET_S, LAYERS, trained=True),
    "NnD": Method(NET_D, LAYERS, trained=True),
    "Rnn": Method(_network(Recurrent, cell="rnn"), CELLS, trained=True),
    "Lstm": Method(_network(Recurrent, cell="lstm"), CELLS, trained=True),
    "Gru": Method(_network(Recurrent, cell="gru"), CELLS, trained=True),
    "Trafo": Method(_network(Transformer), PRESETS, trained=True),
    "SpPo": Method(SplinePolynomial, SMOOTHED),
    "SpGp": Method(SplineProcess, PROCESS | {"smoothing": SMOOTHED["smoothing"]}),
    "Sindy": Method(SparseIdentification, SPARSE),
    "Node": Method(_neural_ode, {"width": Axis((64, 32, 128), how="set")}, trained=True),
}  # fmt: skip

SIMPLE = tuple(name for name, each in METHODS.items() if not each.trained)  # without networks


def method(name: str) -> Method:
    """The method of that name. Raises `InputError`, with near names, where there is none."""
    from difflib import get_close_matches

    if name not in METHODS:
        near = get_close_matches(name, METHODS, n=3, cutoff=0.3)
        raise InputError(
            f"There is no method called {name!r}.",
            f"Did you mean {' or '.join(near)}?" if near else f"Choose among {', '.join(METHODS)}.",
        )
    return METHODS[name]
