"""Names that are imported when they are first used.

A package lists its public names once, as a mapping from each name to the submodule that defines it. Nothing is
imported until somebody asks, which keeps `import nesym` and `nesym --help` fast however much the library holds.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules
from typing import Any


def attach(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__, __dir__, __all__` of a `package` whose public `names` live in its submodules.

    A name that maps to itself is the submodule itself.
    """

    def __getattr__(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{names[name]}")
        value = module if name == names[name] else getattr(module, name)
        setattr(modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted(names)

    return __getattr__, __dir__, sorted(names)
