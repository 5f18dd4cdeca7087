"""Missing values filled from where there are observations."""

from collections.abc import Callable

import numpy as np

from nesym._errors import MissingValuesError
from nesym.fields.grid import Grid


def fill_nearest(grid: Grid) -> Callable[[np.ndarray], np.ndarray]:
    """A kernel (..., y, x) -> (..., y, x) that gives each missing cell the value of the nearest observed cell.

    Nearest within the same field, by the distances of `grid`; around the globe where its longitudes are periodic.
    Observed values are kept. Raises `MissingValuesError` for a field without any observation.
    """

    def fill(x: np.ndarray) -> np.ndarray:
        out = np.array(x)
        mask, source = None, None
        for field in out.reshape(-1, *x.shape[-2:]):
            missing = np.isnan(field)
            if not missing.any():
                continue
            # Masks of radar composites and of land rarely change from one field to the next.
            if mask is None or not np.array_equal(missing, mask):
                mask, source = missing, nearest(missing, grid)
            field[...] = field[source]
        return out

    return fill


def nearest(missing: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the nearest cell that is not `missing`, each (y, x)."""
    from scipy.ndimage import distance_transform_edt

    if missing.all():
        raise MissingValuesError(
            "A field has no observed value at all, so that there is nothing to fill it with.",
            "Drop the empty time steps: da.dropna('time', how='all').",
        )
    columns = missing.shape[1]
    wrap = columns // 2 if grid.periodic else 0
    padded = np.pad(missing, ((0, 0), (wrap, wrap)), mode="wrap")
    rows, cols = distance_transform_edt(padded, sampling=grid.spacing_km, return_distances=False, return_indices=True)
    inside = np.s_[:, wrap : wrap + columns]
    return rows[inside], (cols[inside] - wrap) % columns
