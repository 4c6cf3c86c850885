"""kind: inverse_time: deadlines, pulses, pauses, grace, silence and restarts."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import (
    Curve,
)
from tests.unit.policy.currents import AMPERES, heat, kind, pulse
from tests.unit.policy.stand import L1, Stand, after
from tests.unit.policy.test_curves import FUSE_TABLE, IEC_TABLE

# a constant current -------------------------------------------------------------------


@pytest.mark.parametrize("tms", [0.05, 0.1, 0.5, 1.0])
@pytest.mark.parametrize(("curve", "ratio", "seconds"), IEC_TABLE)
def test_it_cuts_at_the_time_of_its_curve(
    curve: Curve, ratio: float, seconds: float, tms: float
) -> None:
    rule = Stand(kind(curve, tms=tms))
    rule.to(3)
    rule.tell(8.0 * ratio, AMPERES)
    assert rule.state() is RuleState.OVER
    assert rule.due == pytest.approx(3 + tms * seconds, rel=1e-4)
    deadline = rule.due
    rule.to(3 + 0.99 * tms * seconds)
    assert not rule.cuts()
    assert rule.to_cut() == pytest.approx(deadline, abs=1e-9)
    assert rule.seconds == pytest.approx(3 + tms * seconds, rel=1e-4)


@pytest.mark.parametrize(("ratio", "seconds"), FUSE_TABLE)
def test_a_fuse_cuts_from_cold_at_the_time_of_its_formula(
    ratio: float, seconds: float
) -> None:
    rule = Stand(kind(Curve.D))
    rule.tell(8.0 * ratio, AMPERES)
    assert rule.to_cut() == pytest.approx(seconds, rel=1e-4)


@pytest.mark.parametrize(
    ("curve", "ratio", "at_once"),
    [
        (Curve.B, 2.99, False),
        (Curve.B, 3.0, True),
        (Curve.C, 4.99, False),
        (Curve.C, 5.0, True),
        (Curve.D, 9.99, False),
        (Curve.D, 10.0, True),
    ],
)
def test_a_fuse_cuts_at_once_at_its_letter(
    curve: Curve, ratio: float, at_once: bool
) -> None:
    rule = Stand(kind(curve, grace_seconds=60.0))
    rule.switched_on()
    rule.tell(8.0 * ratio, AMPERES)
    assert rule.cuts() is at_once


@pytest.mark.parametrize("curve", Curve)
def test_what_is_rated_flows_for_ever(curve: Curve) -> None:
    rule = Stand(kind(curve))
    for seconds in range(0, 100_000, 600):
        rule.to(seconds)
        rule.tell(8.0, AMPERES)
        assert not rule.cuts()


def test_a_power_serves_where_no_current_was_measured() -> None:
    rule = Stand(kind(Curve.VI, tms=0.1))
    rule.tell(8.0 * 230.0 * 2.0)
    assert rule.to_cut() == pytest.approx(1.35)


# pulses, by hand ----------------------------------------------------------------------


def test_pulses_add_up() -> None:
    # VI: 4 s at 2x are 4/13.5 = 0.296296; 5 s of nothing take 5/47.3 = 0.105708.
    # Four of them leave 0.762352; the rest of 0.237648 takes 3.20825 s of the fifth.
    rule = Stand(kind(Curve.VI))
    pulse(rule, *[(2.0, 4.0), (0.0, 5.0)] * 4)
    assert heat(rule) == pytest.approx(0.762352, abs=1e-6)
    rule.tell(16.0, AMPERES)
    assert rule.to_cut() == pytest.approx(39.20825, abs=1e-4)


def test_pulses_far_enough_apart_never_cut() -> None:
    # 4/13.5 in, 15/47.3 = 0.317 out
    rule = Stand(kind(Curve.VI))
    for _ in range(200):
        pulse(rule, (2.0, 4.0), (0.0, 15.0))
        assert heat(rule) == 0.0
        assert not rule.holds()


def test_a_pause_below_the_limit_cools_with_its_current() -> None:
    # EI: 5 s at 3x are 0.5; 20 s at 0.5x take 20·0.75/80 = 0.1875.
    rule = pulse(Stand(kind(Curve.EI)), (3.0, 5.0), (0.5, 20.0))
    assert heat(rule) == pytest.approx(0.3125)
    # SI at TMS 0.5: 1.5x for 4 s is 4/8.59711 = 0.465273; 2 s at 0.8x: 2·0.36/6.75.
    rule = pulse(Stand(kind(Curve.SI, tms=0.5)), (1.5, 4.0), (0.8, 2.0))
    assert heat(rule) == pytest.approx(0.358606, abs=1e-5)


def test_pulses_warm_a_fuse() -> None:
    # 30 s at 2x, 60 s of nothing: 0.3681, 0.6211, 0.7949, 0.9144, 0.9966 at the ends,
    # and 23.957 s into the sixth.
    rule = Stand(kind(Curve.B))
    for count, expected in enumerate((0.36809, 0.62107, 0.79495, 0.91445, 0.99658)):
        pulse(rule, (2.0, 30.0))
        assert heat(rule) == pytest.approx(expected, abs=1e-4)
        assert not rule.cuts(), count
        pulse(rule, (0.0, 60.0))
    rule.tell(16.0, AMPERES)
    assert rule.to_cut() == pytest.approx(473.957, abs=0.01)


def test_only_the_current_that_was_held_counts_for_the_time_before_a_reading() -> None:
    rule = Stand(kind(Curve.VI))
    rule.tell(0.0, AMPERES)
    rule.to(100)
    rule.tell(16.0, AMPERES)  # 100 s of nothing, whatever comes now
    assert heat(rule) == 0.0
    rule.to(104)
    rule.tell(0.0, AMPERES)  # 4 s of 2x, whatever comes now
    assert heat(rule) == pytest.approx(4 / 13.5)


# states -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("curve", "ratio", "state"),
    [
        (Curve.VI, 0.5, RuleState.OK),
        (Curve.VI, 0.9, RuleState.OK),
        (Curve.VI, 0.95, RuleState.APPROACHING),
        (Curve.VI, 1.0, RuleState.APPROACHING),
        (Curve.VI, 1.01, RuleState.OVER),
        (Curve.B, 1.0, RuleState.OK),
        (Curve.B, 1.1, RuleState.APPROACHING),
        (Curve.B, 1.14, RuleState.OVER),
    ],
)
def test_the_state_says_how_much_flows(
    curve: Curve, ratio: float, state: RuleState
) -> None:
    verdict = Stand(kind(curve)).tell(8.0 * ratio, AMPERES)
    assert verdict.state is state
    assert bool(verdict.read) is (state is not RuleState.OK)
    assert bool(verdict.reason) is (state is RuleState.OVER)


def test_a_hot_accumulator_is_approaching_too() -> None:
    rule = pulse(Stand(kind(Curve.VI)), (2.0, 13.0))
    rule.tell(0.0, AMPERES)
    assert rule.state() is RuleState.APPROACHING
    assert rule.verdict.margin == pytest.approx(1 - 13 / 13.5)


def test_the_reason_has_the_numbers_in_it() -> None:
    rule = pulse(Stand(kind(Curve.VI)), (2.0, 6.75))
    assert rule.reason() == (
        "current 16 A of 8 A rated; curve VI is 50% on its way to a cut"
    )


def test_a_cut_lasts_until_the_current_is_well_below() -> None:
    rule = pulse(Stand(kind(Curve.VI)), (2.0, 13.5))
    assert rule.cut() == (L1,)
    for ratio, cuts in (1.5, True), (0.95, True), (0.89, False):
        rule.tell(8.0 * ratio, AMPERES)
        assert rule.cuts() is cuts
    assert rule.state() is RuleState.LATCHED


def test_a_fuse_lets_go_at_what_it_carries() -> None:
    rule = pulse(Stand(kind(Curve.B)), (3.0, 1.0))
    for ratio, cuts in (1.05, True), (1.0, False):
        rule.tell(8.0 * ratio, AMPERES)
        assert rule.cuts() is cuts


def test_a_restored_load_has_the_time_that_its_heat_leaves() -> None:
    rule = pulse(Stand(kind(Curve.VI, restore=after(30.0))), (2.0, 13.5))
    assert rule.cuts()
    pulse(rule, (0.0, 30.0))  # cools by 30/47.3 = 0.634
    assert not rule.holds()
    rule.tell(16.0, AMPERES)
    assert not rule.cuts()
    assert rule.to_cut() == pytest.approx(43.5 + 30 / 47.3 * 13.5)


def test_a_reset_cools_it_down() -> None:
    rule = pulse(Stand(kind(Curve.VI)), (2.0, 13.5))
    rule.judge.reset(rule.now)
    rule.ask()
    assert not rule.cuts()
    assert heat(rule) == 0.0
    assert rule.to_cut() == pytest.approx(27.0)
