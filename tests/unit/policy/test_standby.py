"""kind: standby: on with nothing to do, for so long."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import PolicyClass, Restore, StaleRule, StandbyRule
from collector.model.reading import Quality
from collector.policy.standby import Standby
from tests.unit.policy.stand import (
    IEEE,
    KEEP,
    L1,
    L2,
    MANUAL,
    OFF,
    OVERLOAD,
    Stand,
    after,
)


def stand(
    *,
    below_w: float = 5.0,
    for_seconds: float = 1800.0,
    grace_seconds: float = 0.0,
    switch_off: tuple[str, ...] = ("l1",),
    restore: Restore = MANUAL,
    when_stale: StaleRule = KEEP,
) -> Stand:
    rule = StandbyRule(
        name="standby",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=(IEEE,),
        switch_off=switch_off,
        restore=restore,
        grace_seconds=grace_seconds,
        below_w=below_w,
        for_seconds=for_seconds,
    )
    return Stand(Standby(rule, IEEE))


def draw(rule: Stand, watts: float, until: float) -> None:
    """Let a power be reported every minute."""
    rule.tell(watts)
    while not rule.cuts() and rule.seconds + 60 <= until:
        rule.to(rule.seconds + 60)
        if not rule.cuts():
            rule.tell(watts)


@pytest.mark.parametrize(
    ("watts", "cut_at"), [(4.9, 1810.0), (0.5, 1810.0), (5.0, None), (80.0, None)]
)
def test_low_for_long_enough_is_off(watts: float, cut_at: float | None) -> None:
    rule = stand()
    rule.contact(True)
    rule.to(10)
    draw(rule, watts, 1790.0)
    assert not rule.cuts()
    if cut_at is None:
        draw(rule, watts, 10_000.0)
        assert not rule.cuts()
    else:
        assert rule.to_cut() == cut_at
        assert rule.cut() == (L1,)
        assert not rule.reads()  # nothing is urgent
        assert rule.reason() == f"power {watts:.4g} W is below 5 W for 1800 s"


def test_one_moment_of_use_begins_anew() -> None:
    rule = stand()
    rule.contact(True)
    draw(rule, 1.0, 1000.0)
    rule.tell(60.0)
    rule.to(rule.seconds + 1)
    since = rule.seconds
    draw(rule, 1.0, 2750.0)
    assert rule.to_cut() == since + 1800


@pytest.mark.parametrize("known", [False, None])
def test_with_all_its_channels_off_there_is_nothing_to_switch(
    known: bool | None,
) -> None:
    rule = stand()
    rule.contact(True, "l2")  # not one of its channels
    if known is not None:
        rule.contact(known)
    draw(rule, 0.0, 10_000.0)
    assert rule.state() is RuleState.OK
    assert rule.verdict.margin is None
    assert not rule.cuts()


def test_time_stops_when_the_channel_is_switched_off() -> None:
    rule = stand()
    rule.contact(True)
    draw(rule, 1.0, 1200.0)
    rule.contact(False)
    assert rule.state() is RuleState.OK
    rule.to(1230)
    rule.contact(True)
    draw(rule, 1.0, 3000.0)
    assert rule.to_cut() == 3030.0


def test_time_counts_from_the_last_switch_on_and_its_grace() -> None:
    rule = stand(switch_off=("l1", "l2"), grace_seconds=60.0)
    rule.contact(True, "l1")
    rule.contact(False, "l2")
    draw(rule, 1.0, 1200.0)
    rule.contact(True, "l2")  # somebody has just switched on another
    draw(rule, 1.0, 3000.0)
    assert not rule.cuts()
    assert rule.to_cut() == 3060.0
    assert rule.cut() == (L1, L2)


def test_a_cut_ends_with_its_channels_off_and_stays_latched() -> None:
    rule = stand(for_seconds=30.0)
    rule.contact(True)
    rule.tell(1.0)
    rule.to(30)
    assert rule.cuts()
    rule.contact(False)
    assert not rule.cuts()
    assert rule.holds()
    assert rule.state() is RuleState.LATCHED


def test_a_hand_that_switches_on_again_has_the_whole_time_again() -> None:
    rule = stand(for_seconds=30.0, restore=after(1e5))
    rule.contact(True)
    rule.tell(1.0)
    rule.to(30)
    rule.contact(False)
    rule.to(40)
    rule.contact(True)
    assert not rule.cuts()
    assert rule.to_cut() == 70.0


@pytest.mark.parametrize(
    ("watts", "margin", "state"),
    [
        (10.0, 1.0, RuleState.OK),
        (5.4, 0.08, RuleState.APPROACHING),
        (5.0, 0.0, RuleState.APPROACHING),
        (4.0, -0.2, RuleState.OVER),
    ],
)
def test_the_margin_is_the_one_of_a_below_rule(
    watts: float, margin: float, state: RuleState
) -> None:
    rule = stand()
    rule.contact(True)
    rule.tell(watts)
    assert rule.verdict.margin == pytest.approx(margin)
    assert rule.state() is state


def test_below_nothing_there_is_nothing() -> None:
    rule = stand(below_w=0.0)
    rule.contact(True)
    assert rule.tell(0.0).state is RuleState.OK
    assert rule.verdict.margin is None


# silence ------------------------------------------------------------------------------


def test_the_nothing_of_a_meter_that_sleeps_is_not_standby() -> None:
    rule = stand(for_seconds=30.0)
    rule.contact(True)
    rule.tell(50.0)
    rule.to(10)
    rule.refuse(Quality.NOT_MEASURED)
    rule.to(10_000)
    assert not rule.cuts()


def test_silence_is_not_time_below() -> None:
    rule = stand(for_seconds=300.0)
    rule.contact(True)
    rule.tell(1.0)  # held for 120 s
    rule.to(1000)
    rule.tell(1.0)
    rule.to(1100)
    rule.tell(1.0)
    assert rule.to_cut() == 1180.0


@pytest.mark.parametrize(
    ("when_stale", "cut_at", "reason"),
    [
        (OFF, 130.0, "power has been silent for 10 s beyond its limit"),
        (OVERLOAD, 420.0, "power is silent; taken for standby"),
    ],
)
def test_silence_of_a_channel_that_is_on(
    when_stale: StaleRule, cut_at: float, reason: str
) -> None:
    rule = stand(for_seconds=300.0, when_stale=when_stale)
    rule.contact(True)
    rule.tell(50.0)
    assert rule.to_cut() == cut_at
    assert rule.reason() == reason
    assert rule.blind()


def test_assumed_standby_of_what_is_off_switches_nothing() -> None:
    rule = stand(for_seconds=300.0, when_stale=OVERLOAD)
    rule.contact(True)
    rule.tell(50.0)
    rule.to(200)
    rule.contact(False)
    rule.to(10_000)
    assert not rule.cuts()
    rule.contact(True)
    assert rule.to_cut() == 10_300.0


# restarts and resets ------------------------------------------------------------------


def test_the_time_it_was_low_survives_a_restart() -> None:
    rule = stand(for_seconds=300.0)
    rule.contact(True)
    rule.tell(1.0)
    rule.to(100)
    later = rule.restarted(stand(for_seconds=300.0).judge)
    later.contact(True)
    later.to(50)
    later.tell(1.0)
    later.to(150)
    later.tell(1.0)
    assert later.to_cut() == 250.0


def test_a_reset_begins_anew() -> None:
    rule = stand(for_seconds=30.0)
    rule.contact(True)
    rule.tell(1.0)
    rule.to(35)
    rule.judge.reset(rule.now)
    rule.ask()
    assert not rule.holds()
    assert rule.to_cut() == 65.0
