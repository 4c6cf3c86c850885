"""Which tariff period holds when, in local time and across daylight saving time."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Final

from collector.model.settings import Tariff, TariffPeriod

_JOULES_PER_KWH: Final = 3.6e6
_HORIZON_SECONDS: Final = 48 * 3600.0  # every boundary recurs within a day
_MAX_SPLIT_SECONDS: Final = 31 * 86_400.0


class TariffCalendar:
    """The periods of one tariff on the time line; times are Unix times, s.

    Without a tariff there is one nameless period for ever.
    """

    def __init__(self, tariff: Tariff | None) -> None:
        periods = tariff.periods if tariff is not None else ()
        self.names: Final = tuple(period.name for period in periods) or ("",)
        self._zone: Final[tzinfo | None] = tariff.timezone if tariff else None
        self._timed: Final = tuple(
            (period.start, period.end, period.name)
            for period in periods[1:]
            if period.start is not None and period.end is not None
        )
        self._prices: Final = {period.name: _joule_price(period) for period in periods}
        self._boundaries: Final = sorted(
            {moment for start, end, _ in self._timed for moment in (start, end)}
        )
        # The stretch looked up last: nearly every question is about it again.
        self._name = self.names[0]
        self._from = math.inf
        self._until = -math.inf

    def period_at(self, at: float) -> str:
        """Return the name of the period at this time; the first is the rest."""
        if self._zone is None or not self._timed:
            return self.names[0]
        local = datetime.fromtimestamp(at, self._zone).time()
        for start, end, name in self._timed:
            inside = (
                start <= local < end if start < end else local >= start or local < end
            )
            if inside:
                return name
        return self.names[0]

    def next_edge(self, at: float) -> float | None:
        """Return when the period after the one at `at` begins; None: never."""
        if self._zone is None or not self._timed:
            return None
        name = self.period_at(at)
        for candidate in sorted(self._candidates(at, self._zone)):
            if at < candidate and self.period_at(candidate) != name:
                return candidate
        return None

    def split(self, start: float, end: float) -> dict[str, float]:
        """Return the seconds of each period between two times.

        Of more than 31 days only the last 31 count: this weighs energy, and their
        proportions are good enough for what was consumed before.
        """
        if end <= start:
            return {}
        if self._from <= start and end <= self._until:
            return {self._name: end - start}
        start = max(start, end - _MAX_SPLIT_SECONDS)
        seconds: dict[str, float] = {}
        while start < end:
            self._look_up(start)
            stop = min(end, self._until)
            seconds[self._name] = seconds.get(self._name, 0.0) + stop - start
            start = stop
        return seconds

    def cost_of(self, name: str, joules: float) -> tuple[str, float]:
        """Return the period that pays and the price of this energy, in money.

        A name of an earlier tariff pays as the first period of this one.
        """
        if name not in self._prices:
            name = self.names[0]
        return name, joules * self._prices.get(name, 0.0)

    def _look_up(self, at: float) -> None:
        if self._from <= at < self._until:
            return
        edge = self.next_edge(at)
        self._name = self.period_at(at)
        self._from = at
        if edge is not None:
            self._until = edge
        else:
            self._until = math.inf if not self._timed else at + _HORIZON_SECONDS / 2

    def _candidates(self, at: float, zone: tzinfo) -> Iterator[float]:
        """Yield every time after `at` at which the local clock can change period.

        These are the boundaries of each day, twice where the hour repeats, and the
        change of the clock itself, which can leap over a boundary or back.
        """
        today = datetime.fromtimestamp(at, zone).date()
        for day in range(-1, 3):
            for boundary in self._boundaries:
                local = datetime.combine(
                    today + timedelta(days=day), boundary, tzinfo=zone
                )
                yield local.timestamp()
                yield local.replace(fold=1).timestamp()
        change = _clock_change(at, at + _HORIZON_SECONDS, zone)
        if change is not None:
            yield change


def initial_costs(tariff: Tariff | None) -> Mapping[str, float]:
    """Return a cost of 0 for every period of a tariff."""
    return {period.name: 0.0 for period in tariff.periods} if tariff else {}


def _clock_change(start: float, end: float, zone: tzinfo) -> float | None:
    """Return the second at which the offset of `zone` changes between two times."""
    before = datetime.fromtimestamp(start, zone).utcoffset()
    if datetime.fromtimestamp(end, zone).utcoffset() == before:
        return None
    low, high = math.floor(start), math.ceil(end)
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return float(high)


def _joule_price(period: TariffPeriod) -> float:
    """Money per J; never below 0, because a cost counter must not fall."""
    price = period.price_per_kwh / _JOULES_PER_KWH
    return price if math.isfinite(price) and price > 0 else 0.0
