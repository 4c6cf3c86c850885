"""Policies that no hour and no value could satisfy together."""

import pytest

from tests.unit.config.policy_texts import (
    SCHEDULE,
    STANDBY,
    THRESHOLD,
    VOLTAGE,
    refused,
    renamed,
    taken,
)


def at(policy: str, hours: str) -> str:
    return policy.replace("06:00-22:00", hours)


EVERY = renamed(SCHEDULE).replace("relay: boiler", 'relay: "*"')


@pytest.mark.parametrize(
    ("policies", "problems"),
    [
        (
            [at(SCHEDULE, "06:00-12:00"), at(renamed(SCHEDULE), "12:00-18:00")],
            [
                (
                    "policies.1.allowed: boiler/l1 could never be on: a (06:00-12:00) and "
                    "b (12:00-18:00) have no minute in common; let the hours overlap"
                )
            ],
        ),
        (
            [at(SCHEDULE, "22:00-06:00"), at(EVERY, "06:00-22:00")],
            [
                (
                    "policies.1.allowed: boiler/l1 could never be on: a (22:00-06:00) and "
                    "b (06:00-22:00) have no minute in common; let the hours overlap"
                )
            ],
        ),
        (
            [
                at(SCHEDULE, "06:00-12:00"),
                at(renamed(SCHEDULE), "10:00-16:00"),
                at(SCHEDULE.replace("name: a", "name: c"), "14:00-08:00"),
            ],
            [
                (
                    "policies.2.allowed: boiler/l1 could never be on: a (06:00-12:00) and "
                    "b (10:00-16:00) and c (14:00-08:00) have no minute in common; "
                    "let the hours overlap"
                )
            ],
        ),
        (
            [
                at(EVERY, "06:00-12:00"),
                at(EVERY.replace("name: b", "name: c"), "12:00-18:00"),
            ],
            [
                (
                    "policies.1.allowed: boiler/l1 could never be on: b (06:00-12:00) and "
                    "c (12:00-18:00) have no minute in common; let the hours overlap"
                )
            ],
        ),
    ],
)
def test_schedules_that_can_never_both_hold_are_refused(
    policies: list[str], problems: list[str]
) -> None:
    assert refused(*policies) == problems


@pytest.mark.parametrize(
    "policies",
    [
        [at(SCHEDULE, "22:00-06:00"), at(renamed(SCHEDULE), "05:59-12:00")],
        [
            at(SCHEDULE, "06:00-12:00"),
            at(renamed(SCHEDULE, boiler="floor"), "12:00-18:00"),
        ],
        [at(SCHEDULE, "06:00-12:00"), at(renamed(SCHEDULE, l1="l2"), "12:00-18:00")],
        [
            at(SCHEDULE, "06:00-12:00"),
            f"{at(renamed(SCHEDULE), '12:00-18:00')}, mode: dry_run",
        ],
        [
            at(SCHEDULE, "06:00-12:00"),
            renamed(SCHEDULE).replace(
                "allowed: 06:00-22:00", "cron: {on: 0 13 * * *, off: 0 14 * * *}"
            ),
        ],
    ],
)
def test_schedules_that_can_both_hold_are_taken(policies: list[str]) -> None:
    assert taken(*policies)


@pytest.mark.parametrize(
    ("policies", "problems"),
    [
        (
            [VOLTAGE, renamed(VOLTAGE).replace("above: 250", "below: 250")],
            [
                (
                    "policies.1.below: boiler/l1 could never stay on: b acts below 250 V "
                    "and a above 250 V; leave room between them"
                )
            ],
        ),
        (
            [
                STANDBY,
                renamed(THRESHOLD).replace("2200", "2000"),
                THRESHOLD.replace("name: a", "name: c").replace("2200", "4"),
            ],
            [
                (
                    "policies.2.above: boiler/l1 could never stay on: c acts above 4 W "
                    "and a below 5 W; leave room between them"
                )
            ],
        ),
    ],
)
def test_limits_that_leave_no_value_are_refused(
    policies: list[str], problems: list[str]
) -> None:
    assert refused(*policies) == problems


@pytest.mark.parametrize(
    "policies",
    [
        [VOLTAGE, renamed(VOLTAGE).replace("above: 250", "below: 207")],
        [VOLTAGE, renamed(VOLTAGE, boiler="floor").replace("above: 250", "below: 260")],
        [
            VOLTAGE,
            f"{renamed(VOLTAGE)}, mode: dry_run".replace("above: 250", "below: 260"),
        ],
        [VOLTAGE, renamed(STANDBY).replace("below: 5", "below: 300")],
    ],
)
def test_limits_with_room_between_them_are_taken(policies: list[str]) -> None:
    assert taken(*policies)
