"""What silence means to a rule: each word for it, and whose silence it is."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import StaleRule
from collector.model.reading import Quality
from collector.policy.threshold import Threshold
from tests.unit.policy.stand import (
    IEEE,
    KEEP,
    L1,
    OFF,
    OVERLOAD,
    Stand,
    after,
    off_after,
    threshold,
)


def stand(when_stale: StaleRule, **rule: object) -> Stand:
    return Stand(
        Threshold(threshold(when_stale=when_stale, **rule), IEEE)  # type: ignore[arg-type]
    )


# the start ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when_stale", "cut_at"),
    [
        (KEEP, None),
        (OFF, 130.0),  # 120 s of nothing, and a read that cannot be made for 10 s
        (off_after(900.0), 1020.0),
        (OVERLOAD, 130.0),  # 120 s, and the rule's own 10 s
    ],
)
def test_after_a_start_nothing_acts_before_silence_is_real(
    when_stale: StaleRule, cut_at: float | None
) -> None:
    rule = stand(when_stale)
    assert rule.state() is RuleState.STALE
    assert rule.reason() == ""  # not yet news
    if cut_at is None:
        assert not rule.to(1e6).cut
    else:
        assert rule.to_cut() == cut_at
        assert rule.blind()
        assert rule.state() is RuleState.STALE


# each word ----------------------------------------------------------------------------


def test_keep_keeps_what_was_said_last() -> None:
    quiet, cutting = stand(KEEP), stand(KEEP, for_seconds=0.0)
    quiet.tell(100.0)
    cutting.tell(2300.0)
    for rule, cut in (quiet, ()), (cutting, (L1,)):
        rule.to(119.999)
        assert rule.state() is not RuleState.STALE
        rule.to(120)
        assert rule.state() is RuleState.STALE
        assert rule.reason() == "power is silent; kept as it is"
        rule.to(1e6)
        assert rule.cut() == cut
        assert not rule.blind()
        assert not rule.reads()


def test_off_waits_for_one_read_in_vain() -> None:
    rule = stand(OFF)
    rule.tell(100.0)
    rule.to(119)
    assert not rule.reads()
    rule.to(120)
    assert rule.reads() == (IEEE,)
    assert rule.due == 130.0
    rule.to(122)
    rule.read_in_vain()
    assert rule.cuts()
    assert rule.blind()
    assert rule.reads() == ()
    assert rule.reason() == "power has been silent for 2 s beyond its limit"


def test_off_without_any_read_cuts_ten_seconds_later() -> None:
    rule = stand(OFF)
    rule.tell(100.0)
    assert rule.to_cut() == 130.0


def test_a_read_that_is_answered_saves_the_channel() -> None:
    rule = stand(OFF)
    rule.tell(100.0)
    rule.to(121)
    rule.tell(90.0)
    assert rule.state() is RuleState.OK
    assert rule.to_cut() == 251.0


def test_off_after_counts_from_becoming_stale() -> None:
    rule = stand(off_after(900.0))
    rule.to(30)
    rule.tell(100.0)
    rule.to(150)
    assert rule.state() is RuleState.STALE
    assert not rule.reads()  # it is early: no flood of reads for 15 minutes
    assert rule.due == 1040.0
    rule.to(1040)
    assert rule.reads() == (IEEE,)
    rule.to(1043)
    rule.read_in_vain()
    assert not rule.cuts()
    assert rule.to_cut() == 1050.0


def test_a_read_of_long_ago_does_not_stand_for_the_one_before_the_cut() -> None:
    rule = stand(off_after(900.0))
    rule.tell(100.0)
    rule.to(125)
    rule.read_in_vain()
    assert rule.to(1019.9).read == (IEEE,)
    assert rule.to_cut() == 1020.0


def test_one_reading_in_time_begins_anew() -> None:
    rule = stand(off_after(900.0))
    rule.tell(100.0)
    rule.to(1019)
    rule.tell(100.0)
    assert rule.to_cut() == 2039.0


def test_an_assumed_overload_lets_the_delay_run_from_the_silence_on() -> None:
    rule = stand(OVERLOAD, for_seconds=60.0, instant=3000.0)
    rule.tell(100.0)
    assert rule.to_cut() == 180.0  # no instant stage: that needs a real value
    assert rule.blind()
    assert rule.reason() == "power is silent; taken for an overload"


def test_an_assumed_overload_goes_on_from_a_real_one() -> None:
    rule = stand(OVERLOAD, for_seconds=150.0)
    rule.tell(2300.0)
    assert rule.to_cut() == 150.0


def test_an_assumed_overload_is_over_when_a_value_comes() -> None:
    rule = stand(OVERLOAD, for_seconds=0.0)
    rule.tell(100.0)
    rule.to(121)
    rule.tell(2100.0)  # not clear, but it never was too much
    assert not rule.cuts()
    assert not rule.holds()
    rule.to(300)
    assert rule.blind()
    rule.tell(2300.0)
    assert rule.cuts()
    assert not rule.blind()


def test_silence_does_not_let_go_what_was_over() -> None:
    rule = stand(off_after(900.0), for_seconds=0.0)
    rule.tell(2300.0)
    assert rule.to(121).cut == (L1,)
    assert not rule.blind()  # it knew
    assert rule.state() is RuleState.STALE


def test_a_blind_cut_is_restored_like_any_other() -> None:
    rule = stand(OFF, restore=after(300.0))
    rule.tell(100.0)
    rule.to(130)
    rule.to(1000)
    rule.tell(0.0)
    assert not rule.cuts()
    assert rule.holds()
    for seconds in range(1100, 1301, 100):
        rule.to(seconds)
        rule.tell(0.0)
    assert not rule.holds()


def test_a_restore_waits_for_the_first_word_after_silence() -> None:
    rule = stand(KEEP, restore=after(300.0), for_seconds=0.0)
    rule.tell(2300.0)
    rule.to(1)
    rule.tell(0.0)
    rule.to(500)
    assert rule.holds()
    rule.tell(0.0)
    assert not rule.holds()


def test_time_of_silence_is_not_time_above_the_limit() -> None:
    rule = stand(KEEP, for_seconds=300.0)
    rule.tell(2300.0)  # 120 s of this are known
    rule.to(500)
    rule.tell(2300.0)
    assert rule.due == 620.0  # silent again, at 240 s
    rule.to(600)
    rule.tell(2300.0)
    assert rule.to_cut() == 680.0


def test_a_reset_during_silence_begins_its_time_anew() -> None:
    rule = stand(off_after(900.0))
    rule.to_cut()
    rule.to(2000)
    rule.judge.reset(rule.now)
    assert not rule.ask().cut
    assert rule.to_cut() == 2900.0


# not fresh for other reasons ----------------------------------------------------------


@pytest.mark.parametrize("quality", [Quality.NOT_MEASURED, Quality.REJECTED])
def test_a_sample_that_is_not_believed_is_silence_at_once(quality: Quality) -> None:
    rule = stand(OFF, for_seconds=60.0)
    rule.tell(2300.0)
    rule.to(50)
    rule.refuse(quality)
    assert rule.state() is RuleState.STALE
    assert rule.reads() == (IEEE,)
    assert not rule.cuts()
    rule.to(55)
    rule.tell(2300.0)
    assert rule.to_cut() == 65.0  # 50 s of it were known


def test_silence_by_refused_samples_counts_from_the_first() -> None:
    rule = stand(off_after(30.0))
    rule.tell(100.0)
    for seconds in 40, 50, 60:
        rule.to(seconds)
        rule.refuse(Quality.REJECTED)
    assert rule.to_cut() == 70.0


def test_a_meter_that_never_measured_is_silent_from_its_first_word() -> None:
    rule = stand(off_after(30.0))
    rule.to(5)
    rule.refuse(Quality.NOT_MEASURED)
    assert rule.to_cut() == 35.0
    (power,) = rule.judge.inputs(rule.house, rule.now)
    assert power.value is None
    assert power.age is None
    assert power.quality is Quality.NOT_MEASURED
