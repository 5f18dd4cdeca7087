"""The coastline of the maps: Natural Earth 1:110m land (public domain), made by `tools/make_coastline.py`."""

from functools import cache
from importlib.resources import files

import numpy as np


@cache
def _lines() -> tuple[np.ndarray, ...]:
    with files("nesym.report").joinpath("coastline.npz").open("rb") as file, np.load(file) as saved:
        points = np.stack([saved["lon"], saved["lat"]], axis=-1)
        return tuple(np.split(points, saved["start"][1:]))


def _cut(line: np.ndarray, west: float) -> list[np.ndarray]:
    """Pieces of one continuous line, each moved into `west` ... `west` + 360 degrees."""
    turn = np.floor((line[:, 0] - west) / 360.0)
    last = np.flatnonzero(np.diff(turn))
    seam = west + 360.0 * np.maximum(turn[last], turn[last + 1])
    share = (seam - line[last, 0]) / (line[last + 1, 0] - line[last, 0])
    crossing = np.stack([seam, line[last, 1] + share * (line[last + 1, 1] - line[last, 1])], axis=-1)
    pieces = []
    for number, piece in enumerate(np.split(line, last + 1)):
        ends = [crossing[number - 1 : number] if number else piece[:0], piece, crossing[number : number + 1]]
        moved = np.concatenate(ends) - [360.0 * np.floor((piece[0, 0] - west) / 360.0), 0.0]
        pieces.append(moved)
    return pieces


def segments(west: float = -180.0) -> list[np.ndarray]:
    """Coastlines as (point, 2) arrays of longitude and latitude in degrees, for a map that begins at `west`.

    Longitudes lie in [west, west + 360]; a line that crosses the map's seam is cut there and goes on at the other side.
    """
    return [piece for line in _lines() for piece in _cut(line, float(west)) if len(piece) > 1]
