"""A large random recurrent network of which the readout alone is learned."""

from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.propagators._one_step import FAR, UNEVEN_STATE
from nesym.learn.propagators._protocol import Target, check_trajectory, even_step
from nesym.learn.propagators._ridge import ridge
from nesym.learn.propagators._whitening import Whitening


@dataclass(frozen=True, kw_only=True)
class EchoState:
    """r_i = tanh(W_in [1; z_i] + W r_(i-1)), z_(i+1) = C [1; r_i], or z_i + h_i C [1; r_i] for `target` "increment".

    `nodes` numbers r, W with `links` entries in each row and spectral `radius`, W_in ~ `scale` N(0, 1), C by least squares
    with a `ridge`; the first `settling` states only fill the memory. Jaeger 2001 (GMD report 148); EsnS and EsnD of
    Schötz et al. 2024, arXiv 2407.20158.
    """

    target: Target = "increment"
    nodes: int = 400
    links: int = 6
    radius: float = 0.1
    scale: float = 0.1
    ridge: float = 1e-9
    settling: int = 100

    def __post_init__(self) -> None:
        positive = self.radius > 0 and self.scale > 0 and self.ridge >= 0 and min(self.nodes, self.links) >= 1
        if self.target not in ("state", "increment") or not positive or self.links > self.nodes or self.settling < 0:
            raise InputError(f"{self} cannot be made.", "Give positive numbers, and no more links than nodes.")

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "Echo":
        """The readout learned from one trajectory."""
        times, states = check_trajectory(times, states, self.settling + 3)
        even_step(times, "EchoState", 'Use a rule without memory, such as RandomFeatures(target="increment").')
        frame, rng = Whitening.of(states), np.random.default_rng(key)
        z, steps = frame.apply(states), np.diff(times)
        echo = Echo(self, frame, self._drawn(rng), self.scale * rng.normal(size=(z.shape[1] + 1, self.nodes)), steps[0])
        outputs = z[1:] if self.target == "state" else np.diff(z, axis=0) / steps[:, None]
        memory = echo.listened(z[:-1])
        shown = np.concatenate([np.ones((len(memory), 1)), memory], axis=1)
        object.__setattr__(echo, "readout", ridge(shown[self.settling :], outputs[self.settling :], self.ridge))
        return echo

    def _drawn(self, rng: np.random.Generator) -> np.ndarray:
        """W: (nodes, nodes), of the wanted radius."""
        matrix = np.zeros((self.nodes, self.nodes))
        for row in matrix:
            row[rng.choice(self.nodes, self.links, replace=False)] = rng.normal(size=self.links)
        return matrix * (self.radius / np.abs(np.linalg.eigvals(matrix)).max())


@dataclass(frozen=True, eq=False)
class Echo:
    """A fitted reservoir: `matrix` W, `inward` W_in and the `readout` C."""

    method: EchoState
    frame: Whitening
    matrix: np.ndarray
    inward: np.ndarray
    step: float
    readout: np.ndarray | None = None

    def listened(self, z: np.ndarray) -> np.ndarray:
        """r after each of the states z (T, n), from an empty memory: (T, nodes)."""
        from scipy.sparse import csr_array

        links, told = csr_array(self.matrix), self.inward[0] + z @ self.inward[1:]
        found, r = np.empty_like(told), np.zeros(self.method.nodes)
        for i, each in enumerate(told):
            r = found[i] = np.tanh(each + links @ r)
        return found

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """States (m, n), after the reservoir has listened to the context; NaN from where they leave every bound."""
        from scipy.sparse import csr_array

        steps = np.diff(np.concatenate([context_times[-1:], times]))
        if not np.allclose(steps, self.step):
            raise InputError(f"A forecast in steps of {self.step:.4g} was expected.", UNEVEN_STATE)
        z = self.frame.apply(context_states[-max(self.method.settling, 1) :])
        links, r, now = csr_array(self.matrix), self.listened(z)[-1], z[-1]
        found = np.full((len(times), len(now)), np.nan)
        for i, h in enumerate(steps):
            told = self.readout[0] + r @ self.readout[1:]
            now = told if self.method.target == "state" else now + h * told
            if not (np.abs(now) < FAR).all():
                break
            found[i] = now
            r = np.tanh(self.inward[0] + now @ self.inward[1:] + links @ r)
        return self.frame.invert(found)
