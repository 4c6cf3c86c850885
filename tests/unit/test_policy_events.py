"""What the log says of policies and commands, and what is timed."""

import logging
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from collector import events
from collector.events.repetition import _times
from collector.model.command import CommandOutcome, Origin
from collector.model.decision import DecisionAction, EventKind, PolicyEvent
from collector.model.policy import Mode

IEEE = "00:15:8d:00:03:a0:00:00"
BOILER = f"ieee={IEEE} name='boiler'"
OVER = "power 3200 W is above 2200 W for 10.0 s"


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="collector")
    _times.clear()


def event(kind: EventKind, **more: Any) -> PolicyEvent:
    return PolicyEvent(
        kind=kind, at=datetime(2026, 3, 1, tzinfo=UTC), ieee=IEEE, **more
    )


def decision(action: DecisionAction | None, **more: Any) -> PolicyEvent:
    return event(
        EventKind.DECISION,
        **{"channel": "l1", "rule": "heater-overload", "action": action} | more,
    )


def outcome(of: CommandOutcome, **more: Any) -> PolicyEvent:
    return event(
        EventKind.OUTCOME,
        **{
            "channel": "l1",
            "action": DecisionAction.OFF,
            "outcome": of,
            "attempts": 2,
            "latency": 0.31234,
        }
        | more,
    )


RULE = "channel=l1 rule='heater-overload'"
ENDED = "channel=l1 action=off origin=policy attempts=2 seconds=0.312"


@pytest.mark.parametrize(
    ("said", "level", "sentence", "rest"),
    [
        (
            decision(DecisionAction.OFF, reason=OVER),
            "WARNING",
            "Policy switches off",
            f"{RULE} action=off origin=policy reason='{OVER}'",
        ),
        (
            decision(DecisionAction.ON),
            "INFO",
            "Policy switches on",
            f"{RULE} action=on origin=policy",
        ),
        (
            decision(DecisionAction.ALARM),
            "ERROR",
            "Alarm",
            f"{RULE} action=alarm origin=policy",
        ),
        (
            decision(
                DecisionAction.OFF, mode=Mode.DRY_RUN, outcome=CommandOutcome.WOULD_ACT
            ),
            "INFO",
            "Policy would switch off",
            f"{RULE} action=off origin=policy mode=dry_run",
        ),
        (
            decision(
                DecisionAction.ON, mode=Mode.MONITOR, outcome=CommandOutcome.WOULD_ACT
            ),
            "INFO",
            "Policy would switch on",
            f"{RULE} action=on origin=policy mode=monitor",
        ),
        (
            decision(DecisionAction.ON, rule=None, origin=Origin.API),
            "INFO",
            "Command taken",
            "channel=l1 action=on origin=api",
        ),
        (outcome(CommandOutcome.CONFIRMED), "INFO", "Command confirmed", ENDED),
        (
            outcome(CommandOutcome.FAILED, reason="the contact stays closed"),
            "ERROR",
            "Command failed",
            f"{ENDED} reason='the contact stays closed'",
        ),
        (
            outcome(CommandOutcome.UNKNOWN),
            "ERROR",
            "Command given up, contact not known",
            ENDED,
        ),
        (outcome(CommandOutcome.REFUSED), "ERROR", "Command refused", ENDED),
        (
            event(EventKind.ALARM, channel="l2", reason="contact fault"),
            "ERROR",
            "Alarm",
            "channel=l2 reason='contact fault'",
        ),
        (
            event(EventKind.RESET, rule="a 'rule'\n", origin=Origin.API),
            "INFO",
            "Policy reset",
            "rule=\"a 'rule'\\n\" origin=api",
        ),
        (
            event(EventKind.OVERRIDE, origin=Origin.CLI),
            "INFO",
            "Override",
            "origin=cli",
        ),
        (
            event(EventKind.FOREIGN, channel="l1", reason="switched on at the relay"),
            "INFO",
            "Contact moved by somebody else",
            "channel=l1 reason='switched on at the relay'",
        ),
    ],
)
def test_each_entry_of_the_record_is_one_line(
    caplog: pytest.LogCaptureFixture,
    said: PolicyEvent,
    level: str,
    sentence: str,
    rest: str,
) -> None:
    events.policy_event(said, "boiler")
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        (level, f"{sentence}: {BOILER} {rest}")
    ]


def test_every_kind_of_entry_has_a_line(caplog: pytest.LogCaptureFixture) -> None:
    for kind in EventKind:
        for of in (None, *CommandOutcome):
            for action in (None, *DecisionAction):
                for origin in Origin:
                    events.policy_event(
                        event(kind, outcome=of, action=action, origin=origin), "boiler"
                    )
    assert all("\n" not in each.getMessage() for each in caplog.records)


def test_whoever_asks_in_vain_in_a_loop_does_not_fill_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = decision(
        DecisionAction.OFF,
        rule=None,
        origin=Origin.API,
        outcome=CommandOutcome.REFUSED,
        reason="l1 is protected",
    )
    for _ in range(250):
        events.policy_event(refused, "boiler")
    rest = f"{BOILER} channel=l1 action=off origin=api reason='l1 is protected'"
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("WARNING", f"Request refused, nothing was sent{times}: {rest}")
        for times in ("", " (10 times)", " (100 times)")
    ]


def buckets(name: str, **labels: str) -> dict[str, float]:
    """How many observations are at most so long, by the bucket's bound."""
    return {
        each.labels["le"]: each.value
        for metric in events.REGISTRY.collect()
        for each in metric.samples
        if each.name == f"zigbee_collector_{name}_duration_seconds_bucket"
        and labels.items() <= each.labels.items()
    }


@pytest.mark.parametrize("origin", Origin)
def test_commands_are_timed_by_origin_from_the_first_scrape_on(origin: Origin) -> None:
    before = buckets("command", origin=origin)
    assert list(before)[:2] == ["0.002", "0.005"]
    assert list(before)[-2:] == ["30.0", "+Inf"]
    for seconds in (0.0015, 0.0031, 29.0):
        events.command_ended(origin, seconds)
    after = buckets("command", origin=origin)
    grown = {bound: after[bound] - before[bound] for bound in after}
    assert (grown["0.002"], grown["0.005"], grown["10.0"]) == (1, 2, 2)
    assert (grown["30.0"], grown["+Inf"]) == (3, 3)


def test_decisions_are_timed_in_microseconds() -> None:
    before = buckets("policy_decision")
    assert list(before) == [
        *("1e-05", "2.5e-05", "5e-05", "0.0001", "0.00025", "0.0005"),
        *("0.001", "0.0025", "0.01", "0.1", "+Inf"),
    ]
    events.policy_judged(0.000_03)
    grown = {
        key: each - before[key] for key, each in buckets("policy_decision").items()
    }
    assert (grown["2.5e-05"], grown["5e-05"], grown["+Inf"]) == (0, 1, 1)


def test_timing_a_decision_costs_next_to_nothing() -> None:
    """It is on the way of every cut-off."""
    times = []
    for _ in range(5):
        started = time.process_time()
        for _ in range(1000):
            events.policy_judged(0.000_03)
        times.append(time.process_time() - started)
    assert min(times) < 0.02  # 20 µs each, on the slowest machine
