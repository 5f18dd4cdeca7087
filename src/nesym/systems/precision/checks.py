"""What is asked of polynomial propagators: how long they follow the truth, in which precision, from how many samples."""

from dataclasses import replace

from nesym.learn.benchmark.tables import mean_score
from nesym.learn.polynomials.polynomial import PolynomialPropagator
from nesym.physics.lorenz63 import Lorenz63
from nesym.physics.lorenz96 import Lorenz96
from nesym.physics.thomas import Thomas
from nesym.systems._scored import scored
from nesym.systems.precision.windows import Tell, Window, one_step, valid_times
from nesym.verify import Claim, Score

BITS, SEEDS = 512, 11
SHORT = Window(Lorenz63(), 1024, 2.0**-6, 50.0, BITS)
LONG = replace(SHORT, samples=4096)
ONE_STEP = Window(Lorenz63(), 2048, 2.0**-10, 100.0, BITS, stored=None)
FAR = replace(ONE_STEP, ahead=300.0)
SINGLE_WAVES = Window(Lorenz96(5), 4096, 2.0**-5, 50.0, 24)
WAVES = Window(Lorenz96(5), 8192, 2.0**-5, 50.0, 53, "float32")
LABYRINTH = Window(Thomas(), 4096, 2.0**-2, 3000.0, BITS)
ASKED, BEYOND = 12, 16  # degrees for Thomas' flow: 17 and 18 gain 0.1 and 0.4 Lyapunov times on the seeds of key 100
WITNESSES = 50  # states at which one step is judged
LENGTH = "Lyapunov times predicted"
FULL = "measured with --budget full"


def double(degree: int) -> PolynomialPropagator:
    """Orthogonal triangularisation in double precision, the default."""
    return PolynomialPropagator(degree)


def precise(degree: int) -> PolynomialPropagator:
    """The published learner."""
    return PolynomialPropagator(degree, target="state", precision=BITS)


def normal(degree: int) -> PolynomialPropagator:
    """The published learner in double precision: normal equations of monomials of whitened states."""
    return PolynomialPropagator(degree, target="state", basis="monomial", solver="normal")


def lengths(window: Window, degree: int, methods: dict, seeds: int, key: int, tell: Tell) -> dict[str, Score]:
    """Mean valid times of methods of one degree."""
    found = valid_times(window, {name: method(degree) for name, method in methods.items()}, seeds, key, tell)
    return {name: mean_score(times, key) for name, times in found.items()}


def beside(score: Score, what: str) -> str:
    """A rival on the same data."""
    return f"{score.value:.1f}: {what}"


def short(key: int, tell: Tell) -> list[Claim]:
    """512-bit data stored as doubles, 16 time units of them."""
    found = lengths(SHORT, 9, {"512 bit": precise, "QR": double}, SEEDS, key, tell)
    text, rival = f"Lorenz-63 512/64/512, n = 1024, h = 2^-6, p = 9: {LENGTH}", beside(found["QR"], "QR in doubles")
    return [scored("M1a", text, "in [28, 32]", found["512 bit"], rival, published="29.9 (100 seeds)", required=True)]


def long(key: int, tell: Tell) -> list[Claim]:
    """64 time units of the same, and what double precision makes of them."""
    found = lengths(LONG, 10, {"512 bit": precise, "QR": double, "normal": normal}, SEEDS, key, tell)
    text = "Lorenz-63 512/64/{}, n = 4096, h = 2^-6, p = 10: " + LENGTH
    rivals = beside(found["QR"], "QR in doubles"), beside(found["normal"], "normal equations in doubles")
    told = {"published": "35.1 (100 seeds)", "required": True}, {"published": "21.1, best n, h and p", "required": True}
    return [
        scored("M1b", text.format("512"), "in [33, 37]", found["512 bit"], rivals[0], **told[0]),
        scored("M2a", text.format("64, QR"), ">= 31", found["QR"], rivals[1], **told[1]),
    ]


def in_doubles(key: int, tell: Tell) -> list[Claim]:
    """The truth in double precision as well: its own rounding limits how far it can be followed."""
    found = lengths(replace(LONG, system=53), 10, {"QR": double, "normal": normal}, SEEDS, key, tell)
    text = f"Lorenz-63 64/64/64, QR, n = 4096, h = 2^-6, p = 10: {LENGTH}"
    rival = beside(found["normal"], "normal equations in doubles")
    return [scored("M2b", text, ">= 31", found["QR"], rival, published="21.5, best n, h and p")]


def one_runge_kutta_step(key: int, tell: Tell, seeds: int) -> list[Claim]:
    """Samples one step of the integrator apart: the map to be learned is itself a polynomial, of degree 8."""
    found = valid_times(ONE_STEP, {"512 bit": precise(8)}, seeds, key, tell)["512 bit"]
    short_window = replace(ONE_STEP, ahead=1.0)
    errors = {p: one_step(precise(p), short_window, key, WITNESSES) for p in (7, 8)}
    text = "Lorenz-63 512/512/512, n = 2048, h = 2^-10, p = 8 (degenerate: one Runge-Kutta step has degree 8)"
    least = f"{text}: fewest {LENGTH} of any seed, of at most {ONE_STEP.longest:.1f}"
    steps, told = "the same: error of one step, p = 8 over p = 7", f"{errors[8]:.1e} and {errors[7]:.1e}"
    return [
        Claim("M3a", least, ">= 90", float(found.min()), "212.7 (mean of 100 seeds)", n=seeds, required=True),
        Claim("M3b", steps, "< 1e-50", errors[8] / errors[7], baseline=told, n=WITNESSES),
    ]


def far(key: int, tell: Tell, measured: bool) -> list[Claim]:
    """The same, followed to its end."""
    id, asked, published = "M3c", "> 200", "212.7 (100 seeds)"
    text = f"Lorenz-63 512/512/512, n = 2048, h = 2^-10, p = 8, degenerate: {LENGTH}, of at most {FAR.longest:.0f}"
    if not measured:
        return [Claim(id, text, asked, published=published, reason=FULL)]
    score = lengths(FAR, 8, {"512 bit": precise}, SEEDS, key, tell)["512 bit"]
    return [scored(id, text, asked, score, published=published, required=True)]


def waves(key: int, tell: Tell, single: bool, seeds: int) -> list[Claim]:
    """Lorenz-96 with five numbers, in single precision (`single`), or stored in it."""
    window, degree = (SINGLE_WAVES, 7) if single else (WAVES, 8)
    found = lengths(window, degree, {"QR": double, "normal": normal}, seeds, key, tell)
    code, asked = ("32/64/64", "in [10.8, 13.2]") if single else ("64/32/64", "in [13, 16]")
    text = f"Lorenz-96, 5 numbers, {code}, n = {window.samples}, h = 2^-5, p = {degree}: {LENGTH}"
    published = "12.0 (100 seeds)" if single else "14.5 (100 seeds)"
    rival = beside(found["normal"], "normal equations in doubles")
    return [scored("M4a" if single else "M4b", text, asked, found["QR"], rival, published=published, required=True)]


def labyrinth(key: int, tell: Tell, measured: bool, degree: int) -> list[Claim]:
    """Thomas' flow, which is no polynomial: the highest degree asked for, and the one from which more does not help."""
    id, asked, published = "M4d" if degree == BEYOND else "M4c", "in [14, 19]", "16.4 (100 seeds), best p"
    text = f"Thomas 512/64/512, n = 4096, h = 2^-2, p = {degree}: {LENGTH}"
    if not measured:
        return [Claim(id, text, asked, published=published, reason=FULL)]
    found = lengths(LABYRINTH, degree, {"512 bit": precise, "QR": double}, SEEDS, key, tell)
    return [scored(id, text, asked, found["512 bit"], beside(found["QR"], "QR in doubles"), published=published)]
