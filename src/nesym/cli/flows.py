"""Physical models by the names that they have in the shell."""

import inspect
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from nesym._errors import InputError

if TYPE_CHECKING:
    from nesym.physics import Flow


def known_flow(name: str) -> "Flow":
    """The physical model of that name, with its published parameters."""
    flows = flows_by_name()
    if name not in flows:
        near = get_close_matches(name.lower(), flows, n=3, cutoff=0.4)
        raise InputError(
            f"There is no physical model '{name}'.",
            f"Write {' or '.join(near)}." if near else f"Use one of {', '.join(sorted(flows))}.",
        )
    return flows[name]()


def flows_by_name() -> "dict[str, type[Flow]]":
    """Physical models by their names in the shell: TwoBody is two-body."""
    from nesym import physics
    from nesym.physics import Flow

    found = {name: getattr(physics, name) for name in physics.__all__}
    return {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower(): flow
        for name, flow in found.items()
        if inspect.isclass(flow) and issubclass(flow, Flow) and flow is not Flow and not inspect.isabstract(flow)
    }
