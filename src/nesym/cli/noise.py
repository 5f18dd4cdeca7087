"""How much noise a generative method adds, and what its network is told: as asked for on the command line."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nesym._errors import InputError
from nesym.cli.source import Source, read_rain

if TYPE_CHECKING:
    from nesym.downscale import AbstractDownscaler
    from nesym.downscale.generative import AbstractGenerative

AUTO = "auto"
NONE_NEEDED = "Leave it out, or use --method consistency, which draws from noise."


@dataclass(frozen=True)
class NoiseChoice:
    """`level`: "auto", a number, or None as the model was saved; `observed` moves an "auto" to where spectra part."""

    level: str | None = None
    observed: Path | None = None
    zero_shot: bool = False

    def __post_init__(self):
        if self.level is not None and self.level != AUTO and not _positive(self.level):
            raise InputError(
                f"--noise takes a positive number, or auto; '{self.level}' came.",
                "Say --noise auto, or --noise 0.8 in standard deviations of the transformed rain.",
            )
        if self.observed is not None and self.level not in (None, AUTO):
            raise InputError(
                f"--observed is to find the noise level, and --noise {self.level} came.", "Leave one of the two out."
            )

    @property
    def options(self) -> str:
        """The options that were given, as they are typed."""
        given = {"--noise": self.level, "--observed": self.observed, "--zero-shot": self.zero_shot}
        return " and ".join(name for name, value in given.items() if value not in (None, False))


def with_noise(
    method: "AbstractDownscaler", asked: NoiseChoice, source: Source, factor: int, missing: str
) -> "tuple[AbstractDownscaler, tuple[str, ...]]":
    """The method with its noise as `asked`, and a line that says which wavelength and level that is."""
    from nesym.downscale.generative import AbstractGenerative

    if not isinstance(method, AbstractGenerative):
        if asked.options:
            raise InputError(f"{asked.options} came, and the {method.name} method has no noise level.", NONE_NEEDED)
        return method, ()
    if asked.level == AUTO or asked.observed is not None:
        method = replace(method, sigma=None)
    elif asked.level is not None:
        method = replace(method, sigma=float(asked.level))
    sigma, words = _level(method, asked, source, factor, missing)
    told = "the network is told nothing of the coarse rain" if asked.zero_shot else ""
    note = f"noise: sigma {sigma:.3g}, {words}{'; ' * bool(told)}{told}"
    return replace(method, sigma=sigma, zero_shot=asked.zero_shot or method.zero_shot), (note,)


def _level(
    method: "AbstractGenerative", asked: NoiseChoice, source: Source, factor: int, missing: str
) -> tuple[float, str]:
    """The noise level, and where it comes from in words."""
    from nesym.downscale.noise_level import spectral_noise_level
    from nesym.fields.grid import Grid

    if method.sigma is not None:
        return method.sigma, "as asked for" if asked.level else "as the model was saved with"
    nyquist = 2 * max(Grid.of(source.rain).spacing_km)
    words = f"fitted for wavelengths below {nyquist:.4g} km, twice the coarse grid spacing"
    if asked.observed is None:
        return method.noise_level(factor), words
    observed, _ = read_rain(asked.observed, None, missing)
    found = spectral_noise_level(observed, source.rain, factor=factor, transform=method.fitted.transform)
    if found.crossing:
        return found.sigma, f"for wavelengths below {found.wavelength:.4g} km, where the two spectra part"
    return method.noise_level(factor), f"{words}: above it, the two spectra do not part"


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
