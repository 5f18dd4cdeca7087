"""Names for the kinds of array that pass through NESYM; nothing below this file."""

from os import PathLike
from typing import TypeAlias

import numpy as np

Path: TypeAlias = str | PathLike[str]
Field: TypeAlias = np.ndarray  # (..., y, x): the two horizontal axes are always last
Ensemble: TypeAlias = np.ndarray  # (member, ..., y, x)
