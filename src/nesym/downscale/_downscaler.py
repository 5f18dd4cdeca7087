"""The protocol of every downscaler: labels and checks here, one compiled kernel per time step behind it."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import fields
from typing import ClassVar, Self

import equinox as eqx
import jax
import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError
from nesym.downscale.progress import Progress
from nesym.downscale.request import check_dims, check_factor, check_key, check_members
from nesym.fields import memory as memory_
from nesym.fields.canonical import canonical


class AbstractDownscaler(eqx.Module):
    """Coarse rain and a whole factor in, an ensemble on the fine grid out.

    A concrete downscaler is frozen configuration plus fitted numbers. It says, for one time step, which `parameters`
    its `kernel` takes; everything else (labels, chunks, members, keys, memory in time) is done here once. `without_memory`
    says what to do if the noise shall remember and no fit has measured for how long.
    """

    block_means: eqx.AbstractVar[bool]
    memory: eqx.AbstractVar[bool]
    fitted_memory: eqx.AbstractVar[memory_.Memory | None]
    name: eqx.AbstractClassVar[str]
    deterministic: eqx.AbstractClassVar[bool]
    without_memory: ClassVar[str] = (
        "Fit it on fine rain that is regular in time, load a fitted one (`nesym models`), or leave memory off."
    )

    @abstractmethod
    def parameters(self, rain: np.ndarray, factor: int) -> tuple[np.float32, ...]:
        """Numbers that the kernel takes for the coarse field `rain` (Y, X)."""

    @abstractmethod
    def kernel(self) -> Callable[..., jax.Array]:
        """`kernel(rain, noise, refinement, *parameters, block_means=...) -> (member, y, x)`, compiled."""

    def fit(
        self,
        fine,
        *,
        key: int = 0,
        choose=None,
        factors: tuple[int, ...] = (2, 4, 8, 16),
        progress: Progress | None = None,
    ) -> Self:
        """A new object, fitted to fine rain (time, y, x); this one stays as it is. Here: nothing to fit.

        `choose` is separate fine rain on which choices are made, `factors` are those to be fitted for; `progress` is
        told the fraction done and, in words, what is being done.
        """
        return self

    def sample(self, coarse, factor: int, members: int = 20, key: int = 0) -> xr.DataArray:
        """Draw an ensemble (member, time, y, x) in mm h-1, `factor` times finer than `coarse` (time, y, x).

        A draw depends on `key`, the member's number and the time stamp alone: any subset of the times, any number of
        members and any chunking give the same values. Dask input gives dask output, computed chunk by chunk in time.

        Raises `InputError` and its kinds on input that is not rain on a regular grid, `NotFittedError` before `fit`
        where there is something to fit, `ResourceError` if the ensemble does not fit into memory.
        """
        from nesym.downscale.ensemble import draw_ensemble

        self._check(factor, members, key)
        rain = canonical(coarse, "pr")
        check_dims(rain)
        rain = self.prepared(rain)
        fine = draw_ensemble(self, rain, int(factor), int(members), int(key))
        return fine.assign_attrs(rain.attrs, downscaling_method=self.describe(), downscaling_key=str(key))

    def prepared(self, rain: xr.DataArray) -> xr.DataArray:
        """Canonical coarse rain as it is to be downscaled: what a method does to it first. Here: nothing."""
        return rain

    def apply(self, coarse, factor: int) -> xr.DataArray:
        """The one answer of a method without randomness: (time, y, x) in mm h-1."""
        if not self.deterministic:
            raise InputError(
                f"{self.name} draws ensembles and has no single answer.", "Call sample(coarse, factor, members, key)."
            )
        return self.sample(coarse, factor, members=1).isel(member=0, drop=True)

    def compare(self, coarse, truth, members: int = 20, key: int = 0, *, rivals=None, block: str = "6h"):
        """Score this method beside its rivals on the same fields: a `nesym.verify.Table`, see `nesym.downscale.compare`."""
        from nesym.downscale.compare import compare

        return compare(self, coarse, truth, members=members, key=key, rivals=rivals, block=block)

    def save(self, path, **card) -> None:
        """Write configuration and fitted numbers to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """The method and its numbers in one line."""
        numbers = ((f.name, getattr(self, f.name)) for f in fields(self))
        return f"{type(self).__name__}({', '.join(f'{name}={_in_one_line(value)}' for name, value in numbers)})"

    def draws(self, stamps: np.ndarray) -> memory_.Draws:
        """Named noise for the time `stamps`: independent in time, or with the fitted memory."""
        if not self.memory:
            return memory_.independent(stamps)
        if self.fitted_memory is None:
            raise NotFittedError(f"This {self.name} has no fitted memory in time.", self.without_memory)
        return self.fitted_memory.draws(stamps)

    def _check(self, factor: int, members: int, key: int) -> None:
        check_factor(factor)
        check_members(members)
        check_key(key)
        if self.deterministic and members > 1:
            raise InputError(
                f"{self.name} is deterministic: its {members} members would all be the same.",
                "Ask for members=1 (--members 1), or use a method that draws, such as cascade or rainfarm.",
            )


def with_time(da: xr.DataArray) -> xr.DataArray:
    """`da` with a time axis: a field without one becomes one step, of its scalar time or else of 1970-01-01."""
    if "time" in da.dims:
        return da
    return da.expand_dims("time") if "time" in da.coords else da.expand_dims(time=[np.datetime64(0, "ns")])


def _in_one_line(value) -> str:
    return eqx.tree_pformat(value, width=10_000)
