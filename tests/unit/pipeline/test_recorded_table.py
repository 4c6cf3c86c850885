import itertools
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from collector.config.relay import normal_ieee
from collector.model.errors import ConfigError
from collector.model.quantity import Quantity
from collector.pipeline.recorded_table import read_table
from collector.pipeline.recorded_words import Words
from collector.pipeline.recording import MOST_PROBLEMS, RecordedSample

BOILER = "00:15:8d:00:03:a0:00:00"
FLOOR = "00:15:8d:00:03:a0:00:01"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = Words(
    names={"boiler": BOILER, "cellar/floor": FLOOR},
    address=normal_ieee,
    zone=ZoneInfo("Europe/Berlin"),
)
HEADER = "time,relay,quantity,value"


def samples(*rows: str, header: str = HEADER) -> list[RecordedSample]:
    return list(read_table(lines(header, *rows), WORDS, "month.csv"))


def lines(*rows: str) -> Iterator[str]:
    return (f"{row}\n" for row in rows)


def problems(*rows: str, header: str = HEADER) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        samples(*rows, header=header)
    assert refused.value.source == "month.csv"
    return refused.value.problems


def problem(row: str) -> str:
    """The one problem of a row between two that are right."""
    right = "2026-03-01T12:00:00Z,boiler,power,1"
    (only,) = problems(right, row, right)
    line, _, sentence = only.partition(": ")
    assert line == "line 3"
    return sentence


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


@pytest.mark.parametrize("step", [1, 10, 60])
def test_the_hour_that_comes_twice_is_told_apart_by_the_order_of_rows(
    step: int,
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    moments = [start + timedelta(minutes=step * each) for each in range(360 // step)]
    rows = [
        f"{moment.astimezone(berlin):%Y-%m-%d %H:%M:%S},{relay},power,1"
        for moment in moments
        for relay in ("boiler", "cellar/floor")
    ]
    if step == 60:  # two rows of one text: nobody can tell which is which
        return
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


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "yesterday,boiler,power,1",
            'time "yesterday" is none; write 2026-03-01T12:00:00+01:00, '
            "2026-03-01 12:00:00 for local time, or Unix seconds",
        ),
        (
            "2026-13-01T12:00:00Z,boiler,power,1",
            'time "2026-13-01T12:00:00Z" is none; write 2026-03-01T12:00:00+01:00, '
            "2026-03-01 12:00:00 for local time, or Unix seconds",
        ),
        (
            "1712121212345,boiler,power,1",
            'time "1712121212345" is not in the years 2000 to 2099; Unix time is in '
            "seconds",
        ),
        (
            "nan,boiler,power,1",
            'time "nan" is not in the years 2000 to 2099; Unix time is in seconds',
        ),
        (
            "0001-01-01,boiler,power,1",
            'time "0001-01-01" is not in the years 2000 to 2099; Unix time is in '
            "seconds",
        ),
        (
            "1772366400,boilr,power,1",
            'relay "boilr" is unknown; did you mean "boiler"?',
        ),
        (
            "1772366400,attic,power,1",
            'relay "attic" is unknown; add it to the configuration\'s relays',
        ),
        (
            "1772366400,boiler,powr,1",
            'quantity "powr" is unknown; did you mean "power"?',
        ),
        (
            "1772366400,boiler,outages,1",
            'quantity "outages" is unknown; known: power, apparent_power, power_factor, '
            "voltage, current, temperature, energy, state",
        ),
        (
            "1772366400,boiler,state,1",
            'relay "boiler" lacks its channel: state is of boiler/l1 or boiler/l2',
        ),
        (
            "1772366400,boiler/l1,power,1",
            "power is of the whole relay: write boiler in place of boiler/l1",
        ),
        (
            "1772366400,boiler/l1,state,maybe",
            'a state is 0, 1, on or off, got "maybe"',
        ),
        ("1772366400,boiler/l1,state,nan", 'a state is 0, 1, on or off, got "nan"'),
        ("1772366400,boiler,power,lots", 'value "lots" is no number'),
        (
            '1772366400,boiler,power,"2200,5"',
            'value "2200,5" is no number; write a decimal point',
        ),
        ("1772366400,boiler,power,", "no value; leave out what was not measured"),
        (
            "1772366400,boiler,power,NaN",
            "value NaN was not measured; leave the row out",
        ),
        (
            "1772366400,boiler,power,-inf",
            "value -inf was not measured; leave the row out",
        ),
        ("1772366400,boiler,power", "3 columns where the header has 4"),
        (
            "1772366400,boiler,power,2200,5",
            "5 columns where the header has 4; is there a decimal comma?",
        ),
        (
            "soon,boilr,power,1",
            'time "soon" is none; write 2026-03-01T12:00:00+01:00, 2026-03-01 12:00:00 '
            'for local time, or Unix seconds; relay "boilr" is unknown; did you mean '
            '"boiler"?',
        ),
        ("1772366400,b\udcf6iler,power,1", "not UTF-8 text; save the file as UTF-8"),
        (
            f"1772366400,{'x' * 200}\x1b[2J,power,1",
            f'relay "{"x" * 39}…" is unknown; add it to the configuration\'s relays',
        ),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_what_to_do(
    row: str, sentence: str
) -> None:
    assert problem(row) == sentence


def test_all_problems_are_told_at_once_and_nothing_is_yielded() -> None:
    right = "1772366400,boiler,power,1"
    found = problems(right, "1772366400,boiler,power,x", right, "y,boiler,power,1")
    assert [each.partition(":")[0] for each in found] == ["line 3", "line 5"]


def test_words_that_are_wrong_in_every_row_are_told_of_once() -> None:
    rows = [f"1772366400,{relay},power,1" for relay in ("a", "b") * 50]
    assert [each.partition(":")[0] for each in problems(*rows)] == ["line 2", "line 3"]


def test_a_row_with_another_problem_is_told_of_beside_such_words() -> None:
    found = problems("1772366400,attic,power,1", "soon,attic,power,1")
    assert len(found) == 2
    assert "attic" not in found[1]


def test_it_gives_up_at_the_twentieth_problem() -> None:
    def endless() -> Iterator[str]:
        yield HEADER
        for _ in itertools.count():
            yield "1772366400,boiler,power,x"

    with pytest.raises(ConfigError) as refused:
        list(read_table(endless(), WORDS, "endless.csv"))
    found = refused.value.problems
    assert len(found) == MOST_PROBLEMS == 20
    assert found[-1].endswith("is no number (the rest of the file was not looked at)")
    assert "endless.csv has 20 problem(s)" in str(refused.value)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (
            "time;relay;quantity;value",
            'expected the header time,relay,quantity,value, got "time;relay;quantity;value"',
        ),
        (
            "time,relay,quantity",
            'expected the header time,relay,quantity,value, got "time,relay,quantity"',
        ),
        (
            "time,relay,value,quantity,value",
            "expected the header time,relay,quantity,value, got "
            '"time,relay,value,quantity,value"',
        ),
        ("\udcff\udcfet\0i\0", "not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_header_that_is_not_the_header_is_told(header: str, sentence: str) -> None:
    assert problems("1772366400,boiler,power,1", header=header) == [
        f"line 1: {sentence}"
    ]


def test_a_file_with_nothing_in_it_is_told() -> None:
    with pytest.raises(ConfigError) as refused:
        list(read_table(iter(()), WORDS, "empty.csv"))
    assert refused.value.problems == [
        "line 1: there is nothing in it; it is to begin with time,relay,quantity,value"
    ]
    assert problems() == ["line 1: no row follows the header"]


def test_a_quote_that_is_never_closed_is_told() -> None:
    rows = ['1772366400,"boiler,power,1', *["1772366400,boiler,power,1"] * 9000]
    (only,) = problems(*rows)
    assert "field larger than field limit" in only
    assert "is a quote never closed?" in only


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
    try:
        read = samples(*rows)
    except ConfigError as error:
        assert error.problems
    else:
        assert all(math.isfinite(each.value) for each in read)
