"""The packaged sample of `nesym adjust`: daily rain over the tropical Pacific of a general circulation model and its twin.

    python tools/make_pacific_sample.py FOLDER_OF_LARGER_DATA

Values are those of the larger files (`nesym.data.entry("speedy_ref")`), cut out and compressed.
"""

import sys
from pathlib import Path

from nesym import data

REGION = {"lat": slice(-21, 21), "lon": slice(140, 270)}
SAMPLES = Path(__file__).parents[1] / "src/nesym/data/samples"


def main(folder: str) -> None:
    """Cut the three worlds and write them to the package."""
    for world in ("ref", "esm", "esm_plus3K"):
        whole = data.open(f"speedy_{world}", folder)
        part = whole.sel(REGION).load()
        for name in part.variables:
            part[name].encoding = {}
        part["pr"].encoding = {
            "zlib": True,
            "complevel": 9,
            "shuffle": True,
            "chunksizes": (120, *part["pr"].shape[1:]),
        }
        target = SAMPLES / f"speedy_pacific_{world}.nc"
        part.to_netcdf(target, engine="h5netcdf")
        print(target, target.stat().st_size, dict(part.sizes))


if __name__ == "__main__":
    main(sys.argv[1])
