"""What is counted and said of points on their way to InfluxDB."""

import logging
from collections.abc import Iterator

import pytest

from collector import events
from collector.events.influx import POINT_OUTCOMES
from collector.events.instruments import REGISTRY
from collector.events.repetition import _said, _times

PREFIX = "zigbee_collector_influx_"


class Fill:
    """A spool as the families see it."""

    def __init__(self, oldest: int | None = None) -> None:
        self.points = 7
        self.size = 4096
        self.oldest = oldest
        self.dead = 2


@pytest.fixture(autouse=True)
def afresh(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="collector")
    _times.clear()
    _said.clear()


@pytest.fixture
def fill() -> Iterator[Fill]:
    """A spool that is watched."""
    here = Fill()
    end = events.watch_influx(here)
    yield here
    end()


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"{PREFIX}{name}", labels)


def families() -> set[str]:
    return {
        family.name.removeprefix(PREFIX)
        for family in REGISTRY.collect()
        if family.name.startswith(PREFIX)
    }


def counted(outcome: str) -> float:
    value = shown("points_total", outcome=outcome)
    assert value is not None
    return value


def test_the_families_are_there_only_while_a_spool_is_watched() -> None:
    assert families() == set()
    end = events.watch_influx(Fill())
    assert families() == {"points", "spool_points", "spool_bytes", "dead_letters"}
    end()
    assert families() == set()
    end()  # any number of times


def test_the_last_spool_is_the_one_that_is_watched() -> None:
    end_first = events.watch_influx(Fill())
    second = Fill()
    second.points = 99
    end_second = events.watch_influx(second)
    end_first()
    assert shown("spool_points") == 99
    end_second()
    assert families() == set()


def test_the_fill_of_the_spool_is_shown(fill: Fill) -> None:
    assert shown("spool_points") == 7
    assert shown("spool_bytes") == 4096
    assert shown("dead_letters") == 2
    assert shown("spool_oldest_timestamp_seconds") is None
    fill.oldest = 1_772_366_400_500
    assert shown("spool_oldest_timestamp_seconds") == 1_772_366_400.5
    fill.oldest = 0
    assert shown("spool_oldest_timestamp_seconds") == 0


def test_every_outcome_is_there_from_the_start_and_counted(fill: Fill) -> None:
    before = {outcome: counted(outcome) for outcome in POINT_OUTCOMES}
    events.influx_points("spooled", 5)
    events.influx_points("dropped", 2)
    events.influx_points("dropped", 0)
    events.influx_delivered(3, None)
    events.influx_dead(4, "no number")
    after = {outcome: counted(outcome) for outcome in POINT_OUTCOMES}
    assert {outcome: after[outcome] - before[outcome] for outcome in after} == {
        "spooled": 5,
        "delivered": 3,
        "dead_letter": 4,
        "dropped": 2,
    }


def test_a_lag_is_shown_once_there_is_one(fill: Fill) -> None:
    events.influx_delivered(5, None)
    assert shown("delivery_lag_seconds") is None
    events.influx_delivered(5, 2.5)
    events.influx_delivered(5, None)
    assert shown("delivery_lag_seconds") == 2.5
    events.influx_delivered(5, 0.5)
    assert shown("delivery_lag_seconds") == 0.5


def test_the_last_error_is_shown_once_there_is_one(fill: Fill) -> None:
    assert shown("last_error_timestamp_seconds") is None
    events.influx_failed("no connection", 1_000.0)
    events.influx_failed("no connection", 2_000.0)
    assert shown("last_error_timestamp_seconds") == 2_000.0


def test_a_spool_that_is_watched_anew_has_no_lag_and_no_error(fill: Fill) -> None:
    events.influx_delivered(5, 2.5)
    events.influx_failed("no connection", 1_000.0)
    assert {"delivery_lag_seconds", "last_error_timestamp_seconds"} <= families()
    end = events.watch_influx(Fill())
    assert not {"delivery_lag_seconds", "last_error_timestamp_seconds"} & families()
    end()


def test_what_is_lost_is_said_ever_more_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(12):
        events.influx_points("dropped", 3)
        events.influx_points("dropped", 0)
        events.influx_points("spooled", 3)
    assert caplog.messages == [
        "Points lost, the oldest first: points=3 times=1",
        "Points lost, the oldest first: points=3 times=10",
    ]
    assert {record.levelname for record in caplog.records} == {"ERROR"}


def test_what_is_set_aside_is_said_ever_more_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(12):
        events.influx_dead(2, "no number")
    assert caplog.messages == [
        (
            f"Points set aside, see `collector spool list`: points=2 times={times} "
            "error='no number'"
        )
        for times in (1, 10)
    ]


def test_each_trouble_is_said_once_and_its_end_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        events.influx_failed("no connection", 1.0)
        events.influx_failed("is busy", 1.0)
    events.influx_delivered(1, None)
    events.influx_delivered(1, None)
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("WARNING", "InfluxDB takes no points, they wait on disk: no connection"),
        ("WARNING", "InfluxDB takes no points, they wait on disk: is busy"),
        ("INFO", "InfluxDB takes points again"),
    ]
