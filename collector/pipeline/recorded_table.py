"""A table of samples, `time,relay,quantity,value` in the configuration's units, read fast."""

import csv
import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter, le
from typing import Final, TypeAlias

from collector.pipeline.recorded_time import Moments
from collector.pipeline.recorded_words import STATES, UNITS, Series, Words, si_value
from collector.pipeline.recording import Problems, RecordedSample, shown

COLUMNS: Final = ("time", "relay", "quantity", "value")
HEADER: Final = ",".join(COLUMNS)
NOT_UTF8: Final = "not UTF-8 text; save the file as UTF-8"

Pick: TypeAlias = Callable[[list[str]], tuple[str, ...]]


def read_table(
    lines: Iterable[str], words: Words, source: str
) -> Iterator[RecordedSample]:
    """Yield the samples by time; those of one moment stay in their order.

    Everything is read before the first one comes, so rows may stand in any order: a
    row takes 24 bytes. Bytes that are not UTF-8 are to be surrogates. Raises
    ConfigError with the problems of all rows, or with the first twenty.
    """
    problems = Problems(source)
    table = _Table(words, problems)
    table.read(lines)
    problems.check()
    return table.samples()


class _Table:
    """The rows as columns: a month of 20 relays has a million."""

    def __init__(self, words: Words, problems: Problems) -> None:
        self._words = words
        self._problems = problems
        self._moments = Moments(words.zone)
        self._series: list[Series] = []
        # Index of the series and unit of its values, by the words of a row.
        self._known: dict[tuple[str, str], tuple[int, float | None]] = {}
        self._refused: set[tuple[str, str]] = set()  # told of once, not in each row
        self._at = array("d")  # Unix time, s
        self._which = array("L")  # index into `_series`
        self._values = array("d")
        self._rows = csv.reader(())

    def read(self, lines: Iterable[str]) -> None:
        """Take all rows; what is wrong with them goes to the problems."""
        rows = self._rows = csv.reader(lines, skipinitialspace=True)
        try:
            header = next((row for row in rows if row), None)
            if header is None:
                self._wrong(f"there is nothing in it; it is to begin with {HEADER}")
            elif self._is_header(header):
                self._fill(
                    len(header), itemgetter(*map(_titles(header).index, COLUMNS))
                )
                if not self._at and not self._problems:
                    self._wrong("no row follows the header")
        except csv.Error as error:
            self._wrong(f"{error}; is a quote never closed?")

    def samples(self) -> Iterator[RecordedSample]:
        """Yield the rows by time."""
        at, which, values, series = self._at, self._which, self._values, self._series
        order: Iterable[int] = range(len(at))
        if not all(map(le, at, islice(at, 1, None))):
            order = sorted(order, key=at.__getitem__)
        last, wall = math.nan, datetime.min.replace(tzinfo=UTC)
        for index in order:
            seconds = at[index]
            if seconds != last:
                last, wall = seconds, datetime.fromtimestamp(seconds, UTC)
            ieee, quantity, channel = series[which[index]]
            yield RecordedSample(wall, ieee, quantity, channel, values[index])

    def _wrong(self, sentence: str) -> None:
        self._problems.add(max(1, self._rows.line_num), sentence)

    def _is_header(self, row: list[str]) -> bool:
        titles = _titles(row)
        if all(titles.count(column) == 1 for column in COLUMNS):
            return True
        got = shown(",".join(row))
        self._wrong(
            NOT_UTF8 if _broken(row) else f"expected the header {HEADER}, got {got}"
        )
        return False

    def _fill(self, width: int, pick: Pick) -> None:
        """Take the rows; here a microsecond is a second."""
        known, moment = self._known, self._moments.seconds
        add_at, add_which = self._at.append, self._which.append
        add_value = self._values.append
        last, seconds, index = "", 0.0, 0
        for row in self._rows:
            if len(row) != width:
                self._miscounted(row, width)
                continue
            when, relay, quantity, text = pick(row)
            try:
                if when != last:
                    seconds = moment(when)
                    last = when
                index, unit = known[relay, quantity]
                value = STATES[text] if unit is None else float(text) * unit
            except (ValueError, KeyError):
                value = math.nan
            if value - value == 0.0:  # finite
                add_at(seconds)
                add_which(index)
                add_value(value)
            else:
                self._take_slowly(when, (relay, quantity), text)

    def _take_slowly(self, when: str, key: tuple[str, str], text: str) -> None:
        """Take a row that is new or odd, or say everything that is wrong with it."""
        seconds, index, value = 0.0, 0, 0.0
        wrong: list[str] = []
        if _broken((when, *key, text)):
            wrong.append(NOT_UTF8)
        else:
            try:
                seconds = self._moments.seconds(when.strip())
            except ValueError as error:
                wrong.append(str(error))
            try:
                index = self._index(key)
                value = si_value(self._series[index][1], text.strip())
            except ValueError as error:
                wrong.append(str(error))
        if not wrong:
            self._at.append(seconds)
            self._which.append(index)
            self._values.append(value)
        elif any(wrong):
            self._wrong("; ".join(filter(None, wrong)))

    def _index(self, key: tuple[str, str]) -> int:
        """Return the series of a row's words; ValueError, empty when it was said."""
        if key in self._refused:
            raise ValueError
        if key not in self._known:
            relay, quantity = key
            try:
                series = self._words.series(relay.strip(), quantity.strip())
            except ValueError:
                self._refused.add(key)
                raise
            self._known[key] = len(self._series), UNITS[series[1]]
            self._series.append(series)
        return self._known[key][0]

    def _miscounted(self, row: list[str], width: int) -> None:
        if row:  # else a blank line
            comma = "; is there a decimal comma?" if len(row) == width + 1 else ""
            self._wrong(f"{len(row)} columns where the header has {width}{comma}")


def _titles(header: list[str]) -> list[str]:
    return [title.strip().lower() for title in header]


def _broken(row: Iterable[str]) -> bool:
    """Whether there are surrogates: bytes that were no UTF-8."""
    return any("\udc80" <= each <= "\udcff" for word in row for each in word)
