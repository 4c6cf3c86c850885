"""Each word of a policy, and what it is when it is left out."""

from datetime import time

import pytest

from collector.config.settings import line_settings
from collector.model.policy import (
    BudgetRule,
    DemandRule,
    Hours,
    Limit,
    Mode,
    PolicyClass,
    Restore,
    RestoreKind,
    Rule,
    StaleAction,
    StaleRule,
    StandbyRule,
    ThresholdRule,
)
from tests.unit.config.texts import config_of

BOILER, FLOOR = "00:15:8d:00:03:a0:00:00", "00:15:8d:00:03:a0:00:01"


def rules_of(policy: str, relays: str = "") -> tuple[Rule, ...]:
    listed = relays or f'relays: [{{ieee: "{BOILER}", name: boiler}}]'
    text = f"{listed}\npolicies: [{policy}]"
    return line_settings(config_of(text)).policies.rules


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("threshold, quantity: voltage, above: 250", PolicyClass.PROTECTION),
        ("inverse_time, rated_current_a: 8, curve: B", PolicyClass.PROTECTION),
        ("standby, below: 5, for_seconds: 60", PolicyClass.ECONOMY),
        ("schedule, allowed: 06:00-22:00", PolicyClass.ECONOMY),
        ("energy_budget, per: week, limit_kwh: 1", PolicyClass.ECONOMY),
    ],
)
def test_each_kind_has_its_class_until_the_file_says_another(
    kind: str, expected: PolicyClass
) -> None:
    own = f"name: a, kind: {kind}, relay: boiler, switch_off: [l2], when_stale: keep"
    other = next(each for each in PolicyClass if each is not expected)

    (rule,) = rules_of(f"{{{own}}}")
    (changed,) = rules_of(f"{{{own}, class: {other}}}")

    assert rule.policy_class is expected
    assert changed.policy_class is other
    assert getattr(rule, "restore", None) == Restore()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("budget", PolicyClass.PROTECTION), ("demand", PolicyClass.ECONOMY)],
)
def test_groups_have_their_class_and_their_pace(
    kind: str, expected: PolicyClass
) -> None:
    own = "limit_w: 2000, members: [boiler], shed: [boiler/l1], when_stale: keep"

    (rule,) = rules_of(f"{{name: a, kind: {kind}, {own}}}")

    assert isinstance(rule, BudgetRule | DemandRule)
    assert rule.policy_class is expected
    assert rule.shed_interval_seconds == 10
    assert rule.restore_interval_seconds == 300
    assert rule.min_shed_w == 0
    assert rule.last_resort == ()
    if isinstance(rule, DemandRule):
        assert rule.window_minutes == 15


@pytest.mark.parametrize(
    ("written", "relays"),
    [
        ("relay: boiler", (BOILER,)),
        ("relay: 0x00158D0003A00000", (BOILER,)),
        (f'relays: [boiler, "{FLOOR}"]', (BOILER, FLOOR)),
        ('relay: "*"', None),
        ('relays: "*"', None),
        ('relays: ["*"]', None),
    ],
)
def test_relays_are_meant_by_name_or_by_address(
    written: str, relays: tuple[str, ...] | None
) -> None:
    listed = f'relays: [{{ieee: "{BOILER}", name: boiler}}, {{ieee: "{FLOOR}"}}]'

    (rule,) = rules_of(
        f"{{name: a, kind: standby, {written}, below: 5, for_seconds: 60, "
        "switch_off: [l1], when_stale: keep}",
        relays=listed,
    )

    assert isinstance(rule, StandbyRule)
    assert rule.relays == relays


def test_a_channel_is_split_from_its_relay_at_the_last_slash() -> None:
    (rule,) = rules_of(
        '{name: a, kind: demand, limit_w: 900, members: "*", '
        "shed: [house/l1/heat/l2], when_stale: keep}",
        relays=f'relays: [{{ieee: "{BOILER}", name: house/l1/heat}}]',
    )

    assert isinstance(rule, DemandRule)
    assert rule.shed == ((BOILER, "l2"),)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("off", StaleRule(action=StaleAction.OFF)),
        ("keep", StaleRule(action=StaleAction.KEEP)),
        ("assume_overload", StaleRule(action=StaleAction.ASSUME_OVERLOAD)),
        (
            "{off_after_seconds: 0}",
            StaleRule(action=StaleAction.OFF, after_seconds=0),
        ),
    ],
)
def test_silence_means_what_the_file_says(written: str, expected: StaleRule) -> None:
    (rule,) = rules_of(
        "{name: a, kind: threshold, relay: boiler, quantity: temperature, below: 3, "
        f"switch_off: [l1], when_stale: {written}}}"
    )

    assert rule.when_stale == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("manual", Restore()),
        (
            "{after_seconds: 60, at_most: 2}",
            Restore(
                kind=RestoreKind.AFTER,
                after_seconds=60,
                at_most=2,
                within_seconds=86_400,
            ),
        ),
        (
            "{when_clear: true, at_most: 5, within_seconds: 3600}",
            Restore(kind=RestoreKind.WHEN_CLEAR, at_most=5, within_seconds=3600),
        ),
    ],
)
def test_a_cut_is_undone_as_the_file_says(written: str, expected: Restore) -> None:
    (rule,) = rules_of(
        "{name: a, kind: threshold, relay: boiler, quantity: voltage, above: 250, "
        f"clear: 245, switch_off: [l1], when_stale: keep, restore: {written}}}"
    )

    assert isinstance(rule, ThresholdRule)
    assert rule.restore == expected


def test_a_limit_without_a_clear_limit_clears_at_itself() -> None:
    (rule,) = rules_of(
        "{name: a, kind: threshold, relay: boiler, quantity: power_factor, below: 0.5, "
        "switch_off: [l1], when_stale: keep, mode: dry_run, "
        "quiet: {hours: 00:00-01:00, below: 0.4, clear: 0.4}}"
    )

    assert isinstance(rule, ThresholdRule)
    assert rule.below
    assert rule.limit == Limit(trip=0.5, clear=0.5)
    assert rule.quiet == (
        Hours(start=time(0), end=time(1)),
        Limit(trip=0.4, clear=0.4),
    )
    assert rule.mode is Mode.DRY_RUN
