"""Prices and their hours."""

import pytest

from tests.unit.config.texts import config_of, problems_of

TARIFF = "tariff: {{currency: EUR, periods: [{{name: day, price_per_kwh: 0.3}}, {}]}}"


@pytest.mark.parametrize(
    ("period", "problem"),
    [
        (
            "{name: night, price_per_kwh: 0.2}",
            (
                "tariff.periods.1.hours: this required key is missing; "
                "only the first period has no hours"
            ),
        ),
        (
            "{name: night, price_per_kwh: 0.2, hours: 22-6}",
            'tariff.periods.1.hours: expected hours such as "22:00-06:00"',
        ),
        (
            "{name: night, price_per_kwh: 0.2, hours: 22:00-24:30}",
            (
                "tariff.periods.1.hours: expected hours between 00:00 and 24:00, "
                'as in "22:00-06:00"'
            ),
        ),
        (
            "{name: night, price_per_kwh: 0.2, hours: 22:60-23:00}",
            (
                "tariff.periods.1.hours: expected hours between 00:00 and 24:00, "
                'as in "22:00-06:00"'
            ),
        ),
        (
            "{name: night, price_per_kwh: 0.2, hours: 00:00-24:00}",
            (
                "tariff.periods.1.hours: "
                "hours that begin and end at one moment say nothing"
            ),
        ),
        (
            "{name: day, price_per_kwh: 0.2, hours: 22:00-24:00}",
            'tariff.periods: two are named "day"; rename one',
        ),
        (
            (
                "{name: a, price_per_kwh: 0.2, hours: 22:00-06:00}, "
                "{name: b, price_per_kwh: 0.2, hours: 05:59-07:00}"
            ),
            'tariff.periods: "a" and "b" overlap at 05:59',
        ),
        (
            "{name: night, price_per_kwh: -0.2, hours: 22:00-06:00}",
            (
                "tariff.periods.1.price_per_kwh: "
                "Input should be greater than or equal to 0, got -0.2"
            ),
        ),
    ],
)
def test_a_tariff_has_one_price_for_each_minute(period: str, problem: str) -> None:
    assert problems_of(TARIFF.format(period)) == [problem]


def test_the_first_period_of_a_tariff_has_no_hours() -> None:
    text = (
        "tariff: {currency: EUR, periods: "
        "[{name: day, price_per_kwh: 1, hours: 06:00-22:00}]}"
    )

    assert problems_of(text) == [
        (
            "tariff.periods.0.hours: the first period is the rest of the day and has no "
            "hours; remove them, or put a period without hours before it"
        )
    ]


def test_periods_that_touch_do_not_overlap() -> None:
    config = config_of(
        TARIFF.format(
            "{name: a, price_per_kwh: 0.2, hours: 22:00-06:00}, "
            "{name: b, price_per_kwh: 0.2, hours: 6:00-7:30}"
        )
    )

    assert config.tariff is not None
    assert config.tariff.periods[2].hours == "06:00-07:30"
