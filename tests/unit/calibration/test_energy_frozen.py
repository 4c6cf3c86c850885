"""Registers that stand still while power flows, and the integral that fills in."""

import math

import pytest

from collector.calibration.energy_counter import EnergyCounter
from collector.model.clock import Now
from tests.unit.calibration.samples import at, hold_power, jumped

TICK = 1125.0


def test_standstill_while_power_flows_is_integrated_and_repaid() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, 1000, 0, 300)
    frozen = [counter.frozen]
    assert counter.state.total_joules == 0

    counter.on_register(9e6, at(300))  # the second report with one value
    frozen.append(counter.frozen)
    assert counter.state.total_joules == pytest.approx(300_000)

    counter.on_power(1000, at(330))  # goes on with each sample
    assert counter.state.total_joules == pytest.approx(330_000)
    counter.tick(at(340))  # and with each tick
    assert counter.state.total_joules == pytest.approx(340_000)
    assert counter.state.owed_joules == pytest.approx(340_000)

    counter.on_register(9e6 + 100_000, at(340))  # moves again: repays first
    assert [*frozen, counter.frozen] == [False, True, False]
    assert counter.state.total_joules == pytest.approx(340_000)
    assert counter.state.owed_joules == pytest.approx(240_000)
    counter.on_register(9e6 + 400_000, at(640))
    assert counter.state.total_joules == pytest.approx(400_000)
    assert counter.state.owed_joules == 0
    assert counter.state.gaps == 0


@pytest.mark.parametrize(
    ("watts", "frozen"), [(8.0, False), (8.24, False), (8.26, True)]
)
def test_standstill_begins_beyond_two_ticks_and_a_tenth(
    watts: float, frozen: bool
) -> None:
    """300 s at 8.25 W are 2,475 J."""
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, watts, 0, 300)
    counter.on_register(9e6, at(300))
    assert counter.frozen is frozen


def test_small_load_below_a_tick_per_report_is_no_standstill() -> None:
    counter = EnergyCounter()
    for report in range(12):
        counter.on_register(9e6 + TICK * (report * 300 // 1125), at(report * 300))
        hold_power(counter, 1.0, report * 300, report * 300 + 270)
        assert not counter.frozen
    assert counter.state.total_joules == 2 * TICK


def test_large_register_is_allowed_the_steps_of_its_float() -> None:
    """At 20,000 kWh a float32 moves in steps of 7,031 J."""
    counter = EnergyCounter()
    counter.on_register(20_000 * 3.6e6, at(0))
    hold_power(counter, 45, 0, 300)  # 13.5 kJ
    counter.on_register(20_000 * 3.6e6, at(300))
    assert not counter.frozen


def test_power_and_energy_gain_are_not_applied_twice() -> None:
    counter = EnergyCounter(gain=2)
    counter.on_register(9e6, at(0))
    hold_power(counter, 1000, 0, 300)
    counter.on_register(9e6, at(300))
    assert counter.state.total_joules == pytest.approx(300_000)  # watts are true ones
    counter.on_register(9e6 + 150_000, at(300))
    assert counter.state.owed_joules == pytest.approx(0, abs=1e-6)
    assert counter.state.total_joules == pytest.approx(300_000)


def test_standstill_ends_when_power_is_known_to_be_gone() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, 1000, 0, 300)
    counter.on_register(9e6, at(300))
    hold_power(counter, 0, 300, 600)
    counter.on_register(9e6, at(600))
    assert not counter.frozen
    assert counter.state.gaps == 0


def test_standstill_without_power_is_one_gap_however_long_it_lasts() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    hold_power(counter, 1000, 0, 300)
    counter.on_register(9e6, at(300))
    counter.on_power(None, at(300))
    for report in range(2, 10):
        counter.on_register(9e6, at(report * 300))
    assert counter.state.gaps == 1
    assert counter.state.total_joules == pytest.approx(300_000)
    assert counter.frozen


def test_meter_that_falls_asleep_under_load_is_a_gap() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_power(1000, at(0))
    counter.on_register(9e6 + 2250, at(2))
    counter.on_power(None, at(2))
    counter.on_register(9e6 + 2250, at(302))
    counter.on_register(9e6 + 2250, at(602))
    assert counter.state.gaps == 1
    assert not counter.frozen


def test_silence_after_the_load_was_off_is_no_gap() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_power(0.0, at(1))
    for report in range(1, 5):
        counter.on_register(9e6, at(report * 300))
    assert counter.state.gaps == 0


def integrated(counter: EnergyCounter, now: Now) -> float:
    """A fall to 0 shows what was integrated up to now."""
    before = counter.state.total_joules
    counter.on_register(0, now)
    return counter.state.total_joules - before


def test_sample_is_held_no_longer_than_the_limit() -> None:
    counter = EnergyCounter(hold_seconds=60)
    counter.on_register(9e6, at(0))
    counter.on_power(100, at(10))
    counter.tick(at(40))
    counter.tick(at(500))
    assert integrated(counter, at(1000)) == pytest.approx(6000)


@pytest.mark.parametrize("bad", [None, math.nan, math.inf, -5.0])
def test_power_that_is_not_measured_stops_the_integral(bad: float | None) -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_power(100, at(0))
    counter.on_power(bad, at(30))
    assert integrated(counter, at(60)) == pytest.approx(3000)


def test_power_beyond_all_numbers_is_not_integrated() -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_power(1.7e308, at(0))
    assert integrated(counter, at(60)) == 0


@pytest.mark.parametrize("jump", [-7200.0, 3600.0, 86_400.0 * 365])
def test_clock_that_jumps_makes_no_energy(jump: float) -> None:
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_power(100, at(0))
    counter.on_power(100, jumped(at(60), jump))
    assert integrated(counter, jumped(at(100), jump)) == pytest.approx(10_000)


def test_monotonic_clock_that_stands_still_or_returns_integrates_nothing_twice() -> (
    None
):
    counter = EnergyCounter()
    counter.on_register(9e6, at(0))
    counter.on_power(100, at(0))
    for second in (50, 50, 20, 50, 100):
        counter.tick(at(second))
    assert integrated(counter, at(100)) == pytest.approx(10_000)
