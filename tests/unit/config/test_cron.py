"""Cron lines as cron reads them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, strategies as st

from collector.config.cron import plain_cron
from tests.unit.config.texts import config_of, problems_of

RELAYS = 'relays: [{ieee: "0x00158d0003a00000", name: boiler}]\n'


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("0 6 * * 1-5", "0 6 * * mon,tue,wed,thu,fri"),
        ("0 6 * * mon-FRI", "0 6 * * mon,tue,wed,thu,fri"),
        ("0 6 * * 0", "0 6 * * sun"),
        ("0 6 * * 7", "0 6 * * sun"),
        ("0 6 * * 0-7", "0 6 * * *"),
        ("0 6 * * sat-sun", "0 6 * * sun,sat"),
        ("0 6 * * 5-7", "0 6 * * sun,fri,sat"),
        ("0 6 * * sun-mon", "0 6 * * sun,mon"),
        ("0 6 * * mon/2", "0 6 * * mon,wed,fri"),
        ("0 6 * * */2", "0 6 * * sun,tue,thu,sat"),
        ("*/20 5/6 * * *", "0,20,40 5,11,17,23 * * *"),
        (" 0   6 1,15 jan-mar,12 * ", "0 6 1,15 1,2,3,12 *"),
        ("0 6 29 2 *", "0 6 29 2 *"),
        ("0 6 31 feb,mar *", "0 6 31 2,3 *"),
        ("10-20/5 0-23 1-31 1-12 *", "10,15,20 * * * *"),
    ],
)
def test_a_line_is_written_without_anything_to_misread(line: str, plain: str) -> None:
    assert plain_cron(line) == plain
    assert plain_cron(plain) == plain


_EXPECTED = "expected *, a number from {}, a range, a list, or steps such as */2"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "@daily",
            (
                "expected five fields, minute hour day month weekday, "
                'such as "0 6 * * 1-5"; got 1'
            ),
        ),
        (
            "0 0 6 * * 1",
            (
                "expected five fields, minute hour day month weekday, "
                'such as "0 6 * * 1-5"; got 6'
            ),
        ),
        ("60 * * * *", f'minute "60" cannot be read; {_EXPECTED.format("0 to 59")}'),
        ("0 24 * * *", f'hour "24" cannot be read; {_EXPECTED.format("0 to 23")}'),
        ("0 6 0 * *", f'day "0" cannot be read; {_EXPECTED.format("1 to 31")}'),
        (
            "0 6 * mai *",
            f'month "mai" cannot be read; {_EXPECTED.format("1 to 12 or jan-dec")}',
        ),
        (
            "0 6 * * friday",
            f'weekday "friday" cannot be read; {_EXPECTED.format("0 to 6 or sun-sat")}',
        ),
        (
            "0 6 * * 1-8",
            f'weekday "1-8" cannot be read; {_EXPECTED.format("0 to 6 or sun-sat")}',
        ),
        (
            "*/60 * * * *",
            f'minute "*/60" cannot be read; {_EXPECTED.format("0 to 59")}',
        ),
        ("*/0 * * * *", f'minute "*/0" cannot be read; {_EXPECTED.format("0 to 59")}'),
        ("0/x * * * *", f'minute "0/x" cannot be read; {_EXPECTED.format("0 to 59")}'),
        ("*-5 * * * *", f'minute "*-5" cannot be read; {_EXPECTED.format("0 to 59")}'),
        ("1,,2 * * * *", f'minute "" cannot be read; {_EXPECTED.format("0 to 59")}'),
        (
            "\u0661 * * * *",
            f'minute "\\u0661" cannot be read; {_EXPECTED.format("0 to 59")}',
        ),
        ("0 22-6 * * *", 'hour "22-6" runs backwards; write two ranges'),
        ("0 6 * * fri-mon", 'weekday "fri-mon" runs backwards; write two ranges'),
        (
            "0 6 1 * 1",
            (
                "day and weekday are both given, which cron reads as either of them; "
                "write * for one"
            ),
        ),
        ("0 6 30,31 2 *", "no month of these has such a day"),
        ("0 6 31 4,6,9,11 *", "no month of these has such a day"),
    ],
)
def test_a_line_that_is_none_is_refused_with_what_is_wrong(
    line: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(sentence)}$"):
        plain_cron(line)


_FIELDS = [
    st.sampled_from(["*", "0", "30", "*/15", "5-50/7", "1,2,59"]),
    st.sampled_from(["*", "0", "23", "6-22", "*/5", "3/4"]),
    st.sampled_from(["*", "1", "31", "29-30", "*/10"]),
    st.sampled_from(["*", "1", "feb", "2-4", "*/5", "nov,dec"]),
    st.sampled_from(["*", "0", "7", "1-5", "sat-sun", "*/3", "mon,thu", "5-7"]),
]


@given(st.tuples(*_FIELDS), st.integers(0, 4 * 366 * 86_400))
def test_what_the_library_makes_of_it_is_in_every_field_of_the_line(
    fields: tuple[str, ...], seconds: int
) -> None:
    try:
        plain = plain_cron(" ".join(fields))
    except ValueError:
        return
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    fired = CronTrigger.from_crontab(plain, timezone=UTC).get_next_fire_time(
        None, after
    )

    assert fired >= after
    minute, hour, day, month, weekday = plain.split()
    assert minute == "*" or str(fired.minute) in minute.split(",")
    assert hour == "*" or str(fired.hour) in hour.split(",")
    assert day == "*" or str(fired.day) in day.split(",")
    assert month == "*" or str(fired.month) in month.split(",")
    assert weekday == "*" or f"{fired:%a}".lower() in weekday.split(",")
    assert fired - after < timedelta(days=8 * 366)


def test_the_file_says_where_a_line_is_wrong() -> None:
    policy = (
        "{{name: a, kind: schedule, relay: boiler, switch_off: [l1], "
        "when_stale: keep, cron: {}}}"
    )

    assert problems_of(
        RELAYS + f"policies: [{policy.format('{on: 0 6 * *, off: 0 25 * * *}')}]"
    ) == [
        (
            "policies.0.cron.on: expected five fields, minute hour day month weekday, "
            'such as "0 6 * * 1-5"; got 4'
        ),
        (
            'policies.0.cron.off: hour "25" cannot be read; expected *, a number from '
            "0 to 23, a range, a list, or steps such as */2"
        ),
    ]
    assert problems_of(
        RELAYS
        + f"policies: [{policy.format('{on: 0 6 * * 1-5, off: 0 6 * * mon-fri}')}]"
    ) == ["policies.0.cron.off: on and off come at the same moments; change one"]
    assert config_of(
        RELAYS + f"policies: [{policy.format('{on:  0  6 * * 1-5, off: 0 22 * * *}')}]"
    ).policies
