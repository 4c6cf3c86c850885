"""Time zones by name, and the system's own."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

_LOCALTIME = Path("/etc/localtime")


def known_zone(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name, or None where there is none."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # bad paths, bad bytes, not found
        return None


def system_zone() -> ZoneInfo:
    """Return the system's zone: $TZ, then /etc/localtime, then UTC."""
    named = known_zone(os.environ.get("TZ", "").removeprefix(":"))
    if named is not None:
        return named
    try:
        target = str(_LOCALTIME.resolve(strict=True))
        _, found, name = target.partition("/zoneinfo/")
        if found and (zone := known_zone(name)) is not None:
            return zone
        with _LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError):
        return ZoneInfo("UTC")
