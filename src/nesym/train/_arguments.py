"""Arguments of a run that cannot be meant."""

from nesym._errors import InputError


def check_arguments(steps: int, key: int, every: int, log_every: int, ema: float | None, clip: float | None) -> None:
    """Raise `InputError` for arguments of `nesym.train.fit` that do not fit."""
    for name, value in {"steps": steps, "every": every, "log_every": log_every}.items():
        if not isinstance(value, int) or value < 1:
            raise InputError(
                f"`{name}` is a whole number of steps, at least 1, and {value!r} came.", f"Give {name}=1 or more."
            )
    if not isinstance(key, int) or isinstance(key, bool):
        raise InputError(f"`key` is a whole number, and {type(key).__name__} came.", "Give an integer, such as key=0.")
    if ema is not None and not 0 < ema < 1:
        raise InputError(f"`ema` lies between 0 and 1, and {ema!r} came.", "Give ema=0.999, or None for no average.")
    if clip is not None and not clip > 0:
        raise InputError(
            f"`clip` is a gradient norm above 0, and {clip!r} came.", "Give clip=1.0, or None for no clipping."
        )
