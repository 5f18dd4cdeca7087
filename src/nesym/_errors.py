"""Exceptions that carry their remedy.

Every message says what was expected, what came, and what to do about it. The remedy is a field of its own,
so that the command line can print it apart and tests can ask for it.
"""


class NesymError(Exception):
    """A problem that the user can solve: `problem` says what is wrong, `remedy` what to do."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class InputError(NesymError, ValueError):
    """The data or an argument is not what the operation needs."""


class UnitError(InputError):
    """Units are absent, unknown, or of another dimension than the quantity."""


class VariableError(InputError):
    """The wanted variable is not there, or more than one could be meant."""


class GridError(InputError):
    """The horizontal grid is not understood, or does not fit the request."""


class TimeError(InputError):
    """The time axis is not increasing, repeats itself, or has no usable step."""


class MissingValuesError(InputError):
    """Values are missing where the operation needs a complete field."""


class RangeError(InputError):
    """Values lie outside what the quantity can be (negative rain, say)."""


class FileError(NesymError, OSError):
    """A file cannot be read or written."""


class ResourceError(NesymError, MemoryError):
    """The request needs more memory or disk than there is."""


class NotFittedError(NesymError, RuntimeError):
    """An estimator was asked for a result before `fit`."""


class ConstraintError(NesymError, ValueError):
    """A constraint cannot be used in the way it was asked to."""


class TrainingError(NesymError, RuntimeError):
    """Training that stopped before its end."""
