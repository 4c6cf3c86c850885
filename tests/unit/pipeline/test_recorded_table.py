import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from collector.model.errors import ConfigError
from collector.model.quantity import Quantity
from collector.pipeline.recording import RecordedSample
from tests.unit.pipeline.tables import BOILER, FLOOR, HEADER, WORDS, samples

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("relay", "quantity", "value", "expected"),
    [
        ("boiler", "power", "2200.5", (BOILER, Quantity.POWER, None, 2200.5)),
        ("cellar/floor", "voltage", "230", (FLOOR, Quantity.VOLTAGE, None, 230.0)),
        (FLOOR, "current", "1e1", (FLOOR, Quantity.CURRENT, None, 10.0)),
        ("0x00158D0003A00001", "power", "0", (FLOOR, Quantity.POWER, None, 0.0)),
        ("boiler", "temperature", "-3", (BOILER, Quantity.TEMPERATURE, None, -3.0)),
        ("boiler", "energy", "2.5", (BOILER, Quantity.ENERGY, None, 9e6)),
        ("boiler", "apparent_power", "9", (BOILER, Quantity.APPARENT_POWER, None, 9.0)),
        ("boiler", "power_factor", ".9", (BOILER, Quantity.POWER_FACTOR, None, 0.9)),
        ("boiler/l1", "state", "1", (BOILER, Quantity.STATE, "l1", 1.0)),
        ("boiler/l2", "state", "off", (BOILER, Quantity.STATE, "l2", 0.0)),
        ("cellar/floor/l2", "state", "0", (FLOOR, Quantity.STATE, "l2", 0.0)),
        (f"{FLOOR}/l1", "State", "ON", (FLOOR, Quantity.STATE, "l1", 1.0)),
        (" boiler ", " power ", " 7 ", (BOILER, Quantity.POWER, None, 7.0)),
        ('"boiler"', '"power"', '"7"', (BOILER, Quantity.POWER, None, 7.0)),
    ],
)
def test_a_row_is_read_in_the_configurations_units(
    relay: str,
    quantity: str,
    value: str,
    expected: tuple[str, Quantity, str | None, float],
) -> None:
    row = f"2026-03-01T12:00:00Z,{relay},{quantity},{value}"
    # The second time the words are known, and read on the fast way.
    assert samples(row, row) == [RecordedSample(NOON, *expected)] * 2


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00+00:00",
        "2026-03-01 13:00:00+01:00",
        "2026-03-01T13:00:00.000",
        "2026-03-01 13:00",
        "20260301T120000Z",
        "1772366400",
        "1772366400.0",
        " 1772366400 ",
    ],
)
def test_a_time_is_iso_with_a_zone_or_local_or_unix_seconds(written: str) -> None:
    (sample,) = samples(f"{written},boiler,power,1")
    assert sample.wall == NOON
    assert sample.wall.tzinfo is UTC


def test_a_time_keeps_its_microseconds() -> None:
    (sample,) = samples("2026-03-01T12:00:00.123457Z,boiler,power,1")
    assert sample.wall == NOON.replace(microsecond=123_457)


def test_the_hour_that_comes_twice_is_told_apart_by_the_order_of_rows() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    moments = [start + timedelta(minutes=10 * each) for each in range(36)]
    rows = [
        f"{moment.astimezone(berlin):%Y-%m-%d %H:%M:%S},{relay},power,1"
        for moment in moments
        for relay in ("boiler", "cellar/floor")
    ]
    assert [each.wall for each in samples(*rows)] == [
        moment for moment in moments for _ in range(2)
    ]


def test_the_hour_that_is_skipped_comes_by_as_much_later() -> None:
    (sample,) = samples("2026-03-29 02:30:00,boiler,power,1")
    assert sample.wall == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_rows_may_stand_in_any_order() -> None:
    """An export often has one series after the other."""
    rows = [
        f"{NOON + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ},{relay},power,{minute}"
        for relay in ("boiler", "cellar/floor")
        for minute in range(5)
    ]
    read = samples(*rows)
    assert [each.value for each in read] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert [each.ieee for each in read] == [BOILER, FLOOR] * 5


def test_rows_of_one_moment_stay_in_their_order() -> None:
    at = "2026-03-01T12:00:00Z"
    read = samples(
        "2026-03-01T12:00:01Z,boiler,power,4",
        *(f"{at},boiler,power,{value}" for value in (3, 1, 2)),
    )
    assert [each.value for each in read] == [3, 1, 2, 4]


def test_columns_may_stand_in_any_order_and_among_others() -> None:
    read = samples(
        "x,230,voltage,boiler,1772366400", header="Note,VALUE,quantity, relay ,time"
    )
    assert read == [RecordedSample(NOON, BOILER, Quantity.VOLTAGE, None, 230.0)]


def test_blank_lines_are_nothing() -> None:
    row = "1772366400,boiler,power,1"
    assert len(samples("", row, "", row, "")) == 2
    assert len(samples(HEADER, row, header="")) == 1


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
SECONDS = st.integers(946_684_800_000_000, 4_102_444_799_999_999)


@given(st.lists(st.tuples(SECONDS, st.sampled_from(list(WORDS.names)), NUMBERS)))
def test_whatever_was_written_is_read_again_by_time(
    written: list[tuple[int, str, float]],
) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [
        RecordedSample(
            epoch + timedelta(microseconds=at),
            WORDS.names[relay],
            Quantity.POWER,
            None,
            value,
        )
        for at, relay, value in sorted(written, key=lambda row: row[0])
    ]
    rows = [
        f"{epoch + timedelta(microseconds=at)},{relay},power,{value!r}"
        for at, relay, value in written
    ]
    if rows:
        assert samples(*rows) == expected


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=5))
def test_any_text_is_read_or_refused_with_sentences(rows: list[str]) -> None:
    with suppress(ConfigError):
        assert all(math.isfinite(each.value) for each in samples(*rows))
