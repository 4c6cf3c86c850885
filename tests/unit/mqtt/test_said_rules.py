"""What is said of rules, and how often."""

from datetime import UTC, datetime, timedelta

from collector.model.clock import Now
from collector.model.decision import RuleState, RuleStatus
from collector.mqtt.said_rules import MARGIN_SECONDS, SaidRules

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> Now:
    return Now(seconds, NOON + timedelta(seconds=seconds))


def rule(state: RuleState = RuleState.OK, margin: float | None = 0.5) -> RuleStatus:
    return RuleStatus(state=state, margin=margin)


def test_a_state_is_said_at_once_with_its_moment() -> None:
    said = SaidRules()
    said.news({"heater": rule()}, at(0))
    assert said.news({"heater": rule(RuleState.OVER, -0.2)}, at(1)) == {
        "heater": {
            "state": "over",
            "margin": -0.2,
            "since": "2026-03-01T12:00:01+00:00",
        }
    }


def test_a_margin_waits_and_is_not_lost() -> None:
    said = SaidRules()
    said.news({"heater": rule()}, at(0))
    assert said.news({"heater": rule(margin=0.4)}, at(1)) is None
    document = said.news({"heater": rule(margin=0.3)}, at(MARGIN_SECONDS))
    assert document is not None
    assert document["heater"]["margin"] == 0.3
    assert document["heater"]["since"] == "2026-03-01T12:00:00+00:00"


def test_the_same_is_said_once_unless_it_was_forgotten() -> None:
    said = SaidRules()
    first = said.news({"heater": rule()}, at(0))
    assert said.news({"heater": rule()}, at(100)) is None
    said.forget()
    assert said.news({"heater": rule()}, at(101)) == first


def test_a_rule_that_is_gone_is_gone_at_once() -> None:
    said = SaidRules()
    said.news({"heater": rule(), "house": rule(margin=None)}, at(0))
    document = said.news({"house": rule(margin=None)}, at(1))
    assert document == {
        "house": {"state": "ok", "margin": None, "since": "2026-03-01T12:00:00+00:00"}
    }


def test_no_rules_are_an_empty_document() -> None:
    assert SaidRules().news({}, at(0)) == {}
