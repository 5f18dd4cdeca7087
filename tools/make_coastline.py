"""Make the packaged coastline from Natural Earth land polygons in TopoJSON.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/make_coastline.py package/land-110m.json src/nesym/report/coastline.npz

A TopoJSON arc holds integer steps (dx, dy) on a quantised plane: point_n = translate + scale * sum_{m<=n} step_m.
Each arc is written once, as one line of float32 degrees; a line that crosses the date line stays continuous, so its
longitudes may leave -180..180. Natural Earth is in the public domain.
"""

import json
import sys
from pathlib import Path

import numpy as np


def decode(topology: dict) -> list[np.ndarray]:
    """Lines of a TopoJSON topology: one (point, 2) array of longitude and latitude for each arc, in degrees."""
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = [np.cumsum(arc, axis=0) * scale + translate for arc in topology["arcs"]]
    for line in lines:
        line[:, 0] = np.unwrap(line[:, 0], period=360.0)
    return [line for line in lines if len(line) > 1]


def main(source: str, target: str) -> None:
    """Convert the file `source` and write `target`: arrays `lon`, `lat` (point) and `start` (line)."""
    lines = decode(json.loads(Path(source).read_text()))
    lon, lat = np.concatenate(lines).astype(np.float32).T
    start = np.cumsum([0, *(len(line) for line in lines[:-1])], dtype=np.int32)
    np.savez_compressed(target, lon=lon, lat=lat, start=start)
    print(f"{len(start)} lines, {len(lon)} points, {Path(target).stat().st_size / 1000:.0f} kB: {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
