"""Cron lines as cron reads them, however the library behind counts its weekdays."""

import json
import re
from dataclasses import dataclass

_NUMBER = re.compile(r"[0-9]{1,2}")
_ITEM = re.compile(
    r"(?P<first>\*|[0-9a-z]+)(?:-(?P<last>[0-9a-z]+))?(?:/(?P<step>.+))?"
)
_LONGEST_SHOWN = 30
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # days
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the five fields of a line."""

    word: str
    low: int
    high: int
    names: tuple[str, ...] = ()  # the first stands for `low`

    @property
    def every(self) -> frozenset[int]:
        return frozenset(range(self.low, self.high + 1))


_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day", 1, 31)
_MONTH = _Field("month", 1, 12, _MONTHS)
_WEEKDAY = _Field("weekday", 0, 6, _WEEKDAYS)
_FIELDS = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)


def plain_cron(line: str) -> str:
    """Return a line of five fields without ranges, steps and weekday numbers.

    Weekdays are counted as in cron: 0 and 7 are Sunday, 1-5 is Monday to Friday.
    Raises ValueError with a sentence for a line that is none, that never comes, or
    that gives both a day and a weekday (cron takes either, others take both).
    """
    words = line.lower().split()
    if len(words) != len(_FIELDS):
        raise ValueError(
            "expected five fields, minute hour day month weekday, "
            f'such as "0 6 * * 1-5"; got {len(words)}'
        )
    values = {
        field: _values(field, word) for field, word in zip(_FIELDS, words, strict=True)
    }
    days, months = values[_DAY], values[_MONTH]
    if days != _DAY.every and values[_WEEKDAY] != _WEEKDAY.every:
        raise ValueError(
            "day and weekday are both given, which cron reads as either of them; "
            "write * for one"
        )
    if not any(min(days) <= _LONGEST_MONTHS[month - 1] for month in months):
        raise ValueError("no month of these has such a day")
    return " ".join(_written(field, values[field]) for field in _FIELDS)


def _values(field: _Field, word: str) -> frozenset[int]:
    found: set[int] = set()
    for item in word.split(","):
        found |= _item(field, item)
    return frozenset(found)


def _item(field: _Field, item: str) -> set[int]:
    match = _ITEM.fullmatch(item)
    if match is None or (match["first"] == "*" and match["last"]):
        raise _unreadable(field, item)
    if match["first"] == "*":
        first, last = field.low, field.high
    else:
        first = _value(field, match["first"], item)
        last = first if match["step"] is None else field.high
        if match["last"] is not None:
            last = _value(field, match["last"], item)
            if field is _WEEKDAY and last == 0 < first:
                last = 7  # up to Sunday
    if last < first:
        raise ValueError(
            f"{field.word} {_quoted(item)} runs backwards; write two ranges"
        )
    step = _step(field, match["step"], item)
    numbers = range(first, last + 1, step)
    return {each % 7 for each in numbers} if field is _WEEKDAY else set(numbers)


def _value(field: _Field, text: str, item: str) -> int:
    if text in field.names:
        return field.names.index(text) + field.low
    if _NUMBER.fullmatch(text) is None:
        raise _unreadable(field, item)
    number, high = int(text), 7 if field is _WEEKDAY else field.high
    if not field.low <= number <= high:
        raise _unreadable(field, item)
    return number


def _step(field: _Field, text: str | None, item: str) -> int:
    if text is None:
        return 1
    number = int(text) if _NUMBER.fullmatch(text) else 0
    if not 0 < number <= field.high - field.low:
        raise _unreadable(field, item)
    return number


def _unreadable(field: _Field, item: str) -> ValueError:
    names = f" or {field.names[0]}-{field.names[-1]}" if field.names else ""
    return ValueError(
        f"{field.word} {_quoted(item)} cannot be read; expected *, a number from "
        f"{field.low} to {field.high}{names}, a range, a list, or steps such as */2"
    )


def _quoted(item: str) -> str:
    return json.dumps(item[:_LONGEST_SHOWN])


def _written(field: _Field, values: frozenset[int]) -> str:
    if values == field.every:
        return "*"
    if field is _WEEKDAY:
        return ",".join(_WEEKDAYS[each] for each in sorted(values))
    return ",".join(map(str, sorted(values)))
