"""The list of systems: one row for each published work, and the references they are held against."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from inspect import signature

from nesym._errors import InputError


@dataclass(frozen=True)
class System:
    """One published work: its `number` and `name`, the `work`, what a user `gets`, its `area` and its `verb`."""

    number: int
    name: str
    work: str
    gets: str
    area: str
    verb: str | None

    @property
    def module(self) -> str:
        """Where its file is, once it is built."""
        return f"nesym.systems.{self.name.replace('-', '_')}"

    @property
    def state(self) -> str:
        """`working` if it can be reproduced here, `planned` if it cannot yet."""
        return "working" if find_spec(self.module) else "planned"


SYSTEMS = (
    System(1, "nowcast-graph", "Zhao 2023, geometric deep learning for precipitation nowcasting",
           "the next 2 h of radar from the last frames", "forecast", "forecast"),
    System(2, "adjust-gan", "Hess 2022, physically constrained GAN for ESM precipitation",
           "distributions and patterns corrected, the global sum kept", "adjust", "adjust"),
    System(3, "foundation", "Zhang 2023, geoscience foundation models",
           "one pre-trained backbone, many tasks and kinds of input", "foundation", None),
    System(4, "rate-tipping", "Huang 2024, deep learning for rate-induced tipping",
           "transition probability where critical slowing down is blind", "warn", "warn"),
    System(5, "adjust-gan-isimip", "Hess 2022b, deep learning for CMIP6-class bias correction",
           "the GAN combined with ISIMIP3BASD", "adjust", "adjust"),
    System(6, "differentiable-esm", "Gelbrecht 2022, differentiable programming for ESMs",
           "process models with exact gradients: calibration, assimilation", "physics", None),
    System(7, "stabilised-nde", "White 2023, stabilised neural differential equations",
           "learned dynamics held near any constraint manifold", "learn", "learn"),
    System(8, "crop-hybrid", "Lin 2025, NeuralCrop",
           "a process crop model with learned parts; better in droughts", "land", "crop"),
    System(9, "reconstruct-fourier", "Bochow 2023, reconstructing historical climate fields",
           "gappy fields completed by fast Fourier convolutions", "fill", "fill"),
    System(10, "chaos-benchmark", "Schötz 2024, machine learning for predicting chaotic systems",
           "method x system x noise benchmark; plug in your own", "learn", "benchmark"),
    System(11, "downscale-consistency", "Hess 2024, consistency-model downscaling",
           "probabilistic downscaling in one network call per member", "downscale", "downscale"),
    System(12, "downscale-diffusion", "Aich 2024, conditional diffusion downscaling and bias correction",
           "correction and downscaling at once, extremes right", "downscale", "downscale"),
    System(13, "enso", "Lyu 2023, ResoNet",
           "Niño3.4 to 20 months and more, with attribution", "forecast", "forecast"),
    System(14, "ocean", "Guo 2024, ORCA-DL",
           "the 3-D ocean months to decades ahead", "forecast", "forecast"),
    System(15, "assimilate-predict", "Yang 2025, GAP",
           "one probabilistic model that assimilates, forecasts and runs a climate", "forecast", "forecast"),
    System(16, "projected-nde", "White 2024, projected neural differential equations",
           "constraints to solver precision, many at once", "learn", "learn"),
    System(17, "precip-from-circulation", "Aich 2025, diffusion for precipitation from atmospheric variables",
           "fine daily rain from prognostic fields", "downscale", "downscale"),
    System(18, "latent-sde", "Heck 2024, noise estimation of latent neural SDEs",
           "a generative model of a series whose diffusion is right", "learn", "learn"),
    System(19, "inverse-video", "Aich 2026, WIND",
           "one video prior; the task is a forward operator", "fill", "fill"),
    System(20, "neural-operator", "Xu 2025, PCNO and DiffPCNO",
           "an operator that conserves mass and momentum by construction", "forecast", "forecast"),
    System(21, "machine-precision", "Schötz 2025, machine-precision prediction of chaos",
           "polynomial propagators in 512-bit arithmetic", "learn", "learn"),
    System(22, "forest-carbon", "Qian 2025, sink-source shifts of forest carbon",
           "yearly carbon stocks and fluxes with uncertainty", "land", "carbon"),
    System(23, "consistent-video", "Hess 2025, discriminator-guided image diffusion",
           "time-consistent sequences from an image model", "forecast", "forecast"),
    System(24, "hybrid-esm", "Irrgang 2021, neural Earth system modelling",
           "network closures coupled to a process model, budgets checked", "physics", None),
)  # fmt: skip

# What the systems are held against: not works of their own, but reproduced by the same command.
REFERENCES = (
    System(0, "rain-baselines", "statistical downscaling of radar rain: interpolation, RainFARM, cascade",
           "the rivals that every downscaling network has to beat", "downscale", "downscale"),
    System(0, "adjust-baselines", "bias adjustment around Berlin: quantile mapping, ISIMIP3BASD, MBCnSD",
           "the rivals that every correcting network has to beat", "adjust", "adjust"),
)  # fmt: skip


def find(name: str) -> System:
    """The system or reference of that name. Raises `InputError`, with near names, if there is none."""
    from difflib import get_close_matches

    rows = {system.name: system for system in (*SYSTEMS, *REFERENCES)}
    if name not in rows:
        near = get_close_matches(name, rows, n=3, cutoff=0.4)
        raise InputError(
            f"There is no system called {name!r}.",
            f"Did you mean {' or '.join(near)}?" if near else "`nesym systems` lists them.",
        )
    return rows[name]


def reproduce(name: str, **options) -> list:
    """Rerun the claims of a system; see the system's own `reproduce` for its options. Returns `nesym.verify.Claim`s."""
    system = find(name)
    if system.state == "planned":
        working = [s.name for s in (*SYSTEMS, *REFERENCES) if s.state == "working"]
        raise InputError(
            f"{system.name} ({system.work}) is planned and cannot be reproduced yet.",
            f"Working now: {', '.join(working)}.",
        )
    run: Callable[..., list] = import_module(system.module).reproduce
    taken = signature(run).parameters
    foreign = set() if any(p.kind is p.VAR_KEYWORD for p in taken.values()) else set(options) - set(taken)
    if foreign:
        raise InputError(
            f"{name} has no choice of {', '.join(sorted(foreign))}.",
            f"Leave {' and '.join(f'--{option}' for option in sorted(foreign))} out.",
        )
    return run(**options)
