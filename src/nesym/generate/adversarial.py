"""Two translators that learn from two judges: unpaired translation between fields of two kinds."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nesym.generate.pool import Memory
from nesym.nets.resize import halved

ROUND, REAL = ("reflect", "circular"), 1.0


class Adversaries(eqx.Module):
    """`forth` turns fields of kind A into kind B, `back` the reverse; `judge_a` and `judge_b` score what is of their kind.

    All are called as network(x (batch, y, x, 1), known (1, y, x, k) or None); judges give scores (batch, y', x', 1).
    """

    forth: Callable
    back: Callable
    judge_a: Callable
    judge_b: Callable


class CycleLoss(eqx.Module):
    """The losses of two translators G: A -> B and F: B -> A and of their judges D_A and D_B, as one number:

            translators  <(D_B(G a) - 1)^2> + <(D_A(F b) - 1)^2>
                     + `cycle` (<|F G a - a|> + <|G F b - b|>) + `identity` (<|F a - a|> + <|G b - b|>)
                     + `means` / 2 (<|d_B|^2> + <|d_A|^2>),  d_B = E m(G a) - E m(b) in each cell
        judges       1/2 <(D_B(b) - 1)^2> + 1/2 <D_B(G a)^2> + `smooth` / 2 (<s(b)^2> + <s(G a)^2>),  s = d sum D_B / dx
                     and the same for D_A, F b

    Zhu et al. 2017, arXiv 1703.10593, with the least-squares judges of Mao et al. 2017, arXiv 1611.04076. Translators
    learn from the first three lines with the judges held, judges from the others with the translators held and with
    fakes from a `Pool`: both from the same state, in one step, so that the gradient of the sum is what each needs.

    `means` and `smooth` are not in those works; 0 leaves them out. `smooth` keeps judges from slopes that no translator
    can follow, at real fields and at fakes, so that neither runs away (Mescheder et al. 2018, arXiv 1801.04406).
    `means` compares the means of many fields, which a judge of single ones is slow to see (feature matching, Salimans
    et al. 2016, arXiv 1606.03498): m is `measure`, fields to quantities (batch, y, x, c), `climates` are E m(a) and
    E m(b), (y, x, c), of all fields of each kind, and E m(G a) = E m(a) + E (m(G a) - m(a)), with the running mean of
    `Memory` for the last, which varies least.

    Means <.> are weighted by the areas `weights` (y,) of the rows, or by none. `known` (1, y, x, k) is what all networks
    are told of the cells. `keep(y, x)`, if it is there, brings a translation y of x back to what x has to keep.
    """

    known: jax.Array | None = None
    weights: jax.Array | None = None
    keep: Callable | None = None
    measure: Callable | None = None
    climates: tuple[jax.Array, jax.Array] | None = None
    cycle: float = eqx.field(static=True, default=10.0)
    identity: float = eqx.field(static=True, default=5.0)
    means: float = eqx.field(static=True, default=0.0)
    smooth: float = eqx.field(static=True, default=0.0)

    def __call__(
        self, model: Adversaries, batch: tuple[jax.Array, jax.Array], key: jax.Array, memories: tuple[Memory, Memory]
    ) -> tuple[jax.Array, dict[str, jax.Array], tuple[Memory, Memory]]:
        """`batch` is fields of kind A and of kind B, (batch, y, x, 1) each, which need not belong together.

        `memories` are those of the fakes of kind A and of kind B. Returns loss, its parts before their weights, and the
        memories.
        """
        a, b = batch
        fake_b, same_b = self.changed(model.forth, a, b)
        fake_a, same_a = self.changed(model.back, b, a)
        again_a, again_b = self.translated(model.back, fake_b), self.translated(model.forth, fake_a)
        parts = {
            "fooled": self.fooled(model.judge_a, fake_a) + self.fooled(model.judge_b, fake_b),
            "cycle": self.mean(jnp.abs(again_a - a)) + self.mean(jnp.abs(again_b - b)),
            "identity": self.mean(jnp.abs(same_a - a)) + self.mean(jnp.abs(same_b - b)),
        }
        loss = parts["fooled"] + self.cycle * parts["cycle"] + self.identity * parts["identity"]
        parts |= {"judges": jnp.float32(0), "means": jnp.float32(0)}
        after = []
        sides = ((model.judge_a, fake_a, a, b), (model.judge_b, fake_b, b, a))
        for kind, (memory, (judge, fake, real, source), k) in enumerate(
            zip(memories, sides, jax.random.split(key), strict=True)
        ):
            change = (self.measured(fake) - self.measured(source)).mean(0)
            seen, new = jax.lax.stop_gradient(memory.after(fake, change, k))
            after.append(new)
            parts["judges"] += self.judge(judge, real, seen)
            if self.means:
                apart = new.change + self.climates[1 - kind] - self.climates[kind]
                parts["means"] += self.mean(apart[None] ** 2)
                # The slope of <|E apart|^2> / 2, with the running mean for the expectation.
                loss += self.means * self.mean((apart * change)[None])
        return loss + parts["judges"], parts, tuple(after)

    def changed(self, network: Callable, x: jax.Array, left: jax.Array) -> tuple[jax.Array, jax.Array]:
        """What a translator makes of what it is to change, x, and of what it is to leave; the latter if it counts."""
        if not self.identity:
            return self.translated(network, x), left
        return tuple(jnp.split(self.translated(network, jnp.concatenate([x, left])), [len(x)]))

    def fooled(self, judge: Callable, fake: jax.Array) -> jax.Array:
        """<(D(fake) - 1)^2>, D held."""
        return self.mean((held(judge)(fake, self.known) - REAL) ** 2)

    def judge(self, judge: Callable, real: jax.Array, fake: jax.Array) -> jax.Array:
        """1/2 <(D(real) - 1)^2> + 1/2 <D(fake)^2> + smooth / 2 (<s_real^2> + <s_fake^2>)."""
        of_real, slope_real = self.scored(judge, real)
        of_fake, slope_fake = self.scored(judge, fake)
        apart = self.mean((of_real - REAL) ** 2) + self.mean(of_fake**2)
        return (apart + self.smooth * (slope_real + slope_fake)) / 2

    def scored(self, judge: Callable, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Scores of x, and <s^2>, s the slope of their sum; 0 where it does not count."""
        if not self.smooth:
            return judge(x, self.known), jnp.zeros((), x.dtype)
        scores, pull = jax.vjp(lambda x: judge(x, self.known), x)
        return scores, self.mean(pull(jnp.ones_like(scores))[0] ** 2)

    def translated(self, network: Callable, x: jax.Array) -> jax.Array:
        """What a translator makes of x, with what x has to keep."""
        y = network(x, self.known)
        return y if self.keep is None else self.keep(y, x)

    def measured(self, x: jax.Array) -> jax.Array:
        """m(x): (batch, y, x, 1) -> (batch, y, x, c)."""
        return x if self.measure is None else self.measure(x)

    def mean(self, x: jax.Array) -> jax.Array:
        """Mean of (batch, y, x, c) by area, on the grid of `weights` or on one that was halved from it."""
        if self.weights is None:
            return x.mean()
        rows = jnp.asarray(self.weights, x.dtype)[None, :, None, None]
        while rows.shape[1] > x.shape[1]:
            rows = halved(jnp.broadcast_to(rows, (1, rows.shape[1], 2, 1)), ROUND)[:, :, :1]
        return (x * rows).mean() / rows.mean()


class Unpaired:
    """Batches (A, B) of fields that do not belong together: `a` and `b` draw theirs for each step, with keys of their own."""

    def __init__(self, a: Callable[[int, int], np.ndarray], b: Callable[[int, int], np.ndarray]):
        self._draws = a, b

    @property
    def configuration(self) -> dict[str, Any]:
        """What defines the draws, for the fingerprint of a run."""
        return {kind: getattr(draw, "configuration", {}) for kind, draw in zip("ab", self._draws, strict=True)}

    def __call__(self, step: int, key: int) -> tuple[np.ndarray, ...]:
        """The batches of that step."""
        return tuple(draw(step, 2 * key + kind) for kind, draw in enumerate(self._draws))


def adversarial_optimiser(
    steps: int, rate: float = 2e-4, judges: float | None = None, betas: tuple[float, float] = (0.5, 0.999)
) -> optax.GradientTransformation:
    """Adam for the translators at `rate`, and one of its own for the judges: constant for half of `steps`, then linear to 0.

    `judges` is their rate, that of the translators by default.
    """

    def adam(rate: float) -> optax.GradientTransformation:
        first = steps // 2
        return optax.adam(optax.linear_schedule(rate, 0.0, max(1, steps - first), transition_begin=first), *betas)

    def whose(model: Adversaries) -> Adversaries:
        names = {"forth": "translators", "back": "translators", "judge_a": "judges", "judge_b": "judges"}
        return Adversaries(**{part: jax.tree.map(lambda _, n=n: n, getattr(model, part)) for part, n in names.items()})

    return optax.partition({"translators": adam(rate), "judges": adam(rate if judges is None else judges)}, whose)


def held(module: Any) -> Any:
    """The same network, whose weights get no gradient."""
    return jax.tree.map(lambda leaf: jax.lax.stop_gradient(leaf) if eqx.is_inexact_array(leaf) else leaf, module)
