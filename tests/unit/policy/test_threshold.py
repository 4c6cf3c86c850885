"""kind: threshold, in numbers: one limit, one delay, one stage without it."""

import pytest

from collector.model.decision import RuleState
from collector.model.quantity import Quantity
from collector.policy.threshold import Threshold
from tests.unit.policy.stand import IEEE, L1, L2, Stand, threshold


def stand(**rule: object) -> Stand:
    return Stand(Threshold(threshold(**rule), IEEE))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("readings", "cut_at"),
    [
        # (s, W) …; 2200 W for 10 s, clear at 2000 W
        ([(0, 2201)], 10),
        ([(0, 2200)], None),  # the limit itself is allowed
        ([(0, 2300), (9.9, 2100)], None),
        ([(0, 2300), (9.9, 2300)], 10),
        ([(0, 2300), (5, 2250), (9, 2900)], 10),  # a new reading does not start anew
        ([(0, 2300), (5, 2199), (6, 2300)], 16),  # one break, and it begins anew
        ([(0, 2300), (5, 2200), (5.5, 2300)], 15.5),
        ([(0, 100), (30, 2300)], 40),
    ],
)
def test_a_continuous_time_above_the_limit_cuts(
    readings: list[tuple[float, float]], cut_at: float | None
) -> None:
    rule = stand()
    for seconds, watts in readings:
        rule.to(seconds)
        rule.tell(watts)
    if cut_at is not None:
        assert rule.to_cut() == cut_at
    else:
        assert not rule.to(rule.seconds + 119).cut


def test_the_deadline_comes_without_another_sample() -> None:
    rule = stand(for_seconds=90.0)
    rule.to(7)
    rule.tell(2300.0)
    assert rule.due == 97.0
    assert rule.to(96.999).state is RuleState.OVER
    assert not rule.cuts()
    assert rule.to(97).cut == (L1,)


def test_without_a_delay_the_reading_itself_cuts() -> None:
    assert stand(for_seconds=0.0).tell(2201.0).cut == (L1,)


@pytest.mark.parametrize(
    ("watts", "cuts"), [(2100.0, True), (2001.0, True), (2000.0, False), (0.0, False)]
)
def test_a_cut_lasts_until_the_clear_limit(watts: float, cuts: bool) -> None:
    rule = stand()
    rule.tell(2300.0)
    rule.to(10)
    rule.tell(watts)
    assert rule.cuts() is cuts
    assert rule.state() is RuleState.LATCHED
    assert rule.holds()


def test_below_the_limit_the_band_down_to_the_clear_limit_cuts_nothing() -> None:
    rule = stand()
    rule.tell(2150.0)
    rule.to(119)
    assert not rule.cuts()
    assert rule.state() is RuleState.APPROACHING


@pytest.mark.parametrize(
    ("watts", "margin", "state", "read"),
    [
        (0.0, 1.0, RuleState.OK, False),
        (1980.0, 0.1, RuleState.OK, False),
        (1991.0, 0.095, RuleState.APPROACHING, True),
        (2200.0, 0.0, RuleState.APPROACHING, True),
        (2420.0, -0.1, RuleState.OVER, True),
    ],
)
def test_the_margin_says_how_far_it_is_and_when_to_read(
    watts: float, margin: float, state: RuleState, read: bool
) -> None:
    verdict = stand().tell(watts)
    assert verdict.margin == pytest.approx(margin, abs=1e-3)
    assert verdict.state is state
    assert bool(verdict.read) is read


def test_every_channel_of_the_rule_is_cut_in_order() -> None:
    rule = stand(switch_off=("l2", "l1"), for_seconds=0.0)
    assert rule.tell(3000.0).cut == (L2, L1)
    assert rule.hold() == (L2, L1)


def test_it_says_off_for_as_long_as_it_is_over_whoever_draws_the_power() -> None:
    rule = stand(for_seconds=0.0)
    rule.contact(False, "l1")
    rule.contact(True, "l2")
    rule.tell(2300.0)
    rule.to(60)
    assert rule.cut() == (L1,)
    assert rule.state() is RuleState.OVER


# the instant stage --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("watts", "cuts_at_once"), [(3200.0, False), (3200.1, True), (9000.0, True)]
)
def test_far_above_there_is_no_delay(watts: float, cuts_at_once: bool) -> None:
    rule = stand(instant=3200.0)
    rule.tell(watts)
    assert rule.cuts() is cuts_at_once


@pytest.mark.parametrize(
    ("watts", "cut_at"),
    [
        (2300.0, 25.0),  # 10 s + 5 s of grace + 10 s
        (3300.0, 10.5),  # an inrush never hides the instant stage
    ],
)
def test_grace_moves_the_delay_and_never_the_instant_stage(
    watts: float, cut_at: float
) -> None:
    rule = stand(instant=3200.0, grace_seconds=5.0)
    rule.to(10)
    rule.switched_on()
    rule.to(10.5)
    rule.tell(watts)
    assert rule.to_cut() == cut_at


def test_a_power_that_is_reported_before_its_contact_has_grace_all_the_same() -> None:
    rule = stand(grace_seconds=5.0)
    rule.to(10)
    rule.tell(2300.0)
    rule.to(10.2)
    rule.switched_on()
    assert rule.to_cut() == pytest.approx(25.2)


def test_inrush_that_is_over_within_grace_cuts_nothing() -> None:
    rule = stand(grace_seconds=5.0, for_seconds=0.0)
    rule.to(10)
    rule.switched_on()
    rule.tell(4000.0)
    rule.to(14.9)
    rule.tell(1500.0)
    rule.to(100)
    assert not rule.cuts()


def test_an_overload_from_before_a_switch_on_is_no_inrush() -> None:
    # Otherwise a second channel that switches every 8 s would hide it for ever.
    rule = stand(grace_seconds=5.0)
    rule.to(0)
    rule.tell(2300.0)
    rule.to(8)
    rule.switched_on("l2")
    assert rule.to_cut() == 10.0


# below, and quantities that are not power ---------------------------------------------


@pytest.mark.parametrize(
    ("volts", "cuts", "state", "margin"),
    [
        (230.0, False, RuleState.OK, 0.1111),
        (211.0, False, RuleState.APPROACHING, 0.0193),
        (207.0, False, RuleState.APPROACHING, 0.0),
        (206.9, True, RuleState.OVER, -0.0005),
    ],
)
def test_below_rules_are_the_mirror_image(
    volts: float, cuts: bool, state: RuleState, margin: float
) -> None:
    rule = stand(
        trip=207.0, clear=212.0, quantity=Quantity.VOLTAGE, below=True, for_seconds=30.0
    )
    rule.to(1)
    rule.tell(volts, Quantity.VOLTAGE)
    assert rule.state() is state
    assert rule.verdict.margin == pytest.approx(margin, abs=1e-4)
    rule.to(30.9)
    assert not rule.cuts()
    rule.to(31)
    assert rule.cuts() is cuts
    rule.tell(211.9, Quantity.VOLTAGE)
    assert rule.cuts() is cuts
    rule.tell(212.0, Quantity.VOLTAGE)
    assert not rule.cuts()


def test_the_mains_are_not_always_near_to_a_limit_of_their_own() -> None:
    rule = stand(trip=250.0, clear=245.0, quantity=Quantity.VOLTAGE)
    assert rule.tell(236.0, Quantity.VOLTAGE).state is RuleState.OK
    assert rule.tell(246.0, Quantity.VOLTAGE).state is RuleState.APPROACHING
    assert not rule.reads()  # a read of the power would not tell


@pytest.mark.parametrize(
    ("celsius", "margin"), [(10.0, 3.0), (-5.0, 0.0), (-10.0, -1.0), (0.0, 1.0)]
)
def test_a_margin_below_zero_degrees_keeps_its_sign(
    celsius: float, margin: float
) -> None:
    rule = stand(trip=-5.0, clear=0.0, quantity=Quantity.TEMPERATURE, below=True)
    assert rule.tell(celsius, Quantity.TEMPERATURE).margin == pytest.approx(margin)


def test_a_limit_of_zero_has_no_margin() -> None:
    rule = stand(trip=0.0, clear=2.0, quantity=Quantity.TEMPERATURE, below=True)
    assert rule.tell(1.0, Quantity.TEMPERATURE).margin is None
    assert rule.state() is RuleState.OK
    assert rule.tell(-1.0, Quantity.TEMPERATURE).state is RuleState.OVER


def test_a_current_may_follow_from_the_power() -> None:
    rule = stand(trip=10.0, clear=9.0, quantity=Quantity.CURRENT)
    rule.tell(4.0, Quantity.CURRENT)
    rule.to(30)
    rule.tell(2530.0)  # 11 A at 230 V, and now: not since the measured current came
    assert rule.state() is RuleState.OVER
    assert rule.due == 40.0
    assert rule.reads() == (IEEE,)
    assert rule.to_cut() == 40.0


def test_the_reason_has_the_numbers_in_it() -> None:
    rule = stand()
    assert rule.tell(1000.0).reason == ""
    rule.tell(2314.6)
    rule.to(10)
    assert rule.reason() == "power 2315 W is above 2200 W for 10.0 s"
    rule.tell(2100.0)
    assert rule.reason() == "power 2100 W is not yet back beyond 2000 W"


def test_the_inputs_are_the_quantity_and_the_power() -> None:
    rule = stand(trip=253.0, clear=250.0, quantity=Quantity.VOLTAGE)
    rule.tell(231.0, Quantity.VOLTAGE)
    rule.to(3)
    rule.tell(700.0)
    inputs = rule.judge.inputs(rule.house, rule.now)
    assert [(each.quantity, each.value, each.age) for each in inputs] == [
        (Quantity.VOLTAGE, 231.0, 3.0),
        (Quantity.POWER, 700.0, 0.0),
    ]


def test_a_rule_looks_at_its_one_relay_and_has_no_word_on_what_could_flow() -> None:
    rule = stand()
    assert rule.judge.relays(rule.house) == (IEEE,)
    assert rule.judge.room(rule.house, IEEE, rule.now) == float("inf")
