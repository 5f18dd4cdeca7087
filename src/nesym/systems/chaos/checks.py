"""The claims of the chaos benchmark, from its rows."""

from collections.abc import Mapping, Sequence

import numpy as np

from nesym.learn.benchmark._results import Result
from nesym.learn.benchmark.runs import Job, told
from nesym.learn.benchmark.tables import mean_errors, mean_score, rank_scores
from nesym.systems._scored import scored
from nesym.systems.chaos.data import solved, standard, task
from nesym.verify import Claim, Score
from nesym.verify.cme import cumulative_maximum_error

# Mean CME of the polynomials of the increment with n = 10,000. Errors of single repetitions differ by factors of a hundred,
# so as many are run as were published.
PUBLISHED = {1: 0.987, 2: 0.723, 3: 0.316, 4: 2.1e-2, 5: 1.5e-4, 6: 6.9e-6}
AS_PUBLISHED = 100
SLACK = {p: 2.0 for p in range(1, 6)} | {6: 4.0}
RANKED = ("ConstMean", "Analogue", "LinPo2", "LinPo5", "LinPo6", "LinD", "RaFeD", "GpD", "SpPo", "Sindy")
NEXT = 4  # methods named beside the best
Deep = Mapping[str, tuple[list[Result], Sequence[Mapping[str, float]]] | None]


def polynomial_jobs(key: int) -> list[Job]:
    """The polynomials of the increment of degree 1 to 6: nothing of them is tuned or random."""
    names, numbers = [f"LinPo{p}" for p in PUBLISHED], tuple(range(1, AS_PUBLISHED + 1))
    return [Job("lorenz63std", "even-exact", name, numbers, (), 1.0, key=key) for name in names]


def true_solver(key: int) -> list[Result]:
    """Rows of the true solver, which begins from the last stored state."""
    found = []
    for number in range(1, AS_PUBLISHED + 1):
        each = task("lorenz63std", "even-exact", number, key)
        true = solved(standard(), each.states[-1], np.concatenate([each.times[-1:], each.ahead]))[1:]
        found.append(Result(**told(true, each, "true solver")))
    return found


def published(results: Sequence[Result], solver: Sequence[Result]) -> list[Claim]:
    """Whether the polynomials err as much as was published, and the last as little as the stored decimals allow."""
    found, rows = [], _methods(results)
    for p, value in PUBLISHED.items():
        score, slack = _cme(rows[f"LinPo{p}"]), SLACK[p]
        asked = f"in [{value / slack:.4g}, {value * slack:.4g}]"
        text = f"CME of the increment polynomial of degree {p}, n = 10,000, 8 decimals, within a factor {slack:g}"
        found.append(scored(f"B1.{p}", text, asked, score, published=value, required=True))
    limit = _cme(solver)
    ratio = _cme(rows["LinPo6"]).value / limit.value
    said = "degree 6 reaches the limit of the stored decimals: its CME over that of the true solver"
    found.append(
        Claim(
            "B1.limit",
            said,
            "in [0.5, 4]",
            ratio,
            published=2.6,
            baseline=f"true solver {limit}",
            n=limit.n,
            required=True,
        )
    )
    return found


def metric(key: int) -> list[Claim]:
    """What the score must be of forecasts that are known."""
    each = task("lorenz63std", "even-exact", 1, key)
    x, rng = each.truth, np.random.default_rng(key)
    cme, mean = cumulative_maximum_error, np.tile(x.mean(0), (len(x), 1))
    off = x + np.cumsum(rng.normal(size=x.shape), 0) * 0.05
    moved = abs(cme(1e3 * off + 7.0, 1e3 * x + 7.0) / cme(off, x) - 1)
    worse = [float(cme(x + c * (off - x), x)) for c in (0.25, 0.5, 1.0, 2.0, 4.0)]
    nothing = cme(np.full_like(x, np.nan), x)
    facts = (
        ("B3.truth", "CME of the truth", "== 0", cme(x, x)),
        ("B3.mean", "CME of the mean of the truth", "in [0.95, 1]", cme(mean, x)),
        ("B3.nan", "CME of a forecast of NaN", "== 1", nothing),
        ("B3.invariant", "relative change of a CME when all is shifted and scaled", "<= 1e-10", moved),
        ("B3.monotone", "smallest rise of the CME when errors double", "> 0", np.diff(worse).min()),
    )
    return [Claim(id, text, asked, float(value), required=True) for id, text, asked, value in facts]


def noisy_jobs(numbers: Sequence[int], key: int) -> list[Job]:
    """What is ranked with noise of 0.1."""
    return [Job("lorenz63std", "even-noisy", name, tuple(numbers), seconds=20.0, key=key) for name in RANKED]


def simple_against_deep(results: Sequence[Result], deep: Deep) -> list[Claim]:
    """The best polynomial without noise, and the networks beside it."""
    best = min((_cme(own) for own in _methods(results).values()), key=lambda score: score.value)
    found = [scored("B2.simple", "best polynomial on Lorenz-63 without noise, CME", "< 1e-4", best, required=True)]
    for kind, result in deep.items():
        text = f"{kind} after at least 10 minutes of processor time, CME without noise; whichever wins"
        if result is None:
            why = "not trained: --train, ten minutes of processor time"
            found.append(Claim(f"B2.{kind.lower()}", text, None, reason=why))
            continue
        own, curve = result
        said = f"{text}. Error of one step: {summary(curve)}"
        found.append(scored(f"B2.{kind.lower()}", said, None, _cme(own), baseline=f"polynomial {best}"))
    return found


def noise(rows: Sequence[Result], deep: Deep) -> list[Claim]:
    """The ranking with noise of 0.1: each method's CME, networks that were trained on it among them, and that of the best."""
    trained = [row for result in deep.values() if result is not None for row in result[0]]
    scores = {name: _cme(own) for name, own in _methods([*rows, *trained]).items()}
    order = sorted(scores, key=lambda name: scores[name].value)
    said = "; ".join(f"{name} {scores[name]}" for name in order)
    text = f"CME of the best method with noise of 0.1; the ranking: {said}"
    return [
        scored("B2.noise", text, "> 0.3", scores[order[0]], baseline=f"{order[1]} {scores[order[1]]}", required=True)
    ]


def ranks(rows: Sequence[Result], budget: str, key: int) -> list[Claim]:
    """The mean rank of the best method over systems under each scheme, and how many systems there were."""
    found = []
    for scheme in dict.fromkeys(row.scheme for row in rows):
        own = [row for row in rows if row.scheme == scheme]
        ranked = rank_scores(mean_errors(own), key)
        order = sorted(ranked, key=lambda name: ranked[name].value)
        best, *others = (f"{name} {ranked[name]}" for name in order)
        failed = sum(bool(row.reason) for row in own)
        text = f"{budget} budget, {scheme}: mean rank of the best of {len(order)} methods over {_systems(own)} systems: {best}"
        text += f"; {failed} of {len(own)} rows failed or ended early"
        found.append(scored(f"B4.{scheme}", text, None, ranked[order[0]], "; ".join(others[:NEXT])))
    systems, text = _systems(rows), "systems of the full budget, every method"
    if budget == "full":
        return [*found, Claim("B4.full", text, ">= 20", float(systems), n=systems)]
    return [*found, Claim("B4.full", text, ">= 20", reason=f"not measured: {systems} systems were run; --budget full")]


def _systems(rows: Sequence[Result]) -> int:
    return len({row.system for row in rows})


def _methods(rows: Sequence[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for row in rows:
        found.setdefault(row.method, []).append(row)
    return found


def _cme(rows: Sequence[Result]) -> Score:
    return mean_score([row.cme for row in rows])


def summary(curve: Sequence[Mapping[str, float]], rows: int = 12) -> str:
    """A learning curve as text: so many looks at equal distances in processor time, and the best."""
    seconds = np.array([row["cpu_seconds"] for row in curve])
    wanted = np.linspace(seconds[0], seconds[-1], rows)
    places = np.unique(np.searchsorted(seconds, wanted).clip(0, len(curve) - 1))
    said = [f"{seconds[i] / 60:.1f} min {curve[i]['validation']:.1e}" for i in places]
    return "; ".join(said)
