"""Where a result comes from: attributes that say who made it, how, from what and with which key."""

from datetime import UTC, datetime

import xarray as xr

from nesym._version import __version__

CONVENTIONS = "CF-1.11"
CARRIED = ("institution", "licence", "license", "references")


def provenance(
    data: xr.DataArray | xr.Dataset,
    *,
    method: str,
    key: int | None,
    history_line: str,
    version: str = __version__,
    now: datetime | None = None,
) -> dict[str, str | int]:
    """Global attributes for a result made from `data` by `method` with the random `key` (None: without randomness).

    `history_line` is what was run; it goes, with the time in UTC, on top of the input's own history. Institution,
    licence and references of the input are carried on, since they bind what is made from it.
    """
    now = datetime.now(UTC) if now is None else now
    entry = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {history_line} (NESYM {version})"
    earlier = data.attrs.get("history")
    origin, title = data.attrs.get("source"), data.attrs.get("title")
    attrs = {name: data.attrs[name] for name in CARRIED if name in data.attrs} | {
        "Conventions": CONVENTIONS,
        "title": f"NESYM {method}" + (f" of: {title}" if title else ""),
        "history": f"{entry}\n{earlier}" if earlier else entry,
        "source": f"NESYM {version}, {method}" + (f"; from: {origin}" if origin else ""),
        "nesym_version": version,
        "method": method,
    }
    return attrs if key is None else attrs | {"key": int(key)}
