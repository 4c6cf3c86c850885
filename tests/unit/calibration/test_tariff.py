"""Tariff periods in local time, across the changes of the clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from collector.calibration.tariff import TariffCalendar, initial_costs
from collector.model.settings import Tariff, TariffPeriod

BERLIN = ZoneInfo("Europe/Berlin")
DAY = TariffPeriod(name="day", price_per_kwh=0.31)
NIGHT = TariffPeriod(name="night", price_per_kwh=0.22, start=time(22), end=time(6))
NOON = TariffPeriod(name="noon", price_per_kwh=0.10, start=time(12), end=time(14, 30))


def calendar(*periods: TariffPeriod) -> TariffCalendar:
    return TariffCalendar(Tariff(currency="EUR", periods=periods, timezone=BERLIN))


def local(text: str, fold: int = 0) -> float:
    moment = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return moment.timestamp()


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2025-01-15 21:59:59", "day"),
        ("2025-01-15 22:00:00", "night"),
        ("2025-01-16 00:00:00", "night"),
        ("2025-01-16 05:59:59", "night"),
        ("2025-01-16 06:00:00", "day"),
        ("2025-01-16 12:00:00", "noon"),
        ("2025-01-16 14:30:00", "day"),
    ],
)
def test_period_holds_from_its_start_until_before_its_end(
    moment: str, name: str
) -> None:
    assert calendar(DAY, NIGHT, NOON).period_at(local(moment)) == name


@pytest.mark.parametrize(
    ("moment", "edge"),
    [
        ("2025-01-15 10:00", "2025-01-15 22:00"),
        ("2025-01-15 22:00", "2025-01-16 06:00"),
        ("2025-01-15 23:30", "2025-01-16 06:00"),
        ("2025-03-29 23:30", "2025-03-30 06:00"),  # a night of 7 hours
        ("2025-10-25 23:30", "2025-10-26 06:00"),  # a night of 9 hours
    ],
)
def test_next_edge_is_in_local_time(moment: str, edge: str) -> None:
    assert calendar(DAY, NIGHT).next_edge(local(moment)) == local(edge)


@pytest.mark.parametrize(
    ("start", "hours"),
    [("2025-01-15 22:00", 8), ("2025-03-29 22:00", 7), ("2025-10-25 22:00", 9)],
)
def test_night_of_a_clock_change_has_its_real_length(start: str, hours: int) -> None:
    begin = local(start)
    seconds = calendar(DAY, NIGHT).split(begin - 3600, begin + 12 * 3600)
    assert seconds["night"] == hours * 3600
    assert seconds["day"] == (13 - hours) * 3600


def test_boundary_in_the_hour_that_does_not_exist_falls_on_the_change() -> None:
    gap = TariffPeriod(name="gap", price_per_kwh=1, start=time(2, 30), end=time(4))
    tariff = calendar(DAY, gap)
    # 2025-03-30 01:00 UTC: the clock leaps from 02:00 to 03:00.
    change = utc("2025-03-30 01:00")
    assert tariff.next_edge(change - 3600) == change
    assert tariff.split(change - 3600, change + 7200) == {"day": 7200, "gap": 3600}


def test_boundary_in_the_hour_that_comes_twice_is_an_edge_each_time() -> None:
    twice = TariffPeriod(name="twice", price_per_kwh=1, start=time(2, 30), end=time(5))
    tariff = calendar(DAY, twice)
    # 2025-10-26: 02:30 summer time = 00:30 UTC, back to 02:00 at 01:00 UTC.
    edges: list[float | None] = []
    moment: float | None = utc("2025-10-25 22:00")
    while moment is not None and len(edges) < 4:
        moment = tariff.next_edge(moment)
        edges.append(moment)
    assert edges == [
        utc("2025-10-26 00:30"),
        utc("2025-10-26 01:00"),
        utc("2025-10-26 01:30"),
        utc("2025-10-26 04:00"),
    ]


def test_without_a_tariff_there_is_one_nameless_period() -> None:
    none = TariffCalendar(None)
    assert none.next_edge(1e9) is None
    assert none.split(1e9, 1e9 + 60) == {"": 60}
    assert none.cost_of("", 3.6e6) == ("", 0)
    assert initial_costs(None) == {}


def test_single_period_and_all_day_period_never_end() -> None:
    assert calendar(DAY).next_edge(1e9) is None
    all_day = TariffPeriod(name="all", price_per_kwh=1, start=time(8), end=time(8))
    tariff = calendar(DAY, all_day)
    assert tariff.next_edge(1e9) is None
    assert tariff.split(1e9, 1e9 + 300_000) == {"all": 300_000}


def test_long_absence_is_weighed_by_its_last_month() -> None:
    end = local("2025-01-15 12:00")
    seconds = calendar(DAY, NIGHT).split(0, end)
    assert sum(seconds.values()) == 31 * 86_400
    assert seconds["night"] == 31 * 8 * 3600


def test_interval_that_ends_before_it_begins_is_empty() -> None:
    tariff = calendar(DAY, NIGHT)
    assert tariff.split(1e9, 1e9 + 1)
    assert tariff.split(1e9 + 1, 1e9) == {}


@pytest.mark.parametrize(
    ("price", "money"),
    [(0.31, 0.31), (-0.5, 0), (float("nan"), 0), (float("inf"), 0)],
)
def test_energy_costs_its_price_and_never_less_than_nothing(
    price: float, money: float
) -> None:
    tariff = calendar(TariffPeriod(name="day", price_per_kwh=price))
    name, cost = tariff.cost_of("day", 3.6e6)
    assert name == "day"
    assert cost == pytest.approx(money)


def test_period_of_an_earlier_tariff_pays_as_the_first_of_this_one() -> None:
    name, money = calendar(DAY, NIGHT).cost_of("weekend", 7.2e6)
    assert name == "day"
    assert money == pytest.approx(0.62)


def test_costs_begin_at_zero_for_every_period() -> None:
    tariff = Tariff(currency="EUR", periods=(DAY, NIGHT))
    assert initial_costs(tariff) == {"day": 0, "night": 0}


MOMENTS = st.integers(int(utc("2024-01-01 00:00")), int(utc("2026-12-31 00:00"))).map(
    float
)


@settings(deadline=None)
@given(MOMENTS, st.integers(1, 4 * 86_400), st.integers(0, 1439), st.integers(0, 1439))
def test_every_second_belongs_to_the_period_that_holds_then(
    start: float, length: int, opens: int, closes: int
) -> None:
    timed = TariffPeriod(
        name="timed",
        price_per_kwh=1,
        start=time(opens // 60, opens % 60),
        end=time(closes // 60, closes % 60),
    )
    tariff = calendar(DAY, timed)
    seconds = tariff.split(start, start + length)
    assert sum(seconds.values()) == length

    # All boundaries are on minutes, so sampling each minute's start counts exactly.
    counted = {"day": 0.0, "timed": 0.0}
    moment = start
    while moment < start + length:
        following = min(moment - moment % 60 + 60, start + length)
        counted[tariff.period_at(moment)] += following - moment
        moment = following
    assert {name: value for name, value in counted.items() if value} == seconds


@settings(deadline=None)
@given(MOMENTS)
def test_edge_is_where_the_name_changes_and_nothing_changes_before(at: float) -> None:
    tariff = calendar(DAY, NIGHT, NOON)
    edge = tariff.next_edge(at)
    assert edge is not None
    assert at < edge <= at + timedelta(days=1).total_seconds()
    assert tariff.period_at(edge - 1) == tariff.period_at(at)
    assert tariff.period_at(edge) != tariff.period_at(at)
