"""Recorded frames, to be played again: JSON lines as `collector capture` writes them."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded frame: when after the first one, from where, and its bytes."""

    after: float  # s
    endpoint: int
    cluster: int
    data: bytes


def read_recording(path: Path, ieee: str | None = None) -> list[Recorded]:
    """Read the frames of one relay, or of all; raises ValueError or OSError."""
    frames: list[Recorded] = []
    first: float | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            if "dropped" in entry or ieee not in {None, entry.get("ieee")}:
                continue
            at = _seconds(entry["at"])
            first = at if first is None else first
            data = bytes.fromhex(entry["data"])
            place = int(entry["endpoint"]), int(entry["cluster"])
            frames.append(Recorded(at - first, *place, data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} line {number}: {error}") from error
    return frames


def _seconds(at: object) -> float:
    if isinstance(at, int | float):
        return float(at)
    return datetime.fromisoformat(str(at)).timestamp()
