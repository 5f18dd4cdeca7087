"""What the reader of the API pages needs to know about NESYM's sources.

Three things cannot be read off them statically: packages name their public objects in a lazy table, Equinox modules
get their constructor from their fields, and docstrings write formulas in plain text where Markdown would see markup.
"""

import ast
import re

from griffe import Alias, Attribute, Class, ExprCall, Extension, Function, Module, Parameter, ParameterKind, Parameters

MARKUP = re.compile(r"([\\*_\[\]])")
CODE = re.compile(r"(`+[^`]*`+)")
INDENT = "    "


class NesymNames(Extension):
    """Public names at the place where users import them, constructors of modules, formulas as they are written."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, str]] = {}

    def on_module_members(self, *, node, mod: Module, agent, **_) -> None:
        """Remember the table of names that a package hands to `attach`."""
        for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
            if getattr(call.func, "id", None) == "attach":
                self._tables[mod.path] = ast.literal_eval(call.args[1])

    def on_package(self, *, pkg: Module, loader, **_) -> None:
        """Put aliases in the packages, constructors in the modules, and plain text in the docstrings."""
        if pkg.path != "nesym":
            return
        _finish(pkg, set())
        for path, names in self._tables.items():
            package = loader.modules_collection[path]
            # What they stand for is looked up first: some names are those of their own files.
            files = {name: found for name, file in names.items() if (found := _inside(package, file)) is not None}
            targets = {name: file.members.get(name, file) for name, file in files.items()}
            for name, target in targets.items():
                if package.members.get(name) is not target:
                    package.set_member(name, Alias(name, target, parent=package))


def _inside(package: Module, file: str) -> Module | None:
    """The module of a package, or of a package within it, by its name with dots; None where it is not there."""
    place = package
    for part in file.split("."):
        if part not in place.members:
            return None
        place = place.members[part]
    return place


def _finish(place: Module | Class, seen: set[str]) -> None:
    if place.path in seen:
        return
    seen.add(place.path)
    own = [member for member in list(place.members.values()) if not member.is_alias]
    inner = [member for member in own if member.is_module or member.is_class]
    for thing in (place, *(member for member in own if member not in inner)):
        if thing.docstring is not None:
            thing.docstring.value = as_markdown(thing.docstring.value)
    for member in inner:
        _finish(member, seen)
    if isinstance(place, Class):
        _give_constructor(place)


def as_markdown(text: str) -> str:
    """`text` with everything literal that is neither code in backticks nor an indented formula."""
    lines = []
    for line in text.split("\n"):
        parts = [line] if line.startswith(INDENT) else CODE.split(line)
        lines.append("".join(p if p.startswith(("`", INDENT)) else _literal(p) for p in parts))
    return "\n".join(lines)


def _literal(text: str) -> str:
    return MARKUP.sub(r"\\\1", text).replace("<", "&lt;")


def _give_constructor(place: Class) -> None:
    bases = {base.canonical_path for cls in (place, *place.mro()) for base in cls.bases if not isinstance(base, str)}
    fields = [m for m in place.members.values() if m.is_attribute and "instance-attribute" in m.labels]
    if "equinox.Module" not in bases or "__init__" in place.members or not fields:
        return
    if any("eqx.Abstract" in str(field.annotation) for field in fields):
        return
    own = [Parameter("self", kind=ParameterKind.positional_or_keyword)]
    init = Function("__init__", parent=place, parameters=Parameters(*own, *map(_parameter, fields)))
    place.set_member("__init__", init)


def _parameter(field: Attribute) -> Parameter:
    default = field.value
    if isinstance(default, ExprCall) and str(default.function) == "eqx.field":
        default = {argument.name: argument.value for argument in default.arguments}.get("default")
    return Parameter(field.name, annotation=field.annotation, kind=ParameterKind.positional_or_keyword, default=default)
