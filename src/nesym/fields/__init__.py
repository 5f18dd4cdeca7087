"""A state on a grid: labels, units, calendars, grids, transforms."""

from nesym._lazy import attach

# These functions bear the names of their files: bound here, the names mean the functions and not the submodules.
from nesym.fields.canonical import canonical as canonical
from nesym.fields.provenance import provenance as provenance
from nesym.fields.regrid import regrid as regrid
from nesym.fields.write import write as write

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        # files and labels
        "canonical": "canonical",
        "check_times": "times",
        "convert": "units",
        "find_variable": "quantities",
        "inspect": "inspection",
        "name_axes": "axes",
        "open_dataset": "open",
        "provenance": "provenance",
        "stamps": "times",
        "to_rate": "rain",
        "write": "write",
        "Inspection": "inspection",
        "Quantity": "quantities",
        # grids
        "Grid": "grid",
        "area_weights": "weights",
        "block_mean": "blocks",
        "block_repeat": "blocks",
        "coarsen": "grid",
        "coarsened_coords": "grid",
        "refine_bilinear": "interpolation",
        "refined_coords": "grid",
        "regrid": "regrid",
        # masks
        "masked": "masks",
        "observed": "masks",
        "observed_fraction": "masks",
        # transforms
        "Chain": "transforms",
        "Log10": "transforms",
        "LogEps": "transforms",
        "Root": "transforms",
        "MinMax": "transforms",
        "PUBLISHED": "published_transforms",
        "Standardise": "transforms",
        # random fields
        "Draws": "memory",
        "Memory": "memory",
        "gaussian_fields": "random",
        "independent": "memory",
    },
)
