"""From a coarse DataArray to an ensemble: time step by time step, in chunks where the input is lazy."""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import jax
import numpy as np
import xarray as xr

from nesym._errors import ResourceError
from nesym._resources import available_memory, readable, usable_cores
from nesym.downscale._downscaler import AbstractDownscaler, with_time
from nesym.downscale.noise import Noise
from nesym.downscale.refinement import Refinement
from nesym.fields.grid import Grid, refined_coords
from nesym.fields.times import stamps as time_stamps

# A block of the lazy result: large enough to be worth a task, small enough that a few of them fit anywhere.
BLOCK_BYTES = 32 * 2**20
# What a lazy result needs before it is computed: its labels, and the description of every block.
TASK_BYTES, LABEL_BYTES = 4096, 16


def draw_ensemble(method: AbstractDownscaler, rain: xr.DataArray, factor: int, members: int, key: int) -> xr.DataArray:
    """Ensemble (member, time, y, x) of canonical `rain` (time, y, x); eager for NumPy, lazy for dask."""
    given, rain = rain, with_time(rain)
    grid, stamps = Grid.of(rain), time_stamps(rain["time"])
    refinement = Refinement.of(grid, factor)
    shape = (members, rain.sizes["time"], grid.shape[0] * factor, grid.shape[1] * factor)
    # A method that has not been fitted says so now, not when a lazy result is computed.
    method.draws(stamps[:1])
    method.parameters(np.zeros(grid.shape, np.float32), factor)
    if rain.chunks is None:
        _refuse_what_does_not_fit(shape)
        data = draw_block(method, rain.values, stamps, np.arange(members), refinement, key, workers=usable_cores())
    else:
        _refuse_too_many_blocks(shape)
        data = _lazy(method, rain.data, stamps, shape, refinement, key)
    coords = {"member": np.arange(members), "time": rain["time"], **refined_coords(rain, factor)}
    fine = xr.DataArray(data, dims=("member", "time", *grid.dims), coords=coords, name="pr")
    return fine if "time" in given.dims else fine.isel(time=0, drop="time" not in given.coords)


def draw_block(method, rain, stamps, members, refinement: Refinement, key: int, workers: int = 1) -> np.ndarray:
    """Ensemble of the coarse fields `rain` (time, Y, X) for the member numbers `members`: (member, time, y, x).

    Every member of every time step runs through the same compiled program, so that its result cannot depend on its
    neighbours: programs for another number of members round differently. `workers` fields are drawn at a time; within a
    dask computation one is enough, since blocks run side by side there.
    """
    draws, kernel, jax_key = method.draws(stamps), method.kernel(), jax.random.key(key)
    out = np.empty((len(members), len(rain), *refinement.fine_shape(rain)), np.float32)
    fields = np.asarray(rain, np.float32)
    numbers = [method.parameters(field, refinement.factor) for field in fields]

    def draw(place: tuple[int, int]) -> None:
        row, step = place
        noise = Noise(jax_key, members[row : row + 1], draws.names[step], draws.weights[step])
        out[row, step] = kernel(fields[step], noise, refinement, *numbers[step], block_means=method.block_means)[0]

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(draw, product(range(len(members)), range(len(fields)))))
    return out


def _lazy(method, rain, stamps, shape, refinement: Refinement, key: int):
    """The same as `draw_block`, as a dask array in blocks of some members and some time steps."""
    import dask.array as da

    members, _, ny, nx = shape
    member_chunk, time_chunk = _block(shape)
    rain = rain.rechunk({0: tuple(_split(rain.chunks[0], time_chunk)), 1: -1, 2: -1})
    numbers = da.from_array(np.arange(members), chunks=member_chunk)
    stamps = da.from_array(stamps, chunks=(rain.chunks[0],))

    def block(number, stamp, field):
        return draw_block(method, field, stamp, number, refinement, key)

    return da.blockwise(
        block,
        "mtyx",
        numbers,
        "m",
        stamps,
        "t",
        rain,
        "tyx",
        new_axes=None,
        adjust_chunks={"y": (ny,), "x": (nx,)},
        dtype=np.float32,
        concatenate=True,
        meta=np.empty((0, 0, 0, 0), np.float32),
    )


def _block(shape: tuple[int, ...]) -> tuple[int, int]:
    """Members and time steps in a block of an ensemble of this shape."""
    members, _, ny, nx = shape
    fields = max(1, BLOCK_BYTES // (4 * ny * nx))
    member_chunk = min(members, fields)
    return member_chunk, max(1, fields // member_chunk)


def _split(chunks: tuple[int, ...], largest: int) -> list[int]:
    """Cut the chunks that are longer than `largest`; leave the others as they are."""
    return [min(largest, chunk - start) for chunk in chunks for start in range(0, chunk, largest)]


def _refuse_what_does_not_fit(shape: tuple[int, ...]) -> None:
    need, have = 4 * math.prod(shape), available_memory()
    if need > 0.7 * have:
        raise ResourceError(
            f"An ensemble of {shape[0]} members x {shape[1]} steps x {shape[2]} x {shape[3]} cells takes"
            f" {readable(need)}, and {readable(have)} of memory are free.",
            "Ask for fewer members, or open the input with chunks (xarray.open_dataset(..., chunks={'time': 24})) so that"
            " the result stays lazy and is written piece by piece.",
        )


def _refuse_too_many_blocks(shape: tuple[int, ...]) -> None:
    member_chunk, time_chunk = _block(shape)
    blocks = -(-shape[0] // member_chunk) * -(-shape[1] // time_chunk)
    need, have = TASK_BYTES * blocks + LABEL_BYTES * shape[0], available_memory()
    if need > 0.1 * have:
        raise ResourceError(
            f"An ensemble of {shape[0]} members x {shape[1]} steps x {shape[2]} x {shape[3]} cells takes"
            f" {readable(4 * math.prod(shape))}, and the mere list of its pieces {readable(need)}.",
            "Ask for fewer members or a shorter period.",
        )
