"""Energy over increments, meter resets, falls and jumps."""

import math

import pytest

from collector.calibration.energy_counter import EnergyCounter
from collector.model.reading import Reason
from tests.unit.calibration.samples import at, hold_power, jumped

TICK = 1125.0


def test_first_register_is_a_baseline_and_increments_are_added() -> None:
    counter = EnergyCounter()
    assert counter.on_register(4.4e9, at(0)) is None
    assert counter.state.total_joules == 0
    counter.on_register(4.4e9 + 9000, at(300))
    counter.on_register(4.4e9 + 9000, at(600))
    counter.on_register(4.4e9 + 10_125, at(900))
    assert counter.state.total_joules == 10_125
    assert (counter.state.resets, counter.state.gaps) == (0, 0)


def test_power_before_the_first_register_adds_nothing() -> None:
    counter = EnergyCounter()
    hold_power(counter, 2000, 0, 600)
    counter.on_register(1e6, at(600))
    counter.on_register(1e6 + TICK, at(605))
    assert counter.state.total_joules == TICK


def test_gain_counts_for_later_increments_only() -> None:
    counter = EnergyCounter(gain=1.1)
    counter.on_register(1e9, at(0))
    counter.on_register(1e9 + 10_000, at(300))
    assert counter.state.total_joules == pytest.approx(11_000)
    counter.configure(0.5, None)
    assert counter.state.total_joules == pytest.approx(11_000)
    counter.on_register(1e9 + 20_000, at(600))
    assert counter.state.total_joules == pytest.approx(16_000)


@pytest.mark.parametrize("gain", [math.nan, -1.0, math.inf])
def test_gain_that_is_none_counts_as_one(gain: float) -> None:
    counter = EnergyCounter(gain=gain)
    counter.on_register(0, at(0))
    counter.on_register(TICK, at(300))
    assert counter.state.total_joules == TICK


def test_gain_of_nothing_stops_the_counter() -> None:
    counter = EnergyCounter(gain=0.0)
    counter.on_register(0, at(0))
    assert counter.on_register(TICK, at(300)) is None
    assert counter.state.total_joules == 0
    assert counter.state.register_joules == TICK


@pytest.mark.parametrize(
    ("joules", "reason"),
    [
        (math.nan, Reason.NOT_FINITE),
        (math.inf, Reason.NOT_FINITE),
        (-1.0, Reason.NEGATIVE),
    ],
)
def test_register_that_is_no_amount_changes_nothing(
    joules: float, reason: Reason
) -> None:
    counter = EnergyCounter()
    counter.on_register(1e6, at(0))
    before = counter.state
    assert counter.on_register(joules, at(300)) is reason
    assert counter.state == before


def test_fall_without_power_is_a_reset_and_a_gap() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_register(2.16e6, at(300))
    assert counter.state.total_joules == 0
    assert (counter.state.resets, counter.state.gaps) == (1, 1)
    counter.on_register(2.16e6 + TICK, at(600))
    assert counter.state.total_joules == TICK


def test_fall_is_filled_by_the_power_since_the_register_moved() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, 100, 0, 300)
    counter.on_register(0, at(300))
    assert counter.state.total_joules == pytest.approx(30_000)
    assert (counter.state.resets, counter.state.gaps) == (1, 0)
    assert counter.state.owed_joules == 0  # a meter that forgot repays nothing
    counter.on_register(TICK, at(600))
    assert counter.state.total_joules == pytest.approx(30_000 + TICK)


def test_fall_with_power_for_a_part_of_it_is_filled_for_that_part_and_a_gap() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_power(100, at(0))  # and no more: it is held for 120 s
    counter.on_register(0, at(300))
    assert counter.state.total_joules == pytest.approx(12_000)
    assert counter.state.gaps == 1


def test_fall_after_a_standstill_forgets_what_was_owed() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, 100, 0, 300)
    counter.on_register(9e6, at(300))
    assert counter.state.owed_joules == pytest.approx(30_000)
    hold_power(counter, 100, 330, 600)
    counter.on_register(0, at(600))
    assert counter.state.total_joules == pytest.approx(60_000)
    assert counter.state.owed_joules == 0
    assert not counter.frozen


def test_register_that_grows_faster_than_20_kw_is_refused() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    assert counter.on_register(9e6 + 20_000 * 300, at(300)) is None
    jump = counter.state.register_joules or 0.0
    assert counter.on_register(jump + 6.1e6, at(600)) is Reason.IMPLAUSIBLE_JUMP
    assert counter.on_register(jump + TICK, at(900)) is None
    assert counter.state.total_joules == 20_000 * 300 + TICK
    assert counter.state.gaps == 0


def test_jump_that_a_second_report_confirms_is_a_new_baseline() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    assert counter.on_register(9e8, at(300)) is Reason.IMPLAUSIBLE_JUMP
    assert counter.on_register(9e8 + TICK, at(600)) is None
    assert counter.state.total_joules == 0
    assert counter.state.gaps == 1
    counter.on_register(9e8 + 3 * TICK, at(900))
    assert counter.state.total_joules == 2 * TICK


def test_confirmed_jump_is_not_counted_even_where_time_would_explain_it() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    assert counter.on_register(9e6 + 7e6, at(300)) is Reason.IMPLAUSIBLE_JUMP
    assert counter.on_register(9e6 + 7e6, at(600)) is None  # 12 MJ in 600 s would do
    assert counter.state.total_joules == 0


def test_two_jumps_that_contradict_each_other_are_both_refused() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    assert counter.on_register(9e11, at(300)) is Reason.IMPLAUSIBLE_JUMP
    assert counter.on_register(9e10, at(600)) is Reason.IMPLAUSIBLE_JUMP
    assert counter.on_register(9e6 + TICK, at(900)) is None
    assert counter.state.total_joules == TICK


def test_register_that_catches_up_with_what_is_owed_is_no_jump() -> None:
    """Ten hours at 2 kW were integrated; then the register shows them at once."""
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, 2000, 0, 36_000)
    counter.on_register(9e6, at(36_000))
    assert counter.on_register(9e6 + 72e6, at(36_001)) is None
    assert counter.state.total_joules == pytest.approx(72.002e6)
    assert counter.state.owed_joules == pytest.approx(2000)


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_clock_that_jumps_refuses_no_honest_increment(jump: float) -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    assert counter.on_register(9e6 + 600_000, jumped(at(300), jump)) is None
    assert counter.on_register(9e6 + 1_200_000, jumped(at(600), jump)) is None
    assert counter.state.total_joules == 1_200_000
