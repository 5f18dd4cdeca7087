"""Array kernels on labelled fields: whole horizontal fields, block by block, at once or when a lazy result is asked."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import xarray as xr

from nesym.fields.blocks import Array


def is_lazy(da: xr.DataArray | xr.Variable) -> bool:
    """Whether the values are a dask array."""
    return da.chunks is not None


def over_fields(
    kernel: Callable[[Array], Array],
    da: xr.DataArray,
    coords: Mapping[str, xr.DataArray],
    shape: tuple[int, int],
) -> xr.DataArray:
    """`kernel` maps (..., y, x) to (..., y', x') of the given `shape`; `coords` label the two new axes, by name.

    A lazy array is cut along its other axes only, so that the kernel always sees whole fields and the result does
    not depend on the chunks. Keeps name, attributes, dtype and the order of dimensions.
    """
    dims = list(coords)
    out = xr.apply_ufunc(
        kernel,
        da,
        input_core_dims=[dims],
        output_core_dims=[dims],
        exclude_dims=set(dims),
        dask="parallelized",
        output_dtypes=[da.dtype],
        dask_gufunc_kwargs={"allow_rechunk": True, "output_sizes": dict(zip(dims, shape, strict=True))},
        keep_attrs=True,
    )
    return out.assign_coords(coords).transpose(*da.dims).astype(da.dtype, copy=False)


def over_blocks(check: Callable[[np.ndarray], np.ndarray], da: xr.DataArray) -> xr.DataArray:
    """`check` maps an array of any shape to one of the same shape: at once, or chunk by chunk when computed."""
    return xr.apply_ufunc(check, da, dask="parallelized", output_dtypes=[da.dtype], keep_attrs=True)


@contextmanager
def finishing() -> Iterator[None]:
    """Inside, lazy arrays are computed by threads that have all come to rest when it is left, also after an error."""
    from concurrent.futures import ThreadPoolExecutor

    import dask

    with ThreadPoolExecutor(dask.config.get("num_workers", None) or dask.system.CPU_COUNT) as pool:
        with dask.config.set(pool=pool):
            yield
