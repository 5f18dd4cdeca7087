"""Where arrays live: on the one device, or over a mesh, the batch in shares and all else on every device."""

from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from nesym._errors import InputError


class Placement:
    """Puts the batch and everything else where the compiled step expects them.

    The shares of a batch are parts of one program: means over the batch are means over all devices.
    """

    def __init__(self, mesh: Mesh | None):
        self.devices = 1
        self.everywhere = self._shares = self._first = None
        if mesh is None:
            return
        if mesh.axis_names != ("batch",):
            raise InputError(
                f'A mesh with one axis, "batch", was expected, and one with axes {mesh.axis_names} came.',
                'Make it with jax.make_mesh((jax.device_count(),), ("batch",)).',
            )
        # The compiler is to divide the work, whatever kind of axis the mesh came with.
        mesh = Mesh(mesh.devices, ("batch",), axis_types=(AxisType.Auto,))
        self.devices, self._first = mesh.size, mesh.devices.flat[0]
        self.everywhere, self._shares = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in ((), ("batch",)))

    def whole(self, tree: Any) -> Any:
        """Arrays in full on every device."""
        return jax.device_put(tree, self.everywhere)

    def home(self, tree: Any) -> Any:
        """Arrays on the first device alone, as one who uses the result expects them."""
        return jax.device_put(tree, self._first)

    def batch(self, tree: Any) -> Any:
        """Arrays divided along their first axis; numbers in full on every device."""
        if self._shares is None:
            return jax.device_put(tree)
        return jax.tree.map(lambda x: jax.device_put(x, self._sharding(np.shape(x))), tree)

    def _sharding(self, shape: tuple[int, ...]) -> NamedSharding:
        if not shape:
            return self.everywhere
        if shape[0] % self.devices:
            raise InputError(
                f"A batch of {shape[0]} samples cannot be shared evenly by {self.devices} devices.",
                f"Give batches whose first axis is a multiple of {self.devices}.",
            )
        return self._shares


def samples(batch: Any) -> int:
    """Samples in a batch: the length of the first axis of its first array, 1 where it has none."""
    return next((np.shape(x)[0] for x in jax.tree.leaves(batch) if np.ndim(x)), 1)
