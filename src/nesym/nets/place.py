"""Where on the globe a cell lies, as channels that a network can read."""

import numpy as np

from nesym._errors import GridError

ALONG_MERIDIANS, ALONG_CIRCLES = (1, 2, 4, 8), (1, 2, 3)  # waves from pole to pole and back, and around


def places(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """(sin k phi, cos k phi, cos phi sin m lambda, cos phi cos m lambda), k = 1, 2, 4, 8, m = 1, 2, 3: (lat, lon, 14).

    Of the cells with the centres phi (lat,) and lambda (lon,) in degrees; float32. All are continuous around the globe
    and at the poles. They say nothing of land and sea, whose part a network learns from what happens there.
    Raises `GridError` for coordinates that are not one axis each, or latitudes beyond the poles.
    """
    latitude, longitude = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    if latitude.ndim != 1 or longitude.ndim != 1 or not (np.abs(latitude) <= 90.0).all():
        raise GridError(
            f"Centres of rows between -90 and 90 degrees, and of columns, were expected; shapes {latitude.shape} and "
            f"{longitude.shape} came.",
            "Give the coordinates `lat` and `lon` of a regular grid, in degrees.",
        )
    phi, lam = np.deg2rad(latitude)[:, None], np.deg2rad(longitude)[None, :]
    waves = [f(k * phi) for k in ALONG_MERIDIANS for f in (np.sin, np.cos)]
    waves += [np.cos(phi) * f(m * lam) for m in ALONG_CIRCLES for f in (np.sin, np.cos)]
    return np.stack([np.broadcast_to(wave, (phi.size, lam.size)) for wave in waves], -1).astype(np.float32)
