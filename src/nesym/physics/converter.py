"""A converter of direct current: two capacitors that an inductor is switched between."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow


class Converter(Flow):
    """Capacitors C1, C2 and an inductor L3 without losses; a switch s(t) connects the inductor to one or the other.

        C1 V1' = (1 - s) I3,    C2 V2' = s I3,    L3 I3' = -(1 - s) V1 - s V2

    s is 0 in the first half of each period and 1 in the second, so that f jumps every half period (`breaks`). Every
    solution keeps the stored energy (C1 V1^2 + C2 V2^2 + L3 I3^2) / 2. A network is shown (V1, V2, I3, s). Starts are
    uniform on [0, 1]^3. White et al. 2023, arXiv 2306.09739, with C1 = 0.1, C2 = 0.2, L3 = 0.5 and period 3.
    """

    storage: tuple[float, float, float] = (0.1, 0.2, 0.5)
    period: float = 3.0

    kept: ClassVar[str] = "initial"

    @property
    def names(self) -> tuple[str, ...]:
        return ("V1", "V2", "I3")

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        v1, v2, i3 = self.checked(x)
        c1, c2, l3 = self.storage
        second = self.second(t)
        return jnp.stack([
            jnp.where(second, 0, i3) / c1,
            jnp.where(second, i3, 0) / c2,
            -jnp.where(second, v2, v1) / l3,
        ])  # fmt: skip

    def second(self, t: Any) -> jax.Array:
        """True in the half periods when the second capacitor is connected: s as a truth value."""
        return jnp.mod(t, self.period) >= self.period / 2

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Stored energy."""
        return {"energy": jnp.dot(jnp.asarray(self.storage, x.dtype), x * x) / 2}

    def start(self, key: jax.Array) -> jax.Array:
        return jax.random.uniform(key, (3,))

    def inputs(self, t: Any, x: jax.Array) -> jax.Array:
        """(V1, V2, I3, s)."""
        return jnp.append(x, self.second(t).astype(x.dtype))

    @property
    def breaks(self) -> tuple[float, float]:
        return (self.period / 2, self.period / 2)
