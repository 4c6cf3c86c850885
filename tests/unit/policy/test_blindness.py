"""Our own blindness is not the meter's: the radio goes and comes back."""

from dataclasses import replace
from datetime import UTC

import pytest

from collector.model.clock import Now
from collector.model.decision import RuleState
from collector.model.policy import PolicySettings, StaleRule
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.engine import Engine
from collector.policy.threshold import Threshold
from tests.unit.policy.stand import (
    IEEE,
    KEEP,
    NOON,
    OFF,
    OVERLOAD,
    POWER_SECONDS,
    START,
    Stand,
    off_after,
    threshold,
)


def stand(when_stale: StaleRule, **rule: object) -> Stand:
    return Stand(
        Threshold(threshold(when_stale=when_stale, **rule), IEEE)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("when_stale", [OFF, off_after(30.0), OVERLOAD])
def test_nothing_is_cut_while_the_radio_is_down(when_stale: StaleRule) -> None:
    rule = stand(when_stale)
    rule.tell(100.0)
    rule.to(100)
    rule.radio(up=False)
    rule.to(100_000)
    assert not rule.cuts()
    assert rule.state() is RuleState.STALE
    assert rule.reason() == ""  # nobody is to be told that the meter is silent
    assert not rule.reads()


@pytest.mark.parametrize(
    ("when_stale", "cut_at"),
    [(OFF, 430.0), (off_after(30.0), 450.0), (OVERLOAD, 430.0)],
)
def test_silence_begins_anew_when_the_radio_is_back(
    when_stale: StaleRule, cut_at: float
) -> None:
    rule = stand(when_stale)
    rule.tell(100.0)
    rule.to(119)
    rule.radio(up=False)
    rule.to(300)
    rule.radio(up=True)
    assert not rule.reads()
    assert rule.to_cut() == cut_at


@pytest.mark.parametrize(
    ("when_stale", "cut_at"), [(off_after(30.0), 350.0), (OVERLOAD, 380.0)]
)
def test_a_drop_in_the_middle_of_a_stale_time_starts_it_anew(
    when_stale: StaleRule, cut_at: float
) -> None:
    rule = stand(when_stale, for_seconds=60.0)
    rule.tell(100.0)
    rule.to(145)  # stale since 120, cut at 150 or 180
    rule.radio(up=False)
    rule.to(200)
    rule.radio(up=True)
    assert rule.to_cut() == cut_at


def test_a_meter_that_slept_before_the_drop_has_its_time_again_after_it() -> None:
    rule = stand(OFF)
    rule.tell(100.0)
    rule.to(50)
    rule.refuse(Quality.NOT_MEASURED)
    rule.radio(up=False)
    rule.to(300)
    rule.radio(up=True)
    assert rule.to_cut() == 430.0


def test_what_was_held_when_the_radio_went_does_not_run_on_unheard() -> None:
    rule = stand(OFF)
    rule.tell(2300.0)
    rule.to(6)
    rule.radio(up=False)
    rule.to(60)
    assert not rule.cuts()
    rule.radio(up=True)
    assert rule.state() is RuleState.OVER  # and a read is asked for
    assert rule.reads() == (IEEE,)
    assert rule.to_cut() == 64.0  # 6 s of it were known


def test_a_reading_after_the_reconnect_is_judged_as_ever() -> None:
    rule = stand(OFF)
    rule.tell(2300.0)
    rule.to(6)
    rule.radio(up=False)
    rule.to(60)
    rule.radio(up=True)
    rule.to(61)
    rule.tell(100.0)
    assert rule.state() is RuleState.OK
    rule.to(100)
    assert not rule.cuts()


def test_what_was_off_stays_off_while_the_radio_is_down() -> None:
    rule = stand(OFF, for_seconds=0.0)
    rule.tell(2300.0)
    rule.radio(up=False)
    rule.to(1000)
    assert rule.cuts()
    assert rule.holds()


def test_fifty_rules_and_three_minutes_without_a_coordinator() -> None:
    rules = [stand(off_after(60.0 + count)) for count in range(50)]
    for rule in rules:
        rule.tell(100.0)
        rule.to(100)
        rule.radio(up=False)
        rule.to(280)
        rule.radio(up=True)
        rule.to(290)
        rule.tell(100.0)
        rule.to(400)
        assert not rule.cuts()


@pytest.mark.parametrize("quantity", [Quantity.VOLTAGE, Quantity.TEMPERATURE])
def test_what_is_only_reported_is_silent_later(quantity: Quantity) -> None:
    rule = stand(OFF, quantity=quantity, trip=300.0, clear=290.0)
    rule.tell(20.0, quantity)
    assert rule.to_cut() == 730.0


def test_a_relay_that_joins_later_has_its_time_like_any_other() -> None:
    rule = stand(OFF)
    rule.view.known = 5_000.0 + START
    rule.to(5_000)
    assert rule.to_cut() == 5_130.0


def test_the_engine_says_since_when_a_relay_is_expected_to_speak() -> None:
    rule = replace(threshold(when_stale=OFF), relays=None)
    engine = Engine(PolicySettings(rules=(rule,)))
    engine.configure(engine.settings, {}, UTC, Now(START, NOON))
    engine.house.stale_after = {Quantity.POWER: POWER_SECONDS}
    engine.radio_up(Now(START, NOON))
    engine.add(IEEE)
    engine.tick(Now(START + 5_000.0, NOON))
    verdict = engine.rulebook.seats["overload", IEEE].verdict
    assert verdict.next_due == START + 5_000.0 + POWER_SECONDS
    assert not verdict.cut


def test_a_rule_that_is_new_gives_silence_its_time_anew() -> None:
    before = stand(KEEP)
    before.tell(100.0)
    before.to(5_000)
    rule = Threshold(threshold(when_stale=off_after(60.0)), IEEE)
    assert not rule.judge(before.house, before.now).cut
    verdict = rule.judge(before.house, Now(START + 5_060.0, before.now.wall))
    assert verdict.cut
