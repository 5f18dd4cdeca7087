"""Flows of the benchmark: the Lorenz models of the paper, and classical attractors written as formulas."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.learn.laws.expressions import Expression
from nesym.physics import Flow


class Written(Flow):
    """dx_i/dt = the i-th of `rates`, formulas of the coordinates `names` and of nothing else."""

    kept: ClassVar[str] = "initial"
    rates: tuple[Expression, ...] = eqx.field(static=True)
    first: tuple[float, ...] = eqx.field(static=True)

    @property
    def names(self) -> tuple[str, ...]:
        return self.rates[0].names

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        return jnp.stack([rate(x, t) for rate in self.rates])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Nothing is said to be kept."""
        return {}

    def start(self, key: jax.Array) -> jax.Array:
        """The first state, displaced by a thousandth."""
        return jnp.asarray(self.first) + 1e-3 * jax.random.normal(key, (len(self.first),))


class Varying(eqx.Module):
    """Lorenz-63 whose (sigma, rho, beta) = (10, 50, 4) + (5, 30, 2) g((u + (50, 50, 25)) / 100) depend on the state u.

    g(v) = sum_j w_j exp(-|v - s_j|^2 / 2) runs through `values` at 5 supports s_j: a draw of laws without parameters.
    Schötz et al. 2024, arXiv 2407.20158 (lorenzNonparam).
    """

    supports: jax.Array
    weights: jax.Array

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Varying":
        """Supports uniform in [0, 1]^3, values in [-1, 1]^3."""
        supports, values = rng.uniform(0, 1, (5, 3)), rng.uniform(-1, 1, (5, 3))
        apart = np.square(supports[:, None] - supports).sum(-1)
        return cls(supports, np.linalg.solve(np.exp(-apart / 2) + 1e-7 * np.eye(5), values))

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        apart = jnp.square((x + jnp.array([50.0, 50.0, 25.0])) / 100 - self.supports).sum(-1)
        drift = jnp.exp(-apart / 2) @ self.weights
        sigma, rho, beta = jnp.array([10.0, 50.0, 4.0]) + jnp.array([5.0, 30.0, 2.0]) * drift
        return jnp.stack([sigma * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - beta * x[2]])


@dataclass(frozen=True)
class Classic:
    """Right-hand sides in x, y, z (w), a first state, and about the period of one oscillation."""

    rates: tuple[str, ...]
    first: tuple[float, ...]
    period: float
    source: str

    def flow(self, rng: np.random.Generator) -> Flow:
        """The flow; nothing of it is random."""
        names = ("x", "y", "z", "w")[: len(self.rates)]
        return Written(tuple(Expression(text, names) for text in self.rates), self.first)


CLASSICS = {
    "roessler": Classic(("-y - z", "x + 0.2*y", "0.2 + z*(x - 5.7)"), (1.0, 1.0, 0.0), 5.9,
                        "Rössler 1976, doi 10.1016/0375-9601(76)90101-8"),
    "halvorsen": Classic(("-1.4*x - 4*y - 4*z - y**2", "-1.4*y - 4*z - 4*x - z**2", "-1.4*z - 4*x - 4*y - x**2"),
                         (-6.4, 0.0, 0.0), 1.5, "Sprott 2003, Chaos and Time-Series Analysis"),
    "chua": Classic(("15.6*(y - x - (-0.714*x - 0.2145*(abs(x + 1) - abs(x - 1))))", "x - y + z", "-28*y"),
                    (0.7, 0.0, 0.0), 2.2, "Chua, Komuro and Matsumoto 1986, doi 10.1109/TCS.1986.1085869"),
    "chen": Classic(("35*(y - x)", "-7*x - x*z + 28*y", "x*y - 3*z"), (-10.0, 0.0, 37.0), 0.6,
                    "Chen and Ueta 1999, doi 10.1142/S0218127499001024"),
    "lu": Classic(("36*(y - x)", "-x*z + 20*y", "x*y - 3*z"), (1.0, 1.0, 1.0), 0.46,
                  "Lü and Chen 2002, doi 10.1142/S0218127402004620"),
    "rucklidge": Classic(("-2*x + 6.7*y - y*z", "x", "-z + y**2"), (1.0, 0.0, 4.5), 3.4,
                         "Rucklidge 1992, doi 10.1017/S0022112092003392"),
    "rikitake": Classic(("-2*x + z*y", "-2*y + (z - 5)*x", "1 - x*y"), (1.0, 0.0, 4.0), 4.5,
                        "Rikitake 1958, doi 10.1017/S0305004100033223"),
    "lorenz84": Classic(("-y**2 - z**2 - 0.25*x + 2", "x*y - 4*x*z - y + 1", "4*x*y + x*z - z"), (1.0, 1.0, 0.0), 1.5,
                        "Lorenz 1984, doi 10.3402/tellusa.v36i2.11473"),
    "nose-hoover": Classic(("y", "-x + y*z", "1 - y**2"), (0.0, 5.0, 0.0), 6.0,
                           "Sprott 1994, case A, doi 10.1103/PhysRevE.50.R647"),
    "sprott-b": Classic(("y*z", "x - y", "1 - x*y"), (1.0, 0.0, 0.5), 6.0, "Sprott 1994, doi 10.1103/PhysRevE.50.R647"),
    "sprott-d": Classic(("-y", "x + z", "x*z + 3*y**2"), (0.1, 0.1, 0.1), 4.9,
                        "Sprott 1994, doi 10.1103/PhysRevE.50.R647"),
    "sprott-g": Classic(("0.4*x + z", "x*z - y", "-x + y"), (0.5, 0.1, 0.1), 5.8,
                        "Sprott 1994, doi 10.1103/PhysRevE.50.R647"),
    "sprott-k": Classic(("x*y - z", "x - y", "x + 0.3*z"), (0.5, 0.1, 0.1), 7.0,
                        "Sprott 1994, doi 10.1103/PhysRevE.50.R647"),
    "sprott-n": Classic(("-2*y", "x + z**2", "1 + y - 2*z"), (0.5, 0.1, 0.1), 4.8,
                        "Sprott 1994, doi 10.1103/PhysRevE.50.R647"),
    "sprott-s": Classic(("-x - 4*y", "x + z**2", "1 + x"), (0.5, 0.1, 0.1), 3.3,
                        "Sprott 1994, doi 10.1103/PhysRevE.50.R647"),
    "burke-shaw": Classic(("-10*(x + y)", "-y - 10*x*z", "10*x*y + 4.272"), (0.6, 0.0, 0.5), 0.8,
                          "Shaw 1981, doi 10.1515/zna-1981-0115"),
    "genesio-tesi": Classic(("y", "z", "-x - 1.1*y - 0.44*z + x**2"), (0.1, 0.1, 0.1), 6.3,
                            "Genesio and Tesi 1992, doi 10.1016/0005-1098(92)90177-H"),
    "arneodo": Classic(("y", "z", "5.5*x - 3.5*y - z - x**3"), (0.2, 0.2, -0.75), 3.0,
                       "Arneodo, Coullet and Tresser 1981, doi 10.1007/BF01209312"),
    "aizawa": Classic(("x*(z - 0.7) - 3.5*y", "3.5*x + y*(z - 0.7)",
                       "0.6 + 0.95*z - z**3/3 - (x**2 + y**2)*(1 + 0.25*z) + 0.1*z*x**3"), (0.1, 0.0, 0.0), 1.8,
                      "Langford 1984, doi 10.1007/978-3-0348-6256-1_19"),
    "shimizu-morioka": Classic(("y", "x - 0.85*y - x*z", "-0.5*z + x**2"), (0.1, 0.1, 0.1), 6.0,
                               "Shimizu and Morioka 1980, doi 10.1016/0375-9601(80)90466-1"),
    "hyper-roessler": Classic(("-y - z", "x + 0.25*y + w", "3 + x*z", "-0.5*z + 0.05*w"), (-10.0, -6.0, 0.0, 10.1), 6.7,
                              "Rössler 1979, doi 10.1016/0375-9601(79)90150-6"),
}  # fmt: skip


def from_dysts(name: str) -> tuple[Flow, float, tuple[float, ...]]:
    """A flow of the package dysts, its period and its first state. Raises `InputError` where there is none of that name."""
    try:
        import dysts.flows as flows
    except ImportError:
        raise InputError(
            f"The system dysts:{name} is one of the package dysts, which is not installed.",
            "Install it (pip install dysts), or choose a system of `nesym benchmark --list`.",
        ) from None
    if not hasattr(flows, name):
        raise InputError(f"dysts has no flow {name!r}.", "Look them up in dysts.flows: Lorenz, Rossler, Aizawa...")
    found = getattr(flows, name)()
    return _Foreign(found.rhs), float(found.period), tuple(np.ravel(found.ic).astype(float))


@dataclass(frozen=True, eq=False)
class _Foreign:
    """A right-hand side rhs(x, t) of NumPy as flow(t, x)."""

    rhs: Callable[[np.ndarray, float], Any]

    def __call__(self, t: Any, x: np.ndarray, args: Any = None) -> np.ndarray:
        return np.asarray(self.rhs(x, t), np.float64)
