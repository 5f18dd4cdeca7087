"""How much noise a generative downscaler adds: as much as the observed spectrum has where the input loses its worth."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError
from nesym.downscale._downscaler import with_time
from nesym.downscale.cascade_fit import WET, evenly, rainy, rainy_fields, usable_factors
from nesym.downscale.request import check_dims, check_factor
from nesym.fields.canonical import canonical
from nesym.fields.grid import Grid, coarsen
from nesym.fields.rain import RATE_UNITS
from nesym.fields.transforms import Chain, Root, Standardise, Transform
from nesym.verify.spectra import Rings, rapsd

FIELDS = 256  # at most so many fields of each kind are looked at
BATCHES = 8  # parts of a record, each taken as one independent piece of weather
SURE = 2.36  # Student's t, two-sided 5 %, with the 7 degrees of freedom of 8 batches
OFF = np.log(2.0)  # by which the logarithm of power must differ, however sure the difference is
REFERENCE = 2  # rings at least that say how much a foreign model's rain varies altogether
SPACING = 0.01  # relative difference of grid spacings that rounded coordinates may have


@dataclass(frozen=True)
class NoiseLevel:
    """A noise level and the scale it belongs to: what is smaller is covered by the noise, what is larger stays.

    k: wavenumber in cycles along the longer side of the domain, as the rings of `nesym.verify.rapsd` are counted;
    wavelength: the same as a true wavelength in km; sigma: standard deviation of the noise, in units of the transformed
    rain; crossing: whether two spectra told k, or it is the Nyquist wavenumber of the coarse grid.
    """

    k: float
    wavelength: float
    sigma: float
    crossing: bool


def spectral_noise_level(observed, coarse=None, *, factor: int, transform: Transform | None = None) -> NoiseLevel:
    """The level of white noise that hides those scales of interpolated coarse rain that are not to be trusted.

        sigma = sqrt(PSD[T(o)](k*)),    o: `observed` fine rain (time, y, x),  T: the `transform`

    White noise of standard deviation s has PSD = s^2 on every ring: this noise outweighs what is smaller than k* and is
    outweighed by what is larger (Bischoff and Deck 2024, doi 10.1175/AIES-D-23-0039.1; Hess et al. 2025, doi
    10.1038/s42256-025-00980-5). Between rings, the PSD is interpolated in the logarithms of both.

    k* is the Nyquist wavenumber L / (2 f d) of the grid `factor` f times coarser, d being the fine spacing (the larger of
    the two) and L the longer side of the domain, unless `coarse` is given: rain c (time, Y, X) of a foreign model on that
    grid, of the same area and averaged over the same time step, but of any dates. Then k* is the first ring (of 3, 4, ...)
    from which on its spectrum departs from the observed one for good, if there is one:

        |R(r) - R_0| > max(ln 2, 2.36 s)    with one sign for all r from k* to the last below L / (2 f d), two at least
        R(r) = ln PSD[T(c)](r) - ln PSD[T(C o)](r),    R_0 = sum r R(r) / sum r  over r <= max(2, k* / 2)

    C is the mean over blocks, so that both are spectra of coarse rain on one grid: interpolated rain departs from
    PSD[T(o)] whatever the model does, since it is flat well above the coarse Nyquist wavelength already. R_0, what the
    ratio is on scales at least twice as large, is taken off because rain that varies more or less on all scales has
    another amplitude, not another structure; where dates differ that is chance, and else it is for quantile mapping to
    correct. s is the standard error of R(r) - R_0, by a jackknife over eight batches of either record (5 % for each ring).

    Fields with rain on a tenth of their area count, at most 256 of each, evenly spread. `transform` takes mm h-1; by
    default it is the cube root, brought to zero mean and unit variance on `observed`. Wavelengths are true ones, twice
    those on the axes of the published plots. Raises `InputError` and its kinds for fewer than eight rainy fields, fewer
    than 8 x 8 blocks, grids that do not fit each other, and gaps.
    """
    check_factor(factor)
    fine = _rain(observed)
    usable_factors(fine.shape, (int(factor),))
    grid = Grid.of(fine)
    transform = _usual_transform(fine) if transform is None else transform
    rings = Rings(grid.shape, grid.spacing_km)
    power = _power(fine, transform, "observed").mean(0)[1 : rings.count]
    crossing = None
    if coarse is not None:
        foreign = _on_grid(_rain(coarse), grid.coarsen(factor), factor)
        crossing = _crossing(_power(coarsen(fine, factor), transform, "observed"), _power(foreign, transform, "coarse"))
    k = float(crossing or rings.length / (2 * factor * max(grid.spacing_km)))
    sigma = np.exp(0.5 * np.interp(np.log(k), np.log(np.arange(1, rings.count)), np.log(power)))
    return NoiseLevel(k, rings.length / k, float(sigma), crossing is not None)


def _rain(data) -> xr.DataArray:
    rain = canonical(data, "pr")
    check_dims(rain)
    return with_time(rain)


def _usual_transform(fine: xr.DataArray) -> Chain:
    return Chain((Root(), Standardise())).fit(rainy_fields(fine), RATE_UNITS)


def _on_grid(foreign: xr.DataArray, wanted: Grid, factor: int) -> xr.DataArray:
    """`foreign` as it is; raises `GridError` unless its grid has the shape and the spacing of the `wanted` one."""
    came = Grid.of(foreign)
    off = np.abs(np.divide(came.spacing_km, wanted.spacing_km) - 1).max()
    if came.kind != wanted.kind or came.shape != wanted.shape or off > SPACING:
        raise GridError(
            f"A factor of {factor} asks for coarse rain on {_words(wanted)}, and it came on {_words(came)}.",
            "Give the factor that leads from one grid to the other, cut both to the same area, "
            "or bring the coarse rain to that grid with nesym.fields.regrid.",
        )
    return foreign


def _words(grid: Grid) -> str:
    (ny, nx), (dy, dx) = grid.shape, grid.spacing_km
    return f"{ny} x {nx} cells ({', '.join(grid.dims)}) of {dy:.4g} x {dx:.4g} km"


def _power(rain: xr.DataArray, transform: Transform, whose: str) -> np.ndarray:
    """Spectra of the transformed rainy fields, in the order of time: (field, ring)."""
    steps = np.flatnonzero(rainy(rain))
    if steps.size < BATCHES:
        raise InputError(
            f"A spectrum needs {BATCHES} fields with {WET} mm h-1 or more on a tenth of their area, "
            f"and the {whose} rain has {steps.size}.",
            "Give a longer or rainier period, or a smaller area around the rain.",
        )
    parts = [rain.isel(time=part).values for part in np.array_split(evenly(steps, FIELDS), BATCHES)]
    power = np.concatenate([rapsd(transform(x, RATE_UNITS), Grid.of(rain).spacing_km)[1] for x in parts])
    if not power[:, 1:].any(0).all():
        raise InputError(
            f"The {whose} rain has no power at all on some scale: its fields are even, or repeat themselves.",
            "Give rain as it was measured or modelled.",
        )
    return power


def _crossing(own: np.ndarray, foreign: np.ndarray) -> int | None:
    """The first ring from which on two series of spectra (field, ring) differ for good."""
    rings = min(own.shape[1], foreign.shape[1])  # spacings that differ within the tolerance may cost one the last ring
    logs = [_log_means(power[:, 1:rings]) for power in (own, foreign)]
    for k in range(1 + REFERENCE, rings - 1):
        (a, error_a), (b, error_b) = (_relative(values, k) for values in logs)
        least = np.maximum(OFF, SURE * np.hypot(error_a, error_b))
        if (b - a > least).all() or (a - b > least).all():
            return k
    return None


def _log_means(power: np.ndarray) -> np.ndarray:
    """ln of the mean spectrum of all fields, then of all but each of the batches: (1 + batch, ring)."""
    parts = np.array_split(power, BATCHES)
    others = [np.concatenate(parts[:i] + parts[i + 1 :]) for i in range(BATCHES)]
    return np.log([sample.mean(0) for sample in (power, *others)])


def _relative(logs: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Log spectra from ring `k` on, relative to scales at least twice as large, and their jackknife standard errors."""
    larger = max(REFERENCE, k // 2)
    weights = np.arange(1, larger + 1)  # a ring has about as many modes as its number
    values = logs[:, k - 1 :] - (logs[:, :larger] @ weights / weights.sum())[:, None]
    return values[0], np.sqrt((BATCHES - 1) * values[1:].var(0))
