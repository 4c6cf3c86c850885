"""The load models keep the numbers that README.md documents."""

import math

import pytest

from collector.simulator.loads import Demand, Fridge, Heater, Load, Pump, Standby

START = 1_000.0


def stages(load: Load, count: int) -> list[tuple[float, float]]:
    """Return (seconds, watts) of the next stages after switching on."""
    load.switch(True, START)
    now, seen = START, []
    for _ in range(count):
        seen.append((load.next_change - now, load.demand.watts))
        if math.isinf(load.next_change):
            break
        now = load.next_change
        load.advance(now)
    return seen


def test_the_heaters_thermostat_cycles() -> None:
    first, *rest = stages(Heater(), 7)
    assert first[0] == pytest.approx(248, abs=1)  # from 57 to 62 °C
    assert [watts for _, watts in (first, *rest)] == [2000.0, 0.0] * 3 + [2000.0]
    assert [each for each, _ in rest[::2]] == pytest.approx([300] * 3, abs=2)
    assert [each for each, _ in rest[1::2]] == pytest.approx([200] * 3, abs=2)


def test_a_heater_that_was_off_for_long_is_cold() -> None:
    heater = Heater()
    stages(heater, 1)
    heater.switch(False, START + 100)
    assert heater.demand.watts == 0.0
    assert math.isinf(heater.next_change)
    heater.switch(True, START + 100_000)
    assert heater.next_change - START - 100_000 == pytest.approx(1634, abs=5)


def test_a_heater_too_weak_for_its_thermostat_never_rests() -> None:
    assert stages(Heater(watts=500.0), 2) == [(math.inf, 500.0)]


def test_the_pump_starts_with_an_inrush() -> None:
    inrush = stages(Pump(), 4)
    assert [watts / 370 for _, watts in inrush] == pytest.approx([5.5, 2.5, 1.1, 1.0])
    assert [seconds for seconds, _ in inrush] == pytest.approx(
        [0.2, 0.4, 2.4, math.inf]
    )


def test_the_fridges_compressor_cycles() -> None:
    start, run, rest, again = stages(Fridge(), 4)
    assert start[0] == pytest.approx(0.5)
    assert start[1] == 675.0
    assert run[1] == 90.0
    assert 756 <= run[0] <= 924
    assert 1404 <= rest[0] <= 1716
    assert rest[1] == pytest.approx(1.2)
    assert again[1] == 675.0


def test_standby_takes_little_and_bursts() -> None:
    low, burst = stages(Standby(), 2)
    assert 60 <= low[0] <= 180
    assert low[1] == pytest.approx(3.8)
    assert 5 <= burst[0] <= 15
    assert burst[1] == pytest.approx(9.12)


def test_one_seed_gives_one_curve() -> None:
    same, other = stages(Fridge(seed="a"), 9), stages(Fridge(seed="b"), 9)
    assert stages(Fridge(seed="a"), 9) == same
    assert other != same


def test_a_resistor_follows_the_square_of_the_voltage() -> None:
    watts, reactive = Demand(1000.0, 1.0, exponent=2.0).at(253.0)
    assert watts == pytest.approx(1210.0)
    assert reactive == 0.0


def test_a_capacitive_load_has_negative_reactive_power() -> None:
    watts, reactive = Demand(3.0, 0.6, leading=True).at(230.0)
    assert [watts, reactive] == pytest.approx([3.0, -4.0])
