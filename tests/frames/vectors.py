"""Frames and values of real relays, with what other decoders make of them."""

import json
from pathlib import Path
from typing import Any

Vector = dict[str, Any]

VECTORS: list[Vector] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
)


def vector(name: str) -> Vector:
    """Return the vector with this id."""
    return next(entry for entry in VECTORS if entry["id"] == name)


def of_kind(*kinds: str) -> list[Vector]:
    """Return the vectors of these kinds, in their order."""
    return [entry for entry in VECTORS if entry["kind"] in kinds]
