"""A threshold's way back: restores, resets, and cuts that did not happen."""

import pytest

from collector.model.decision import RuleState
from collector.model.quantity import Quantity
from collector.policy.threshold import Threshold
from tests.unit.policy.stand import IEEE, L1, L2, Stand, after, threshold, when_clear


def stand(**rule: object) -> Stand:
    return Stand(Threshold(threshold(**rule), IEEE))  # type: ignore[arg-type]


def test_restore_counts_from_when_the_overload_has_ended() -> None:
    rule = stand(restore=after(600.0))
    rule.contact(True)
    rule.tell(2300.0)
    rule.to(10)
    rule.contact(False)
    rule.to(10.3)
    rule.tell(0.0)
    assert rule.due == pytest.approx(130.3)  # when the power is silent
    for seconds in range(60, 611, 50):
        rule.to(seconds)
        assert rule.tell(0.0).hold == (L1,)
    assert rule.due == pytest.approx(610.3)
    assert rule.to(610.3).hold == ()
    assert rule.state() is RuleState.OK


def test_when_clear_releases_a_quantity_that_the_cut_does_not_clear() -> None:
    rule = stand(
        trip=253.0, clear=250.0, quantity=Quantity.VOLTAGE, restore=when_clear()
    )
    rule.tell(254.0, Quantity.VOLTAGE)
    rule.to(10)
    assert rule.cuts()
    assert rule.tell(251.0, Quantity.VOLTAGE).hold == (L1,)
    assert rule.tell(249.0, Quantity.VOLTAGE).hold == ()


def test_a_reset_begins_anew_though_the_overload_lasts() -> None:
    rule = stand()
    rule.tell(2300.0)
    rule.to(15)
    assert rule.cuts()
    rule.to(20)
    rule.judge.reset(rule.now)
    assert not rule.ask().cut
    assert not rule.holds()
    assert rule.to_cut() == 30.0


def test_a_cut_that_did_not_happen_on_one_channel_holds_the_other() -> None:
    rule = stand(switch_off=("l1", "l2"))
    rule.tell(2300.0)
    rule.to(10)
    rule.tell(100.0)
    rule.judge.withdraw(L2, rule.now)
    assert rule.ask().hold == (L1,)
    rule.judge.withdraw(L1, rule.now)
    assert rule.ask().hold == ()
    assert rule.state() is RuleState.OK


def test_a_restore_of_two_channels_is_one_restore() -> None:
    rule = stand(switch_off=("l1", "l2"), restore=after(60.0, at_most=2))
    for seconds in (0.0, 200.0, 400.0):
        rule.to(seconds)
        rule.tell(2300.0)
        rule.to(seconds + 10)
        assert rule.cuts()
        rule.tell(0.0)
        rule.to(seconds + 70)
        if rule.holds():
            break
        rule.judge.restored(L1, rule.now)
        rule.judge.restored(L2, rule.now)
        rule.judge.restored(L2, rule.now)  # its first command was lost
    assert rule.seconds == 470.0
    assert rule.judge.latch.locked
    assert rule.judge.latch.restores == 2


# a restart ----------------------------------------------------------------------------


def again(rule: Stand, **kept: object) -> Stand:
    """Return the rule after a restart."""
    return rule.restarted(Threshold(threshold(**kept), IEEE))  # type: ignore[arg-type]


def test_the_time_above_the_limit_survives_a_restart() -> None:
    rule = stand(for_seconds=60.0)
    rule.tell(2300.0)
    rule.to(45)
    later = again(rule, for_seconds=60.0)
    later.to(7)
    assert not later.cuts()
    later.tell(2300.0)
    assert later.to_cut() == 22.0


def test_a_first_reading_below_the_limit_forgets_that_time() -> None:
    rule = stand(for_seconds=60.0)
    rule.tell(2300.0)
    rule.to(45)
    later = again(rule, for_seconds=60.0)
    later.tell(2100.0)
    later.to(1)
    later.tell(2300.0)
    assert later.to_cut() == 61.0


@pytest.mark.parametrize(
    ("watts", "cuts"), [(2300.0, True), (2100.0, True), (0.0, False)]
)
def test_a_cut_that_a_restart_interrupted_is_made_up_for(
    watts: float, cuts: bool
) -> None:
    rule = stand()
    rule.tell(2300.0)
    rule.to(10)
    later = again(rule)
    assert later.holds()
    assert not later.cuts()  # nothing is known yet
    later.tell(watts)
    assert later.cuts() is cuts
    assert later.holds()


def test_a_rule_that_is_new_does_not_count_what_was_before_it() -> None:
    before = stand()
    before.tell(1600.0)
    before.to(60)
    rule = Threshold(threshold(1500.0, 1500.0, for_seconds=30.0), IEEE)
    verdict = rule.judge(before.house, before.now)
    assert not verdict.cut
    assert verdict.next_due == before.now.mono + 30.0


def test_what_is_over_again_is_not_clear() -> None:
    rule = stand(
        trip=253.0, clear=250.0, quantity=Quantity.VOLTAGE, restore=when_clear()
    )
    rule.judge.load({"set": True}, rule.now)
    for volts, holds in (254.0, True), (251.0, True), (250.0, False):
        rule.tell(volts, Quantity.VOLTAGE)
        assert rule.holds() is holds
