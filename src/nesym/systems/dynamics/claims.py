"""Claims about trained networks: the law, the state, and what blows up."""

from nesym.systems._scored import scored
from nesym.systems.dynamics.runs import AFTER, Runs
from nesym.systems.dynamics.scores import Forecast, ratio
from nesym.systems.dynamics.worlds import KINDS, NODE, PNDE, SNDE
from nesym.verify import Claim

# Re-evaluated from the authors' published weights, at their horizons.
PUBLISHED = {
    "two-body": "0.7 / 1.5e-3 at T = 100",
    "rigid-body": "6.2e-3 / 8.8e-5 at T = 400",
    "double-pendulum": "0.16 / 1.6e-2",
}


def early(runs: Runs) -> list[Claim]:
    """The two-body problem after few epochs: states at the horizon, and what is left of the law."""
    found = {kind: runs.forecast(kind) for kind in KINDS}
    where = f"two-body, {runs.early} epochs, T = {runs.world.horizon:g}"
    node, snde = found[NODE], found[SNDE]
    return [
        scored("S2a", f"{where}: state error at T, SNDE / NODE", "< 0.5", ratio(snde, node, "end"),
               baseline=_beside(found, "end"), required=True),
        scored("S2b", f"{where}: state error, mean over time, SNDE / NODE", "< 1", ratio(snde, node, "mean"),
               baseline=_beside(found, "mean")),
        scored("S2c", f"{where}: error of angular momentum, SNDE", "< 1e-2", snde.score("law"),
               baseline=f"PNDE {found[PNDE].score('law')}", published="1.5e-3 at T = 100", required=True),
        scored("S2d", f"{where}: error of angular momentum, NODE", "> 1e-1", node.score("law"),
               published="0.7 at T = 100", required=True),
    ]  # fmt: skip


def rival(runs: Runs, kind: str) -> Claim:
    """Another way to keep a law beside the stabilised network."""
    found = {kind: runs.forecast(kind), SNDE: runs.forecast(SNDE)}
    text = f"{runs.world.name}, {runs.early} epochs: state error at T = {runs.world.horizon:g}, {kind} / SNDE"
    beside = f"{_beside(found, 'end')}; laws: {_beside(found, 'law')}"
    return scored("S2e", text, "> 1", ratio(found[kind], found[SNDE], "end"), baseline=beside)


def converged(runs: Runs) -> list[Claim]:
    """After all epochs: how much better the law is kept, and whether training was over."""
    found = {kind: runs.forecast(kind) for kind in KINDS}
    where = f"two-body, {runs.world.epochs} epochs, T = {runs.world.horizon:g}"
    node, snde = found[NODE], found[SNDE]
    return [
        scored("S2f", f"{where}: error of angular momentum, NODE / SNDE", "> 30", ratio(node, snde, "law"),
               published=PUBLISHED["two-body"], baseline=_beside(found, "law"), required=True),
        scored("S2g", f"{where}: state error, mean over time, SNDE / NODE", "< 1", ratio(snde, node, "mean"),
               baseline=f"{_beside(found, 'mean')}; at T: {_beside(found, 'end')}", published="0.24 / 0.27 at T = 100"),
        Claim("S2h", f"{where}: fall of the validation loss in the last 50 epochs, mean over seeds", "< 0.1",
              runs.flatness(), n=len(KINDS) * node.found.sizes["member"]),
    ]  # fmt: skip


def beside(runs: Runs) -> list[Claim]:
    """A row of the table of systems: law and state of the stabilised network beside the plain and the projected one."""
    found = {kind: runs.forecast(kind) for kind in KINDS}
    name, where = runs.world.name, f"{runs.world.name} (gamma {runs.world.gamma:g}), T = {runs.world.horizon:g}"
    law, state = ratio(found[NODE], found[SNDE], "law"), ratio(found[SNDE], found[NODE], "mean")
    return [
        scored(f"S2 {name} law", f"{where}: error of the law at T, NODE / SNDE", "> 1", law,
               baseline=_beside(found, "law"), published=PUBLISHED.get(name)),
        scored(f"S2 {name} state", f"{where}: state error, mean over time, SNDE / NODE", "< 1", state,
               baseline=_beside(found, "mean")),
    ]  # fmt: skip


def many_constraints(runs: Runs, id: str, required: bool = True) -> list[Claim]:
    """Many constraints at once, to the tolerance of the solver, and no worse states for it."""
    found = {kind: runs.forecast(kind) for kind in (NODE, PNDE)}
    node, pnde, world = found[NODE], found[PNDE], runs.world
    where = f"{world.name}, T = {world.horizon:g}, tolerance {world.tolerance:g}"
    (kept, worst), (lost, _) = pnde.law_kept(), node.law_kept()
    law, state = "|g| of a projected network, mean over solutions, largest in time", "state error, mean over time"
    return [
        Claim(f"{id} law", f"{where}: {law}", "< 1e-6", kept, n=int((~pnde.blown).sum()), required=required,
              baseline=f"NODE {lost:.3g}; largest of any PNDE {worst:.3g}{_blown(found)}"),
        scored(f"{id} state", f"{where}: {state}, at most 10, PNDE / NODE", "<= 1", ratio(pnde, node, "all"),
               baseline=_beside(found, "all"), required=required),
    ]  # fmt: skip


def afterwards(runs: Runs, id: str) -> Claim:
    """A plain network projected after its training beside one projected in it: both keep the law."""
    found = {kind: runs.forecast(kind) for kind in (AFTER, PNDE, NODE)}
    text = f"{runs.world.name}, {runs.early} epochs, T = {runs.world.horizon:g}: state error, projected after / in training"
    return scored(id, text, ">= 1", ratio(found[AFTER], found[PNDE], "mean"), baseline=_beside(found, "mean"))


def _beside(found: dict[str, Forecast], which: str) -> str:
    """What each kind has, and how many of its solutions are in no mean."""
    return "; ".join(f"{kind} {one.score(which)}" for kind, one in found.items()) + _blown(found)


def _blown(found: dict[str, Forecast]) -> str:
    counts = {kind: int(one.blown.sum()) for kind, one in found.items() if one.blown.any()}
    total = next(iter(found.values())).blown.size
    return "" if not counts else f"; blew up: {', '.join(f'{kind} {n} of {total}' for kind, n in counts.items())}"
