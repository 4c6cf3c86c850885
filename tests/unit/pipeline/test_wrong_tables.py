import itertools
from collections.abc import Iterator

import pytest

from collector.model.errors import ConfigError
from collector.pipeline.recorded_table import read_table
from collector.pipeline.recording import MOST_PROBLEMS
from tests.unit.pipeline.tables import HEADER, WORDS, samples


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


HOW_TO = "is none; write 2026-03-01T12:00:00+01:00, 2026-03-01 12:00:00 for local time"
TOO_FAR = "is not in the years 2000 to 2099; Unix time is in seconds"


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("yesterday", f"{HOW_TO}, or Unix seconds"),
        ("2026-13-01T12:00:00Z", f"{HOW_TO}, or Unix seconds"),
        ("20260231T120000Z", f"{HOW_TO}, or Unix seconds"),
        ("", f"{HOW_TO}, or Unix seconds"),
        ("1712121212345", TOO_FAR),  # ms; by ISO it is a day of 1712
        ("nan", TOO_FAR),
        ("0001-01-01", TOO_FAR),
        ("2100-01-01T00:00:00Z", TOO_FAR),
    ],
)
def test_a_wrong_time_is_told_with_what_to_write(when: str, sentence: str) -> None:
    assert problem(f"{when},boiler,power,1") == f'time "{when}" {sentence}'


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("boilr,power,1", 'relay "boilr" is unknown; did you mean "boiler"?'),
        ("Boiler/l1,state,1", 'relay "Boiler" is unknown; did you mean "boiler"?'),
        ("x,power,1", 'relay "x" is unknown; add it to the configuration\'s relays'),
        (
            f"{'x' * 200}\x1b[2J,power,1",
            f'relay "{"x" * 39}…" is unknown; add it to the configuration\'s relays',
        ),
        (
            "b\x1b[2J,power,1",
            ('relay "b\\u001b[2J" is unknown; add it to the configuration\'s relays'),
        ),
        ("boiler,powr,1", 'quantity "powr" is unknown; did you mean "power"?'),
        (
            "boiler,kWh,1",
            (
                'quantity "kWh" is unknown; known are power, apparent_power, power_factor, '
                "voltage, current, temperature, energy, state"
            ),
        ),
        (
            "boiler,interlock,1",
            (
                'quantity "interlock" is unknown; known are power, '
                "apparent_power, power_factor, voltage, current, temperature, energy, state"
            ),
        ),
        (
            "boiler,state,1",
            'relay "boiler" lacks its channel: state is of boiler/l1 or boiler/l2',
        ),
        (
            "boiler/l1,power,1",
            "power is of the whole relay: write boiler in place of boiler/l1",
        ),
        ("boiler/l1,state,maybe", 'a state is 0, 1, on or off, got "maybe"'),
        ("boiler/l1,state,nan", 'a state is 0, 1, on or off, got "nan"'),
        ("boiler,power,lots", 'value "lots" is no number'),
        (
            'boiler,power,"2200,5"',
            'value "2200,5" is no number; write a decimal point',
        ),
        ("boiler,power,", "no value; leave out what was not measured"),
        ("boiler,power,NaN", "value NaN was not measured; leave the row out"),
        ("boiler,power,-inf", "value -inf was not measured; leave the row out"),
        ("boiler,energy,1e308", "value 1e308 was not measured; leave the row out"),
        ("boiler,power", "3 columns where the header has 4"),
        (
            "boiler,power,2200,5",
            "5 columns where the header has 4; is there a decimal comma?",
        ),
        ("b\udcf6iler,power,1", "not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_what_to_do(
    row: str, sentence: str
) -> None:
    assert problem(f"1772366400,{row}") == sentence


def test_a_row_with_two_problems_is_told_once_with_both() -> None:
    sentence = problem("soon,boilr,power,1")
    assert sentence == (
        f'time "soon" {HOW_TO}, or Unix seconds; '
        'relay "boilr" is unknown; did you mean "boiler"?'
    )


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
            (
                "expected the header time,relay,quantity,value, got "
                '"time,relay,value,quantity,value"'
            ),
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
