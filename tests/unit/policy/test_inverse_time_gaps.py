"""kind: inverse_time over grace, silence, blindness and restarts."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import (
    Curve,
)
from collector.model.reading import Quality
from tests.unit.policy.currents import AMPERES, heat, kind, pulse
from tests.unit.policy.stand import OVERLOAD, Stand

# grace --------------------------------------------------------------------------------


def test_nothing_adds_up_during_grace() -> None:
    rule = Stand(kind(Curve.VI, grace_seconds=5.0))
    rule.to(10)
    rule.switched_on()
    rule.tell(40.0, AMPERES)  # 5x: 3.375 s
    assert rule.due == pytest.approx(18.375)
    rule.to(14.9)
    assert heat(rule) == 0.0
    assert rule.to_cut() == pytest.approx(18.375)


def test_grace_does_not_stop_the_cooling() -> None:
    rule = pulse(Stand(kind(Curve.VI, grace_seconds=5.0)), (2.0, 6.75))
    rule.tell(0.0, AMPERES)
    rule.switched_on()
    rule.to(6.75 + 4.73)
    assert heat(rule) == pytest.approx(0.4)


# silence and restarts -----------------------------------------------------------------


def test_over_silence_it_stays_as_it_was() -> None:
    rule = Stand(kind(Curve.EI))
    rule.tell(1.3 * 8.0 * 230.0)  # 115.94 s to the cut; stale after 120 s
    rule.to(50)
    rule.refuse(Quality.NOT_MEASURED)
    assert rule.state() is RuleState.STALE
    rule.to(1000)
    rule.tell(1.3 * 8.0 * 230.0)
    assert heat(rule) == pytest.approx(50 / 115.94203, abs=1e-5)
    assert rule.to_cut() == pytest.approx(1065.942, abs=1e-3)


def test_a_current_that_is_held_too_long_counts_until_it_is_stale() -> None:
    rule = Stand(kind(Curve.EI))
    rule.tell(1.1 * 8.0 * 230.0)  # 380.95 s
    rule.to(5_000)
    rule.tell(0.0)
    assert heat(rule) == pytest.approx(120 / 380.95238, abs=1e-5)


def test_the_lower_of_two_inputs_goes_on_when_the_higher_is_stale() -> None:
    rule = Stand(kind(Curve.EI))
    rule.tell(1.1 * 8.0, AMPERES)
    rule.tell(1.3 * 8.0 * 230.0)
    rule.to(100)
    rule.tell(1.2 * 8.0 * 230.0)  # EI 1.2: 181.82 s
    rule.to(240)
    # 100 s at 1.3, and the rest of 1 at 1.2 would take until 125 s
    assert rule.cuts()
    rule = Stand(kind(Curve.EI))
    rule.tell(1.1 * 8.0, AMPERES)
    rule.tell(1.2 * 8.0 * 230.0)
    assert rule.to_cut() == pytest.approx(
        120 + (1 - 120 / 181.81818) * 380.95238, abs=1e-3
    )


def test_a_silent_current_taken_for_an_overload_heats_like_twice_the_rated() -> None:
    rule = Stand(kind(Curve.VI, when_stale=OVERLOAD))
    rule.tell(8.0 * 230.0)
    assert rule.to_cut() == pytest.approx(133.5)
    assert rule.blind()
    assert rule.reason() == "current is silent; taken for 2 times 8 A"
    assert rule.verdict.margin == 0.0
    rule.to(150)
    assert rule.cuts()
    rule.tell(0.0)
    assert not rule.cuts()
    assert rule.holds()


def test_an_assumed_overload_that_was_one_goes_on() -> None:
    rule = Stand(kind(Curve.VI, when_stale=OVERLOAD))
    rule.tell(8.0 * 230.0)
    rule.to(126.75)
    rule.tell(2.0 * 8.0 * 230.0)
    assert heat(rule) == pytest.approx(0.5)
    assert rule.to_cut() == pytest.approx(133.5)


def test_an_assumed_overload_is_forgotten_when_the_radio_goes() -> None:
    rule = Stand(kind(Curve.VI, when_stale=OVERLOAD))
    rule.tell(8.0 * 230.0)
    rule.to(130)
    rule.radio(up=False)
    rule.to(500)
    rule.radio(up=True)
    assert rule.to_cut() == pytest.approx(633.5)


def test_what_flows_unheard_does_not_heat() -> None:
    rule = Stand(kind(Curve.VI))
    rule.tell(16.0, AMPERES)
    rule.to(5)
    rule.radio(up=False)
    rule.to(105)
    rule.radio(up=True)
    assert rule.to_cut() == pytest.approx(113.5)


@pytest.mark.parametrize("curve", [Curve.VI, Curve.B])
def test_it_is_as_hot_after_a_restart_as_before(curve: Curve) -> None:
    rule = pulse(Stand(kind(curve)), (2.0, 9.0))
    before = heat(rule)
    later = rule.restarted(kind(curve), away=3600.0)
    later.to(50)
    later.tell(8.0, AMPERES)
    assert heat(later) == pytest.approx(before, abs=1e-6)
    assert not later.cuts()


def test_a_cut_that_a_restart_interrupted_is_made_up_for() -> None:
    rule = pulse(Stand(kind(Curve.VI)), (2.0, 13.5))
    later = rule.restarted(kind(Curve.VI))
    assert later.holds()
    assert not later.cuts()  # nothing is known yet
    later.tell(0.95 * 8.0, AMPERES)
    assert later.cuts()


def test_the_accumulator_is_kept_as_of_now_not_of_the_last_reading() -> None:
    rule = pulse(Stand(kind(Curve.VI)), (2.0, 6.75))
    assert rule.judge.dump(rule.now) == {"heat": 0.5}
    rule = Stand(kind(Curve.VI, when_stale=OVERLOAD))
    rule.to(125)
    assert rule.judge.dump(rule.now) == {}  # what is only assumed is not kept
