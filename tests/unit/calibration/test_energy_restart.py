"""What a restart keeps, and how it judges the time away."""

import json

import pytest

from collector.calibration.energy_counter import EnergyCounter
from collector.calibration.energy_state import EnergyState
from collector.model.reading import Reason
from tests.unit.calibration.samples import at, hold_power, jumped


def restarted(counter: EnergyCounter, gain: float = 1.0) -> EnergyCounter:
    stored = json.dumps(counter.state.to_json())
    return EnergyCounter(EnergyState.from_json(json.loads(stored)), gain=gain)


def test_restart_adds_what_was_consumed_while_away() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_register(9e6 + 10_000, at(300))
    counter = restarted(counter, gain=2)
    assert counter.on_register(9e6 + 60_000, at(36_000)) is None
    assert counter.state.total_joules == 10_000 + 100_000
    assert counter.state.gaps == 0


def test_restart_with_the_register_where_it_was_adds_nothing_and_is_no_gap() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter = restarted(counter)
    counter.on_power(50, at(7200))
    counter.on_register(9e6, at(7230))
    assert counter.state.total_joules == 0
    assert counter.state.gaps == 0


def test_restart_keeps_what_is_owed() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, 1000, 0, 300)
    counter.on_register(9e6, at(300))
    counter = restarted(counter)
    counter.on_register(9e6 + 310_000, at(900))
    assert counter.state.total_joules == pytest.approx(310_000)


def test_restart_over_a_fall_is_a_reset_and_a_gap() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter = restarted(counter)
    counter.on_power(1000, at(600))
    counter.on_register(0, at(660))
    assert (counter.state.resets, counter.state.gaps) == (1, 1)
    assert counter.state.total_joules == pytest.approx(60_000)


def test_restart_judges_growth_by_the_time_away() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter = restarted(counter)
    assert counter.on_register(9e6 + 7e6, at(300)) is Reason.IMPLAUSIBLE_JUMP
    assert restarted(counter).on_register(9e6 + 7e6, at(600)) is None


@pytest.mark.parametrize("clock", [-3.15e8, -400.0])
def test_restart_with_a_clock_that_lost_its_time_keeps_the_consumption(
    clock: float,
) -> None:
    """A board without a battery clock wakes in the past: how long, nobody knows."""
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter = restarted(counter)
    assert counter.on_register(9e6 + 7.2e6, jumped(at(300), clock)) is None
    assert counter.state.total_joules == 7.2e6


def test_state_without_a_register_begins_with_a_baseline() -> None:
    counter = EnergyCounter(EnergyState(total_joules=5e6))
    counter.on_register(9e6, at(0))
    assert counter.state.total_joules == 5e6


def test_register_of_a_state_without_its_time_is_judged_by_one_day() -> None:
    stored = EnergyState(total_joules=5e6, register_joules=9e6)
    assert EnergyCounter(stored).on_register(9e6 + 1e8, at(0)) is None
    jump = EnergyCounter(stored).on_register(9e6 + 2e9, at(0))
    assert jump is Reason.IMPLAUSIBLE_JUMP
