"""The figure of spectra: how much a field varies at each scale, against the truth."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from nesym.report.scores import SUPERSCRIPT
from nesym.report.style import INK, MUTED, PARAMETERS, STEPS, axes_at, canvas, method_colours, method_dashes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def rapsd_figure(
    rapsd: xr.DataArray, coarse_nyquist: float | None = None, selected: str | None = None, width: float = 720.0
) -> "Figure":
    """Radially averaged power spectra (method, wavelength in km), log-log, large scales on the left.

    With a method "truth", a second panel shows every spectrum over the truth's: 1 is right, below 1 is too smooth.
    `coarse_nyquist` is the shortest wavelength of the input, twice its cell, in km: what lies beyond it is drawn by
    the methods.
    """
    from matplotlib import rc_context

    spectra, wavelength = _spectra(rapsd)
    coarse_nyquist = coarse_nyquist and min(coarse_nyquist, float(wavelength.max()))
    colours, dashes = method_colours(list(spectra), selected), method_dashes(list(spectra), selected)
    views = [(spectra, "Power (mm² h⁻²)", 250.0)]
    if "truth" in spectra:
        views.append(({m: s / spectra["truth"] for m, s in spectra.items()}, "Power / truth's", 130.0))
    with rc_context(PARAMETERS):
        top = 34.0
        figure = canvas(width, top + 48.0 + sum(height + 18.0 for *_, height in views))
        for number, (curves, label, height) in enumerate(views):
            axes = axes_at(figure, 70.0, top, width - 84.0, height)
            top += height + 18.0
            for method, curve in curves.items():
                strong = method in ("truth", selected)
                look = {"color": colours[method], "linestyle": dashes[method], "linewidth": 2.8 if strong else 1.7}
                axes.plot(wavelength, curve, label=method, **look)
            axes.set(yscale="log", ylabel=label)
            _powers_of_ten(axes)
            _wavelengths(axes, wavelength, coarse_nyquist, named=number == len(views) - 1)
            if number == 0:
                axes.legend(loc="lower left", handlelength=3.2)
                _say_nyquist(axes, coarse_nyquist)
    return figure


def _spectra(rapsd: xr.DataArray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Curves by method, zeros and the infinite wavelength of the mean left out."""
    rapsd = rapsd.transpose("method", "wavelength").sortby("wavelength")
    wavelength = rapsd["wavelength"].values
    keep = np.isfinite(wavelength) & (wavelength > 0)
    power = np.where(rapsd.values[:, keep] > 0, rapsd.values[:, keep], np.nan)
    spectra = dict(zip(map(str, rapsd["method"].values), power, strict=True))
    first = {"truth": spectra.pop("truth")} if "truth" in spectra else {}
    return first | spectra, wavelength[keep]


def _powers_of_ten(axes: "Axes") -> None:
    """Name powers of ten, and 2 and 5 between them where the axis is short.

    What has lost nearly all its power, below a millionth of the top, is cut off.
    """
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = axes.get_ylim()
    low = max(low, 1e-6 * high)
    axes.set_ylim(low, high)
    powers = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    ticks = STEPS[(low <= STEPS) & (high >= STEPS)] if high < 50.0 * low else powers
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticklabels([_tick(value) for value in ticks])


def _tick(value: float) -> str:
    exponent = float(np.log10(value))
    if 0.05 < value < 50.0 or abs(exponent - round(exponent)) > 1e-9:
        return f"{value:.3g}"
    return f"10{str(round(exponent)).translate(SUPERSCRIPT)}"


def _wavelengths(axes: "Axes", wavelength: np.ndarray, coarse_nyquist: float | None, named: bool) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = wavelength.min(), wavelength.max()
    ticks = STEPS[(STEPS >= 0.99 * low) & (STEPS <= 1.01 * high)]
    axes.set(xscale="log", xlim=(high, low))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{t:g}" for t in ticks] if named else [])
    if named:
        axes.set_xlabel("Wavelength (km)")
    axes.grid(True, which="major")
    if coarse_nyquist:
        axes.axvspan(coarse_nyquist, low, color=MUTED, alpha=0.12, linewidth=0)
        axes.axvline(coarse_nyquist, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))


def _say_nyquist(axes: "Axes", coarse_nyquist: float | None) -> None:
    if coarse_nyquist:
        axes.annotate(
            f"below {coarse_nyquist:g} km: not in the input",
            (coarse_nyquist, 1.0),
            (4, 5),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=11,
        )
