"""Numbers out of documents that an earlier process, or a damaged disk, left behind."""

import math
from collections.abc import Mapping


def number(value: object) -> float | None:
    """Return a finite number; None for anything else, however large."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def amount(document: Mapping[str, object], key: str) -> float:
    """Return what is kept under a key, at least 0; nonsense counts as 0."""
    return max(0.0, number(document.get(key)) or 0.0)
