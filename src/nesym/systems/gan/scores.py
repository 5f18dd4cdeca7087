"""How far the climate of a record is from that of another with other weather: profiles, patterns, and their intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym.fields.weights import band_areas
from nesym.verify import Score, field_quantiles, fractal_dimension, locally_ranked, peak_ratio, rapsd
from nesym.verify.climatology import resampled_means, seasonal_blocks

BLOCK, RESAMPLES, LEVEL = "30D", 1000, 0.95
Error = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Climate:
    """Means over time of numbers of each day: (1 + resamples, k), those of the record itself first; `blocks` of the draw."""

    means: np.ndarray
    days: int

    @classmethod
    def of(cls, days: np.ndarray, time: xr.DataArray, key: int) -> "Climate":
        """Of numbers (time, k); the same `time` and `key`, the same resamples of whole blocks within their season."""
        blocks = seasonal_blocks(time, BLOCK, key=key, resamples=RESAMPLES)
        draws = np.vstack([np.ones((1, blocks.count), blocks.draws.dtype), blocks.draws])
        return cls(resampled_means(days, blocks.index, draws), len(days))


def profiles(rain: xr.DataArray) -> np.ndarray:
    """Zonal means of each day: (time, lat)."""
    return rain.transpose("time", "lat", "lon").values.mean(2, dtype=np.float64)


def spectra(rain: xr.DataArray) -> np.ndarray:
    """RAPSD of each day without the mean: (time, rings)."""
    return rapsd(rain.transpose("time", "lat", "lon").values)[1][:, 1:]


def edges(rain: xr.DataArray) -> np.ndarray:
    """Fractal dimension of each day below the quantiles of the record: (time, q)."""
    return fractal_dimension(rain.transpose("time", "lat", "lon").values, field_quantiles(rain))


def cells(rain: xr.DataArray) -> np.ndarray:
    """Each day as one row: (time, lat x lon), float32."""
    return rain.transpose("time", "lat", "lon").values.reshape(rain.sizes["time"], -1)


def ranks(rain: xr.DataArray, dry: xr.DataArray) -> np.ndarray:
    """RAPSD of the ranks of each cell, the share `dry` of its days being one tie: (time, rings)."""
    return spectra(locally_ranked(rain, dry=dry))


def spectral_error(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Mean over rings of |log10 <P_x> - log10 <P_y>|: (..., rings) -> (...)."""
    return np.abs(np.log10(x) - np.log10(y)).mean(-1)


def fractal_error(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Mean of |<D_x> - <D_y>| over the quantiles at which both are defined."""
    return np.nanmean(np.abs(x - y), -1)


@dataclass(frozen=True)
class Rows:
    """Errors of profiles (..., lat), or of maps (..., lat x lon), on rows of the latitudes `lat` (lat,)."""

    lat: np.ndarray

    def zonal(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """<|x - y|> by area, mm/day."""
        area = band_areas(self.lat)
        return np.abs(x - y) @ (area / area.sum())

    def map(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """<|x - y|> of all cells by area, mm/day."""
        area = np.repeat(band_areas(self.lat), x.shape[-1] // len(self.lat))
        return np.abs(x - y) @ (area / area.sum())

    def ratio(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """|R(x) - R(y)|, R the south/north ratio of the peaks of the ITCZ."""
        return np.abs(peak_ratio(x, self.lat) - peak_ratio(y, self.lat))

    def change(self, x: np.ndarray, x_past: np.ndarray, y: np.ndarray, y_past: np.ndarray) -> np.ndarray:
        """<|(x - x_past) - (y - y_past)|> by area, mm/day."""
        return self.zonal(x - x_past, y - y_past)


def between_halves(measure: Error, per_day: Callable, obs: xr.DataArray, key: int) -> Score:
    """The error of one half of a record against the other: as far as a climate is from itself."""
    middle = obs.sizes["time"] // 2
    halves = obs[:middle], obs[middle:]
    return error(measure, *(Climate.of(per_day(half), half["time"], key + n) for n, half in enumerate(halves)))


def error(measure: Error, *climates: Climate) -> Score:
    """An error with its interval. Resamples are noisier than the record, and are shifted so that their mean is the error."""
    return _score(measure(*(climate.means for climate in climates)), climates)


def difference(
    measure: Error, mine: tuple[Climate, ...], other: tuple[Climate, ...], truth: tuple[Climate, ...]
) -> Score:
    """Error of `mine` less that of `other` against the same `truth`, with its interval; below 0 is better."""
    errors = [measure(*_paired(one, truth)) for one in (mine, other)]
    return _score(errors[0] - errors[1], (*mine, *truth))


def ratio(measure: Error, mine: tuple[Climate, ...], other: tuple[Climate, ...], truth: tuple[Climate, ...]) -> Score:
    """Error of `mine` in parts of that of `other`."""
    errors = [measure(*_paired(one, truth)) for one in (mine, other)]
    return _score(errors[0] / errors[1], (*mine, *truth))


def _paired(one: tuple[Climate, ...], truth: tuple[Climate, ...]) -> list[np.ndarray]:
    return [climate.means for climate in (*one, *truth)]


def _score(values: np.ndarray, climates: tuple[Climate, ...]) -> Score:
    value, resampled = values[0], values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(resampled - resampled.mean() + value, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Score(float(value), float(low), float(high), climates[0].days)
