"""The one training loop: any model, loss and optax optimiser; killed at any moment, it goes on exactly."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh

from nesym._errors import InputError
from nesym._typing import Path
from nesym.train._arguments import check_arguments
from nesym.train.checkpoint import Checkpoints, Found
from nesym.train.fingerprint import fingerprint
from nesym.train.outcome import Fitted, Reason
from nesym.train.placement import samples
from nesym.train.program import Program, State
from nesym.train.runlog import Pace, RunLog, in_words

Loss = Callable[[Any, Any, jax.Array], tuple[jax.Array, dict[str, jax.Array]]]
Batches = Callable[[int, int], Any]
Progress = Callable[[float, str], None]
Watch = Callable[[int, Any], None]
Until = Callable[[Any], bool]
# Seconds between two calls of `progress`.
REFRESH = 0.2


def fit(
    model: Any,
    loss: Loss,
    batches: Batches,
    *,
    optimiser: optax.GradientTransformation,
    steps: int,
    key: int,
    ema: float | None = 0.999,
    clip: float | None = 1.0,
    checkpoint: Path | None = None,
    every: int = 500,
    log: Path | None = None,
    log_every: int = 50,
    progress: Progress | None = None,
    guard: bool = True,
    mesh: Mesh | None = None,
    config: Mapping[str, Any] | None = None,
    carry: Any = None,
    watch: Watch | None = None,
    until: Until | None = None,
) -> Fitted:
    """Take `steps` optimiser steps. Step n = 1, 2, ... with batch b_n = batches(n - 1, key) and a JAX key k_n is

        g = d/dp loss(model(p), b_n, k_n)[0],   g <- g min(1, clip / |g|),   p <- p + optimiser(g, p),
        q <- e q + (1 - e) p,   e = min(ema, (1 + n) / (10 + n))

    with p the floating-point and complex arrays of `model` (keep constants as Python numbers or integers), |g| their
    global norm (Pascanu et al. 2013, arXiv 1211.5063), and q the running average that `ema_model` holds (Polyak and
    Juditsky 1992; the ramp of e, which forgets the first parameters, is that of TensorFlow's ExponentialMovingAverage).

    `loss(model, batch, key)` returns a real number and a dict of numbers to be logged. It is compiled; one that needs
    arrays (a teacher) should be an `eqx.Module` or a `jax.tree_util.Partial` that holds them. `batches(step, key)`
    returns arrays of any structure, samples along the first axis, and depends on its two integers alone, as `Fields`
    does; what the loss must know of the step goes into the batch. Adversaries are one model of two networks and one
    loss that stops gradients, with `optax.partition` for their two optimisers. A loss with a memory is given `carry`,
    arrays of any structure, as a fourth argument and returns what the next step is given as a third result. Schedules
    are optax's, for instance `optax.adamw(optax.warmup_cosine_decay_schedule(0.0, 1e-3, warmup_steps=500, decay_steps=steps))`.

    `checkpoint` is a folder of this run alone, where the state is kept every `every` steps and at the end. The same
    call goes on from the newest one, to the same bits as a run that was never stopped (on an accelerator: if its
    operations are deterministic), or to more `steps`. It is refused if the configuration differs: `key`, `ema`, `clip`,
    what can be read of model, loss, batches and optimiser, and `config`, which should hold what their closures hide.

    `log` is the file of JSON rows, one for `log_every` steps with the means over them, by default `log.jsonl` in
    `checkpoint`; what an earlier run left there is replaced. `progress(fraction, text)` is called a few times a second,
    and `watch(step, model)`, with the averaged model, every `every` steps just before the state is kept: a run that is
    taken up again has been watched up to there. The arrays of that model are used again: copy what is to last.
    `until(carry)` is asked as often, of what the loss has handed on: once it is true, the run has had enough and ends.
    With `guard`, training stops before a step that would not be finite; `Fitted.reason` says so. Over a `mesh` with one
    axis, "batch", each device takes an equal share of every batch.

    Raises `InputError` for arguments that do not fit, `FileError` if a checkpoint or the log cannot be read or written.
    """
    check_arguments(steps, key, every, log_every, ema, clip)
    settings = {"ema": ema, "clip": clip}
    program = Program(model, loss, optimiser, **settings, log_every=log_every, guard=guard, mesh=mesh, carry=carry)
    store = found = None
    if checkpoint is not None:
        settings |= {"key": key} | dict(config or {})
        store = Checkpoints(checkpoint, fingerprint(model, loss, batches, optimiser, settings))
        found = store.newest()
        log = FilePath(checkpoint).expanduser() / "log.jsonl" if log is None else log
    start = _start(found, steps)
    batch = program.placement.batch(batches(min(start, steps - 1), key))
    state = program.start(key, batch)
    if found is not None:
        state = program.placed(found.restored(state))
    run = _Run(
        program,
        store,
        RunLog(log, start),
        Pace(samples(batch), steps),
        progress,
        watch,
        until,
        found.seconds if found else 0.0,
    )
    return run.go(state, batch, lambda step: batches(step, key), range(start, steps), every, log_every)


class _Run:
    """One session of a run: the state as it goes, and where it is told and kept."""

    def __init__(
        self,
        program: Program,
        store: Checkpoints | None,
        log: RunLog,
        pace: Pace,
        progress: Progress | None,
        watch: Watch | None,
        until: Until | None,
        seconds: float,
    ):
        self._program, self._store, self._log, self._pace = program, store, log, pace
        self._progress, self._watch, self._until = progress, watch, until
        self._begun = time.perf_counter() - seconds
        self._shown = -REFRESH

    def go(
        self, state: State, batch: Any, draw: Callable[[int], Any], numbers: range, every: int, log_every: int
    ) -> Fitted:
        """Take the steps of these numbers. What a step reports is read while the next runs: the device never waits."""
        self._state, self._kept, self._steps = state, numbers.start, numbers.stop
        seen = None
        if numbers.start and self._enough():
            numbers = range(0)
        if numbers:
            self._show(numbers.start, "compiling")
        try:
            for step in numbers:
                self._state, report = self._program(self._state, batch)
                if step + 1 < numbers.stop:
                    batch = self._program.placement.batch(draw(step + 1))
                if seen is not None and seen["stopped"]:
                    break
                if step == numbers.start:
                    self._pace.begun(int(report["step"]))
                if (step + 1) % log_every == 0 or step + 1 == numbers.stop:
                    self._row(report)
                if (step + 1) % every == 0:
                    self._watched(step + 1)
                    self._keep()
                self._tell(seen)
                seen = report
                if (step + 1) % every == 0 and self._enough():
                    break
        except KeyboardInterrupt:
            self._keep()
            raise
        return self._ended(seen)

    def _ended(self, last: dict[str, Any] | None) -> Fitted:
        reason = Reason.finished if last is None else Reason.of(int(last["stopped"]))
        if reason is Reason.finished and int(self._state.step) < self._steps:
            reason = Reason.enough
        self._keep()
        if reason.problem:
            self._log.add({"step": int(last["step"]) + 1, **_numbers(last["now"]), "reason": reason.name})
        state = self._program.placement.home(self._state)
        self._show(int(state.step), reason.problem or f"{int(state.step):,} steps in {in_words(self._seconds)}")
        models = [self._program.model(trained) for trained in (state.trained, _average(state))]
        return Fitted(*models, state, self._log.rows, reason, self._seconds)

    def _watched(self, step: int) -> None:
        """Show the averaged model, unless the guard refused this step."""
        if self._watch is not None and int(self._state.step) == step:
            self._watch(step, self._program.model(self._program.placement.home(_average(self._state))))

    def _enough(self) -> bool:
        """Whether what the loss has handed on tells the run to end."""
        return self._until is not None and bool(self._until(self._state.carry))

    @property
    def _seconds(self) -> float:
        return time.perf_counter() - self._begun

    def _row(self, report: dict[str, Any]) -> None:
        """A row of the log with the means since the last one; that of a failure is written at the end."""
        if report["stopped"]:
            return
        step = int(report["step"])
        pace = {"samples_per_second": self._pace.throughput(step), "seconds_left": self._pace.now(step)[1]}
        self._log.add(
            {"step": step, **_numbers(report["means"]), **{name: x and round(x, 1) for name, x in pace.items()}}
        )

    def _keep(self) -> None:
        """A checkpoint of the last finished step, unless there is one; after an interruption the state may be gone."""
        if self._store is None or self._state.step.is_deleted() or (step := int(self._state.step)) == self._kept:
            return
        # Taken up again, a run that failed tries its step once more.
        self._store.save(eqx.tree_at(lambda state: state.stopped, self._state, jnp.int32(0)), self._seconds)
        self._kept = step

    def _tell(self, report: dict[str, Any] | None) -> None:
        """Progress after a step that is known to be done, if the last call is long enough ago."""
        if self._progress is None or report is None or time.perf_counter() - self._shown < REFRESH:
            return
        step = int(report["step"])
        rate, left = self._pace.now(step)
        speed = "" if rate is None else f", {rate:,.3g} samples/s, {in_words(left)} left"
        self._show(step, f"step {step:,} of {self._steps:,}, loss {float(report['means']['loss']):.4g}{speed}")

    def _show(self, step: int, text: str) -> None:
        if self._progress is not None:
            self._shown = time.perf_counter()
            self._progress(step / self._steps, text)


def _average(state: State) -> Any:
    """The averaged parameters, or the last ones where none are averaged."""
    return state.trained if state.average is None else state.average


def _numbers(named: dict[str, jax.Array]) -> dict[str, float]:
    """Loss and gradient norm, then what the loss told beside."""
    return {name: float(named[name]) for name in ("loss", "grad_norm", *named)}


def _start(found: Found | None, steps: int) -> int:
    """The number of steps that a checkpoint holds."""
    if found is None:
        return 0
    if found.step > steps:
        raise InputError(
            f"{found.path} is of step {found.step}, beyond the {steps} steps that are asked for.",
            f"Ask for at least {found.step} steps, or give another folder for a shorter run.",
        )
    return found.step
