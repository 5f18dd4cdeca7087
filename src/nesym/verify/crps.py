"""The continuous ranked probability score of an ensemble, plain and fair, at the speed of memory and not of sorting."""

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.verify.sorting import sort_rows

BLOCK = 16384  # points sorted together: 20 float32 members of it fill the second-level cache and not more


def crps_parts(ens: np.ndarray, obs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two parts of CRPS = D - S (plain) = D - S M / (M - 1) (fair), each float64 of the shape of `obs`:

        D = (1/M) sum_i |x_i - y|,    S = 1/(2 M^2) sum_ij |x_i - x_j| = (1/M^2) sum_i (2 i - M - 1) x_(i)

    with x_(i) the members in ascending order (Hersbach 2000, doi 10.1175/1520-0434(2000)015<0559:DOTCRP>2.0.CO;2;
    the fair form after Ferro 2014, doi 10.1002/qj.2270). `ens` is (member, ...), `obs` is (...). Members are sorted
    as they come and added up in float64. Where `obs` or any member is NaN, the result is NaN. Each point is worked
    out by itself, so that the result does not depend on how the points are grouped.
    """
    ens, obs = np.asarray(ens), np.asarray(obs)
    if ens.ndim != obs.ndim + 1 or ens.shape[1:] != obs.shape or not len(ens):
        raise InputError(
            f"An ensemble of shape (member, *{obs.shape}) was expected, and {ens.shape} came.",
            "Put the members on the first axis and give at least one.",
        )
    members, points = ens.reshape(len(ens), -1), obs.reshape(-1)
    if not np.issubdtype(members.dtype, np.floating):
        members = members.astype(np.float64)
    distance, spread = np.empty(points.size), np.empty(points.size)
    for start in range(0, points.size, BLOCK):
        part = slice(start, start + BLOCK)
        _block(members[:, part], points[part], distance[part], spread[part])
    return distance.reshape(obs.shape), spread.reshape(obs.shape)


def _block(members: np.ndarray, points: np.ndarray, distance: np.ndarray, spread: np.ndarray) -> None:
    """Fill `distance` and `spread` of one block of points."""
    m, n = members.shape
    order = sort_rows(np.array(members), np.empty(n, members.dtype))
    term = np.empty(n)
    distance[:], spread[:] = 0.0, 0.0
    for row in order:
        np.subtract(row, points, out=term, dtype=np.float64)
        distance += np.abs(term, out=term)
    distance /= m
    for i in range(m // 2):  # the i-th smallest and the i-th largest carry opposite weights
        np.subtract(order[m - 1 - i], order[i], out=term, dtype=np.float64)
        term *= (m - 1 - 2 * i) / m**2
        spread += term
    spread[np.isnan(distance)] = np.nan


def fair_factor(members: int) -> float:
    """M / (M - 1), which makes the spread term of the CRPS unbiased; NaN for one member, where it is not defined."""
    return members / (members - 1) if members > 1 else float("nan")


def crps_ensemble(ens: xr.DataArray, obs: xr.DataArray, dim: str = "member", fair: bool = False) -> xr.DataArray:
    """CRPS at every point, in the units of `obs`: see `crps_parts`. The dimension `dim` of `ens` goes away.

    Lazy where the inputs are. For one member the plain CRPS is the absolute error and the fair one is NaN.
    Raises `InputError` if `ens` has no dimension `dim`.
    """
    if dim not in ens.dims:
        raise InputError(
            f"The ensemble has no dimension {dim!r}, only {', '.join(map(repr, ens.dims))}.",
            "Name the dimension of the members by dim=..., or add one by ens.expand_dims('member').",
        )
    factor = fair_factor(ens.sizes[dim]) if fair else 1.0

    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        shape = np.broadcast_shapes(x.shape[:-1], y.shape)
        members = np.broadcast_to(np.moveaxis(x, -1, 0), (x.shape[-1], *shape))
        distance, spread = crps_parts(members, np.broadcast_to(y, shape))
        return distance - factor * spread

    result = xr.apply_ufunc(
        kernel,
        ens,
        obs,
        input_core_dims=[[dim], []],
        join="exact",
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"allow_rechunk": True},
    )
    units = {"units": obs.attrs["units"]} if "units" in obs.attrs else {}
    return result.rename("crps").assign_attrs(long_name="fair CRPS" if fair else "CRPS", **units)
