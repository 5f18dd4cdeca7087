"""Radially averaged power spectra (RAPSD) at true wavelengths."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nesym._errors import GridError, MissingValuesError


@dataclass(frozen=True)
class Rings:
    """Which ring of wavenumbers every Fourier mode of an (ny, nx) field with `spacing` (dy, dx) belongs to:

        r = round(L |k|),    |k|^2 = (i / (ny dy))^2 + (j / (nx dx))^2,    L = max(ny dy, nx dx)

    for all rings below the Nyquist wavenumber of the coarser axis. On a square field with dy = dx these are the rings
    of pysteps (Pulkkinen et al. 2019, doi 10.5194/gmd-12-4185-2019); on others |k| stays a true, isotropic wavenumber,
    where an index radius would mix wavelengths of the two axes.
    """

    shape: tuple[int, int]
    spacing: tuple[float, float]

    def __post_init__(self) -> None:
        if len(self.shape) != 2 or min(self.shape) < 2 or not min(self.spacing) > 0:
            raise GridError(
                f"A spectrum needs a field of at least 2 x 2 cells of positive size; {self.shape} cells of "
                f"{self.spacing} km came.",
                "Give the whole field, with rows and columns as its last two axes, and its spacing in km.",
            )

    @property
    def length(self) -> float:
        """L, the longer side of the domain."""
        return max(n * d for n, d in zip(self.shape, self.spacing, strict=True))

    @property
    def count(self) -> int:
        """Number of rings, ring 0 (the mean) among them."""
        return int(np.ceil(self.length / (2 * max(self.spacing)) - 1e-9))

    @property
    def wavelength(self) -> np.ndarray:
        """L / r, in the unit of `spacing`; infinite for ring 0. The shortest is just above two (coarser) cells."""
        with np.errstate(divide="ignore"):
            return self.length / np.arange(self.count)

    @cached_property
    def _half_plane(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ring and multiplicity of every mode that a real transform stores, and the number of modes on each ring."""
        (ny, nx), (dy, dx) = self.shape, self.spacing
        ky, kx = np.fft.fftfreq(ny, dy) * self.length, np.fft.rfftfreq(nx, dx) * self.length
        ring = np.hypot(ky[:, None], kx).round().astype(np.intp)
        twice = np.full(ring.shape, 2.0)  # the stored half stands for its mirror image as well, ...
        twice[:, 0] = 1.0  # ... but the columns that are their own mirror image stand for themselves
        if nx % 2 == 0:
            twice[:, -1] = 1.0
        ring = np.minimum(ring, self.count)  # what lies beyond the last ring is gathered and dropped
        modes = np.bincount(ring.ravel(), twice.ravel(), self.count + 1)[: self.count]
        return ring.ravel(), twice, modes

    def mean_power(self, fields: np.ndarray) -> np.ndarray:
        """RAPSD averaged over `fields` (n, ny, nx): (rings,), float64. See `rapsd`."""
        from scipy.fft import rfft2

        amplitude = rfft2(np.asarray(fields, np.float64))
        power = np.einsum("nij,nij->ij", amplitude.real, amplitude.real)
        power += np.einsum("nij,nij->ij", amplitude.imag, amplitude.imag)
        return self.of_modes(power / (len(fields) * self.shape[0] * self.shape[1]))

    def of_modes(self, power: np.ndarray) -> np.ndarray:
        """Means over the rings of the power of every mode, |F|^2 / (ny nx) as `rfft2` stores it: (rings,)."""
        ring, twice, modes = self._half_plane
        return np.bincount(ring, (power * twice).ravel(), self.count + 1)[: self.count] / modes


def rapsd(fields: np.ndarray, spacing: tuple[float, float] = (1.0, 1.0)) -> tuple[np.ndarray, np.ndarray]:
    """Radially averaged power spectral density of (..., ny, nx): wavelengths (rings,) and power (..., rings).

        P(r) = mean over ring r of |F(k)|^2 / (ny nx),    F = fft2(field)

    White noise of standard deviation s has P = s^2 on every ring, whatever the grid. Wavelengths are true ones, L / r
    in the unit of `spacing` (two cells at the Nyquist limit; plots in the literature often show half of that).
    The transform is done in float64, field by field, so memory stays that of one field.
    Raises `MissingValuesError` for NaN, which a Fourier transform would spread over all wavelengths.
    """
    fields = np.asarray(fields)
    if not np.isfinite(fields).all():
        raise MissingValuesError(
            "A spectrum needs complete fields, and some values are missing or infinite.",
            "Cut the fields to a part without gaps, or leave out the steps that have some.",
        )
    rings = Rings(fields.shape[-2:], tuple(spacing))
    power = [rings.mean_power(field[None]) for field in fields.reshape(-1, *rings.shape)]
    return rings.wavelength, np.array(power).reshape(*fields.shape[:-2], rings.count)
