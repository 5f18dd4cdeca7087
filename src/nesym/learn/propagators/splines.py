"""Two steps: a curve through the observations, then the law of its derivative."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.polynomials._basis import features
from nesym.learn.polynomials._monomials import count, largest_degree
from nesym.learn.propagators._one_step import FAR, Rule
from nesym.learn.propagators._protocol import check_trajectory
from nesym.learn.propagators._whitening import Whitening
from nesym.learn.propagators.neighbours import gaussian_process
from nesym.learn.propagators.polynomial import polynomial

ROUNDS = 100  # of thresholding


@dataclass(frozen=True, kw_only=True)
class TwoStep:
    """dx/dt = g(x) from pairs (s(t_i), s'(t_i)) of a cubic spline s of the observations, whitened.

    s minimises sum_i |x_i - s(t_i)|^2 + `smoothing` times the integral of |s''|^2 (0: it goes through all of them; None:
    chosen by generalised cross-validation; Craven and Wahba 1978, doi 10.1007/BF01404567). Forecasts take `substeps`
    Runge-Kutta steps of fourth order in each interval. The two-step methods of Schötz et al. 2024, arXiv 2407.20158.
    """

    smoothing: float | None = 0.0
    substeps: int = 10

    def __post_init__(self) -> None:
        if (self.smoothing is not None and not self.smoothing >= 0) or self.substeps < 1:
            raise InputError(f"{self} cannot be made.", "Give a smoothing from 0, or None, and at least one substep.")

    @abstractmethod
    def regression(self, states: np.ndarray, speeds: np.ndarray) -> Rule:
        """g from states (T, n) and their speeds (T, n)."""

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "Following":
        """The law learned from one trajectory; nothing is random."""
        times, states = check_trajectory(times, states, 5)
        frame = self.frame(states)
        curve, speed = smooth(times, frame.apply(states), self.smoothing)
        return Following(frame, self.regression(curve, speed), self.substeps)

    def frame(self, states: np.ndarray) -> Whitening:
        """The coordinates that the law is sought in."""
        return Whitening.of(states)


def smooth(times: np.ndarray, z: np.ndarray, smoothing: float | None) -> tuple[np.ndarray, np.ndarray]:
    """The spline of `TwoStep` and its derivative at its knots, both (T, n)."""
    from scipy.interpolate import CubicSpline, make_smoothing_spline

    if smoothing == 0:
        curves = [CubicSpline(times, z)]
    else:
        curves = [make_smoothing_spline(times, column, lam=smoothing) for column in z.T]
    parts = [np.stack([curve(times), curve.derivative()(times)]).reshape(2, len(times), -1) for curve in curves]
    value, speed = np.concatenate(parts, axis=-1)
    return value, speed


@dataclass(frozen=True, eq=False)
class Following:
    """A fitted law, followed from the end of a context."""

    frame: Whitening
    rule: Rule
    substeps: int

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """States (m, n); NaN from where they leave every bound."""
        steps = np.diff(np.concatenate([context_times[-1:], times])) / self.substeps
        x, f = self.frame.apply(context_states[-1]), self.rule
        found = np.full((len(times), len(x)), np.nan)
        with np.errstate(all="ignore"):
            for i, h in enumerate(steps):
                for _ in range(self.substeps):
                    k1 = f(x)
                    k2 = f(x + h / 2 * k1)
                    k3 = f(x + h / 2 * k2)
                    x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + f(x + h * k3))
                    if not (np.abs(x) < FAR).all():
                        return self.frame.invert(found)
                found[i] = x
        return self.frame.invert(found)


@dataclass(frozen=True, kw_only=True)
class SplinePolynomial(TwoStep):
    """g is a polynomial of total `degree`, by least squares with a `ridge` (Spline-Poly)."""

    degree: int = 2
    ridge: float = 0.0

    def regression(self, states: np.ndarray, speeds: np.ndarray) -> Rule:
        """The polynomial of the state."""
        check_degree(self.degree, states)
        return polynomial(states, speeds, self.degree, self.ridge)


@dataclass(frozen=True, kw_only=True)
class SplineProcess(TwoStep):
    """g is a Gaussian process of the nearest `neighbours`, as in `GaussianProcess` (Spline-Gp)."""

    neighbours: int = 50
    bandwidth: float = 1.0
    nugget: float = 1e-9
    substeps: int = 1

    def regression(self, states: np.ndarray, speeds: np.ndarray) -> Rule:
        """The posterior mean of the speed."""
        return gaussian_process(states, speeds, self.neighbours, self.bandwidth, self.nugget)


@dataclass(frozen=True, kw_only=True)
class SparseIdentification(TwoStep):
    """g is a polynomial of which terms below `threshold` are struck out and the others fitted again, in up to 100 rounds.

    SINDy: Brunton, Proctor and Kutz 2016, doi 10.1073/pnas.1517384113. States are divided by one number for all
    coordinates, so that the law stays sparse; with `rotate` they are whitened.
    """

    degree: int = 5
    threshold: float = 0.05
    rotate: bool = False

    def frame(self, states: np.ndarray) -> Whitening:
        """One scale for all coordinates, or whitened ones."""
        if self.rotate:
            return Whitening.of(states)
        size, one = float(np.sqrt(states.var(0).mean())), np.eye(states.shape[1])
        return Whitening(np.zeros(states.shape[1]), one / size, one * size)

    def regression(self, states: np.ndarray, speeds: np.ndarray) -> Rule:
        """The sparse polynomial."""
        check_degree(self.degree, states)
        shown = features(states, self.degree, "monomial").T
        triangle = np.linalg.qr(np.hstack([shown, speeds]), mode="r")  # says of any choice of terms what all data do
        shown, speeds = triangle[:, : shown.shape[1]], triangle[:, shown.shape[1] :]
        kept = np.ones((shown.shape[1], speeds.shape[1]), bool)
        for _ in range(ROUNDS):
            terms = np.zeros(kept.shape)
            for j, chosen in enumerate(kept.T):
                terms[chosen, j] = np.linalg.lstsq(shown[:, chosen], speeds[:, j], rcond=None)[0]
            large = np.abs(terms) >= self.threshold
            if (large == kept).all():
                break
            kept = large
        return lambda x: features(x[None], self.degree, "monomial").T[0] @ terms


def check_degree(degree: int, states: np.ndarray) -> None:
    """Raise `InputError`, with the largest possible degree, for more monomials than states."""
    samples, variables = states.shape
    if not isinstance(degree, int) or degree < 1 or count(variables, degree) > samples:
        raise InputError(
            f"Degree {degree!r} cannot be fitted to {samples} states.",
            f"Give a whole degree from 1 to {largest_degree(samples, variables)}.",
        )
