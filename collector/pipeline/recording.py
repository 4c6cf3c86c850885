"""What was recorded once, in order: frames as they were captured, or samples of a table."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from collector.model.errors import ConfigError
from collector.model.frame import Frame
from collector.model.quantity import Quantity

MOST_PROBLEMS: Final = 20
MOST_BACKWARDS: Final = 1.0  # s; more is a clock that was set, or files joined wrongly
_SHOWN: Final = 40  # characters of a wrong value
_ADDRESS: Final = re.compile("[0-9a-f]{2}(:[0-9a-f]{2}){7}")


class RecordedFrame(NamedTuple):
    """A raw frame, and when it arrived."""

    wall: datetime  # aware UTC; never before that of the item before
    frame: Frame


class RecordedSample(NamedTuple):
    """A value of one moment, as a table has it."""

    wall: datetime  # aware UTC; never before that of the item before
    ieee: str
    quantity: Quantity
    channel: str | None  # "l1" or "l2" of a state, else None
    value: float  # in the quantity's SI unit: J for energy; finite


class Problems:
    """What is wrong with a file; gives up at the twentieth."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, line: int, sentence: str) -> None:
        """Keep a sentence about a line; raises ConfigError when there are too many."""
        self._found.append(f"line {line}: {sentence}")
        if len(self._found) >= MOST_PROBLEMS:
            self._found[-1] += " (the rest of the file was not looked at)"
            self.check()

    def check(self) -> None:
        """Raise ConfigError with every problem, if there are any."""
        if self._found:
            raise ConfigError(self._source, self._found)


def shown(text: str) -> str:
    """Return a wrong value in quotes, cut, and fit for a terminal."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    quoted = json.dumps(cut, ensure_ascii=False)
    return quoted.encode("utf-8", "backslashreplace").decode()


@dataclass(slots=True)
class Captured:
    """The frames of a capture, as `collector capture` writes it: one JSON a line."""

    lines: Iterable[str]
    source: str  # names the file in a ConfigError
    lost: int = 0  # frames that the capture missed, so far as it has been read

    def __iter__(self) -> Iterator[RecordedFrame]:
        """Yield the frames as they come; after a wrong line look only for more of them.

        Raises ConfigError at the end, or at the twentieth problem.
        """
        problems = Problems(self.source)
        last = datetime.min.replace(tzinfo=UTC)
        empty = True
        for number, line in enumerate(self.lines, 1):
            if not line.strip():
                continue
            empty = False
            try:
                entry = _entry(line)
                if "dropped" in entry:
                    self.lost += _whole(entry, "dropped", 1 << 62)
                    continue
                wall, frame = _moment(entry), _frame(entry)
                if (last - wall).total_seconds() > MOST_BACKWARDS:
                    sentence, last = _backwards(last, wall), wall
                    problems.add(number, sentence)
            except ValueError as error:
                problems.add(number, str(error))
                continue
            last = max(last, wall)
            if not problems:
                yield RecordedFrame(last, frame)
        if empty:
            problems.add(1, "there is nothing in it")
        problems.check()


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if isinstance(entry, dict):
        return entry
    raise ValueError("not a line of `collector capture`; if it was cut off, remove it")


def _moment(entry: Mapping[str, Any]) -> datetime:
    at = entry.get("at")
    try:
        wall = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is None:
        raise ValueError(
            "`at` is to be a time with its zone, such as 2026-03-01T12:00:00+00:00, "
            f"got {shown(str(at))}"
        )
    return wall.astimezone(UTC)


def _frame(entry: Mapping[str, Any]) -> Frame:
    ieee, data = entry.get("ieee"), entry.get("data")
    if not isinstance(ieee, str) or not _ADDRESS.fullmatch(ieee):
        raise ValueError(f"`ieee` is to be an IEEE address, got {shown(str(ieee))}")
    try:
        payload = bytes.fromhex(data) if isinstance(data, str) else b""
    except ValueError:
        payload = b""
    if not payload:
        raise ValueError(f"`data` is to be bytes as hex digits, got {shown(str(data))}")
    return Frame(
        ieee=ieee,
        endpoint=_whole(entry, "endpoint", 0xFF),
        cluster=_whole(entry, "cluster", 0xFFFF),
        data=payload,
        lqi=None if entry.get("lqi") is None else _whole(entry, "lqi", 0xFF),
    )


def _whole(entry: Mapping[str, Any], key: str, most: int) -> int:
    value = entry.get(key)
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(
            f"`{key}` is to be a whole number up to {most}, got {shown(str(value))}"
        )
    return value


def _backwards(last: datetime, wall: datetime) -> str:
    return (
        f"the time falls from {last.isoformat()} to {wall.isoformat()}: a clock was set, "
        "or captures were joined in the wrong order; cut the file here"
    )
