"""Constraints where they are used: outputs, vector fields under a solver, denoisers inside a sampler."""

from itertools import pairwise

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym._errors import ConstraintError
from nesym.constrain import Bounds, Budget, Kept, Manifold, on_denoiser, on_field, on_output
from nesym.fields import LogEps
from nesym.observe import Coarsen, Total

START = jnp.array([0.4, 0.0, 0.0, 2.0])  # Kepler, eccentricity 0.6, energy -1/2


def two_body(u, t):
    """Energy and angular momentum: u = (q1, q2, p1, p2)."""
    energy = 0.5 * (u[2] ** 2 + u[3] ** 2) - 1 / jnp.sqrt(u[0] ** 2 + u[1] ** 2)
    return jnp.stack([energy, u[0] * u[3] - u[1] * u[2]])


def kepler(t, u, args):
    return jnp.concatenate([u[2:], -u[:2] / (u[0] ** 2 + u[1] ** 2) ** 1.5])


def network(key: int):
    """An untrained vector field: nothing in it knows of energy or angular momentum."""
    mlp = eqx.nn.MLP(4, 4, 64, 2, jnp.tanh, key=jax.random.key(key))
    return lambda t, u, args: mlp(u)


@eqx.filter_jit
def solve(field, start, end, tolerance, args):
    """A path of 21 states by Diffrax, at a tolerance that is traced: one program serves all of them."""
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        diffrax.Tsit5(),
        0.0,
        end,
        None,
        start,
        args,
        saveat=diffrax.SaveAt(ts=jnp.linspace(0.0, end, 21)),
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
        max_steps=100_000,
    )
    return solution.ys


def runge_kutta(field, start, end, steps, args=None):
    """The states of the classical method of fourth order at its steps, the start included."""
    dt = end / steps

    def step(x, t):
        a = field(t, x, args)
        b = field(t + dt / 2, x + dt / 2 * a, args)
        c = field(t + dt / 2, x + dt / 2 * b, args)
        d = field(t + dt, x + dt * c, args)
        return x + dt / 6 * (a + 2 * b + 2 * c + d), x

    last, path = jax.jit(lambda x: jax.lax.scan(step, x, dt * jnp.arange(steps)))(start)
    return jnp.concatenate([path, last[None]])


def test_an_untrained_network_keeps_its_invariants_to_the_tolerance_of_the_solver():
    f, c = network(0), Manifold(two_body)
    projected = on_field(f, c)
    either = lambda t, u, held: jnp.where(held, projected(t, u), f(t, u, None))  # noqa: E731

    def drift(tolerance, held):
        path = solve(either, START, 20.0, jnp.asarray(tolerance), jnp.asarray(held))
        values = np.stack([two_body(u, 0.0) for u in np.asarray(path)])
        return np.abs(values - values[0]).max()

    assert drift(1e-10, True) < 5e-10
    assert drift(1e-6, True) > 100 * drift(1e-9, True)
    assert drift(1e-6, False) > 1.0


def test_a_stabilised_field_returns_to_the_manifold_exponentially():
    c, away = Manifold(two_body), START + jnp.array([0.01, -0.02, 0.02, 0.01])
    kept = c.reference(START)
    first = np.linalg.norm(c.residual(away, kept))
    for gamma in (1.0, 5.0):
        left = c.residual(runge_kutta(on_field(kepler, c, gamma).at(START), away, 1.0, 2000)[-1], kept)
        np.testing.assert_allclose(np.linalg.norm(left) / first, np.exp(-gamma), rtol=1e-6)


@pytest.mark.parametrize("mode", ["pinv", "transpose"])
def test_on_the_manifold_a_stabilised_field_is_the_field_itself(mode):
    field = on_field(network(2), Manifold(two_body), 8.0, mode).at(START)
    on = jax.jit(lambda u: field(0.0, u) - network(2)(0.0, u, None))
    np.testing.assert_allclose(on(START), 0, atol=1e-12)


def test_off_the_manifold_the_two_modes_pull_as_they_say():
    c, away = Manifold(two_body), START + 0.1
    g, jacobian = np.asarray(c.residual(away, c.reference(START))), jax.jit(jax.jacfwd(two_body))(away, 0.0)
    still = lambda t, u, args: jnp.zeros(4)  # noqa: E731
    for mode, back in (("pinv", np.linalg.pinv(jacobian) @ g), ("transpose", np.asarray(jacobian).T @ g)):
        field = on_field(still, c, 3.0, mode).at(START)
        np.testing.assert_allclose(jax.jit(lambda u, f=field: f(0.0, u))(away), -3.0 * back, rtol=1e-11)


def test_a_wrong_field_settles_at_a_residual_of_one_over_gamma():
    c = Manifold(lambda u, t: 0.5 * jnp.sum(u * u))
    outwards, start = lambda t, u, args: u + jnp.stack([-u[1], u[0]]), jnp.array([1.0, 0.0])
    for gamma in (40.0, 160.0):
        last = runge_kutta(on_field(outwards, c, gamma).at(start), start, 1.0, 1000)[-1]
        # Here G f = |u|^2 = 1 + 2 g, so that g = 1 / (gamma - 2) once it stands.
        np.testing.assert_allclose(c.residual(last, 0.5), 1 / (gamma - 2), rtol=1e-6)


def test_a_reference_may_come_with_the_arguments_of_each_trajectory():
    c, starts = Manifold(two_body), jnp.stack([START, START * 1.1])
    spun = on_field(lambda t, u, args: args * kepler(t, u, None), c, 8.0)
    refs = jax.vmap(c.reference)(starts)
    kept = jax.jit(jax.vmap(lambda u, ref: spun(0.0, u, Kept(ref, 2.0))))(starts, refs)
    np.testing.assert_allclose(kept, [2.0 * kepler(0.0, u, None) for u in starts], atol=1e-12)


def test_a_moving_constraint_is_followed():
    """Three links whose end follows p(t) = (-sin(2 pi t) / (2 pi), 0) from where it starts, at rest otherwise."""

    def end(angles, t):
        lag = jnp.stack([jnp.sin(2 * jnp.pi * t) / (2 * jnp.pi), 0.0 * t])
        return jnp.stack([jnp.cos(angles).sum(), jnp.sin(angles).sum()]) + lag

    start = jnp.array([0.9, -0.9, 0.9])
    path = runge_kutta(on_field(lambda t, x, args: jnp.zeros(3), Manifold(end)), start, 1.0, 400)
    errors = jax.vmap(end)(path, jnp.linspace(0.0, 1.0, 401)) - end(start, jnp.asarray(0.0))
    assert jnp.abs(errors).max() < 1e-9


def test_a_budget_on_a_field_is_exact_under_any_solver():
    x0 = jnp.asarray(np.random.default_rng(0).standard_normal((8, 8)))
    field = on_field(lambda t, x, args: jnp.sin(3.0 * x) + x[::-1], Budget(Coarsen(4), "shift"))
    path = np.asarray(runge_kutta(field, x0, 1.0, 5))
    np.testing.assert_allclose(Coarsen(4)(path), np.broadcast_to(Coarsen(4)(x0), (6, 2, 2)), atol=1e-14)


def test_an_operator_keeps_mass():
    weights = jax.random.normal(jax.random.key(1), (2, 33, 64, 33)) / 8

    @jax.jit
    def operator(x):
        """One layer of an untrained Fourier neural operator."""
        modes = jnp.fft.rfft2(x)[..., :33]
        return x + jnp.tanh(jnp.fft.irfft2(modes * (weights[0, 0] + 1j * weights[1, 0]), x.shape[-2:]))

    fields = jnp.abs(jax.random.normal(jax.random.key(2), (16, 64, 64))) + 0.1
    areas = np.cos(np.deg2rad(np.linspace(-87, 87, 64)))[:, None]
    for total in (Total(), Total(areas), Total(areas, mean=True)):
        mass = np.asarray(total(fields))
        kept = total(on_output(operator, Budget(total, "shift"))(fields))
        assert np.abs(np.asarray(kept) / mass - 1).max() <= 1e-15
        assert np.abs(np.asarray(total(operator(fields))) / mass - 1).max() > 1e-3


def heun(denoiser, noise, steps=18, smallest=0.002, largest=80.0, rho=7.0):
    """The deterministic sampler of Karras et al. 2022, algorithm 1; sigma = 0 last."""
    ramp = np.linspace(0.0, 1.0, steps)
    sigmas = (largest ** (1 / rho) + ramp * (smallest ** (1 / rho) - largest ** (1 / rho))) ** rho
    x, sigmas = noise * sigmas[0], np.append(sigmas, 0.0)
    for now, then in pairwise(sigmas):
        slope = (x - denoiser(x, now)) / now
        after = x + (then - now) * slope
        if then > 0:
            slope = (slope + (after - denoiser(after, then)) / then) / 2
            after = x + (then - now) * slope
        x = after
    return x


def gaussian(x, sigma):
    """The exact denoiser of white noise with mean 1 and variance 1/4."""
    return (x * 0.25 + 1.0 * sigma**2) / (0.25 + sigma**2)


class LogTransform:
    """z = ln(x + 1e-4) - ln(1e-4)."""

    def __call__(self, x):
        return jnp.log(x + 1e-4) - jnp.log(1e-4)

    def inverse(self, z):
        return jnp.exp(z + jnp.log(1e-4)) - 1e-4


COARSE = np.random.default_rng(3).gamma(2.0, 0.5, (4, 4))
NOISE = np.random.default_rng(4).standard_normal((5, 32, 32))


def test_a_sampler_keeps_block_means():
    denoiser = on_denoiser(gaussian, Budget(Coarsen(8), "shift")).keep(COARSE)
    sample = jax.jit(lambda noise: heun(denoiser, noise))(NOISE)
    np.testing.assert_allclose(Coarsen(8)(np.asarray(sample)), np.broadcast_to(COARSE, (5, 4, 4)), rtol=1e-15)
    # What is left free is as it was: the deviations from block means keep the variance of the model.
    deviation = np.asarray(sample) - np.asarray(Coarsen(8).lift(Coarsen(8)(sample)))
    assert deviation.std() == pytest.approx(0.5, rel=0.05)
    free = Coarsen(8)(np.asarray(jax.jit(lambda noise: heun(gaussian, noise))(NOISE)))
    assert np.abs(free / COARSE - 1).max() > 0.1


def test_a_sampler_keeps_block_means_in_physical_space_through_a_transform():
    denoiser = on_denoiser(lambda z, s: 8.0 * gaussian(z / 8.0, s / 8.0), Budget(Coarsen(8)), LogTransform())
    sample = LogTransform().inverse(jax.jit(lambda noise: heun(denoiser.keep(COARSE), noise))(NOISE))
    assert sample.min() >= -1e-16
    np.testing.assert_allclose(Coarsen(8)(np.asarray(sample)), np.broadcast_to(COARSE, (5, 4, 4)), rtol=1e-13)


def test_a_transform_with_units_is_taken_as_it_is():
    """Transforms of physical quantities ask for units; inside a sampler they are their own."""
    transform, blank = LogEps(eps=0.1, units="mm h-1"), jnp.zeros((16, 16))
    kept = on_denoiser(lambda z, s: z, Budget(Coarsen(4)), transform).keep(jnp.full((4, 4), 2.0))
    assert np.allclose(transform.inverse(kept(blank, 1.0)), 2.0)


def test_an_output_keeps_what_its_input_has():
    x = np.random.default_rng(5).gamma(2.0, 0.5, (3, 16, 16))
    generator = on_output(lambda x: np.sqrt(x), Budget(Total(mean=True)))
    np.testing.assert_allclose(generator(x).mean((-2, -1)), x.mean((-2, -1)), rtol=1e-14)
    np.testing.assert_allclose(generator(x, ref=2.0).mean((-2, -1)), 2.0, rtol=1e-14)
    np.testing.assert_allclose(generator.at(x[0])(x).mean((-2, -1)), x[0].mean(), rtol=1e-14)


def test_an_output_may_have_its_reference_for_an_input():
    coarse = np.random.default_rng(6).gamma(2.0, 0.5, (3, 4, 4))
    refine = on_output(lambda x, key: Coarsen(4).lift(x) + key, Budget(Coarsen(4)), reference=lambda x: x)
    np.testing.assert_allclose(Coarsen(4)(refine(coarse, 1.0)), coarse, rtol=1e-14)


def test_bounds_hold_on_outputs():
    np.testing.assert_array_equal(on_output(np.negative, Bounds(0.0))(np.array([1.0, -2.0])), [0.0, 2.0])


def test_a_constrained_network_is_trained_through_its_constraint():
    c, x = Budget(Coarsen(4)), jnp.asarray(np.random.default_rng(7).gamma(2.0, 0.5, (8, 8)))
    loss = lambda a: jnp.sum((on_output(lambda x: x**a, c)(x) - x**1.5) ** 2)  # noqa: E731
    gradient, step = jax.jit(jax.grad(loss))(0.8), 1e-5
    np.testing.assert_allclose(gradient, (loss(0.8 + step) - loss(0.8 - step)) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: on_field(kepler, Bounds(0.0)), "on_output"),
        (lambda: on_field(kepler, Bounds(0.0), 1.0), "on_output"),
        (lambda: on_field(kepler, Manifold(two_body), 1.0, "inverse"), '"pinv"'),
        (lambda: on_field(kepler, Manifold(two_body), -1.0), "positive rate"),
        (lambda: on_field(kepler, Manifold(two_body), 1.0)(0.0, START, None), "constraint.reference(x0)"),
        (lambda: on_denoiser(gaussian, Budget(Coarsen(8)), np.log), "method `inverse`"),
        (lambda: on_denoiser(gaussian, Budget(Coarsen(8)))(NOISE, 1.0), "constraint.reference(x0)"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(make, words):
    with pytest.raises(ConstraintError) as refused:
        make()
    assert words in refused.value.remedy
