"""The meter: ticks, no-load floor, power factor, and a chip that does not answer."""

import math
import struct

import pytest
from hypothesis import given, strategies as st

from collector.simulator.loads import NOTHING, Demand
from collector.simulator.meter import ASLEEP, NO_LOAD_CURRENT_A, Meter

LAMP = (Demand(100.0, 1.0),)


def test_energy_is_the_integral_of_power() -> None:
    meter = Meter("1")
    meter.advance(0.0, LAMP)
    for second in range(1, 3601):
        meter.advance(float(second), LAMP)
    assert meter.joules == pytest.approx(360_000)


def test_one_long_step_counts_like_many_short_ones() -> None:
    resistor = (Demand(2000.0, 1.0, exponent=2.0),)
    long, short = Meter("1"), Meter("1")
    long.advance(0.0, resistor)
    long.advance(7200.0, resistor)
    for second in range(7201):
        short.advance(float(second), resistor)
    assert long.joules == pytest.approx(short.joules, rel=1e-5)


@given(joules=st.floats(0, 1e9))
def test_the_register_is_sent_in_whole_ticks(joules: float) -> None:
    meter = Meter("1")
    meter.joules = joules
    ticks = math.floor(joules / 1125)
    assert meter.kwh == struct.unpack("<f", struct.pack("<f", ticks / 3200))[0]


@given(
    watts=st.floats(0.3, 3500),
    factor=st.floats(0.1, 1.0),
    now=st.floats(0, 1e6),
)
def test_power_factor_is_the_truncated_percentage(
    watts: float, factor: float, now: float
) -> None:
    sample = Meter("1").sample(now, (Demand(watts, factor),))
    percent = 100 * sample.watts / (sample.volts * sample.amperes)
    assert sample.power_factor == min(100, math.floor(percent))
    assert percent == pytest.approx(100 * factor, rel=0.01)
    assert 225 < sample.volts < 235


def test_no_load_shows_the_floor_and_counts_nothing() -> None:
    meter = Meter("1")
    meter.advance(0.0, (NOTHING, NOTHING))
    meter.advance(1e6, (NOTHING, NOTHING))
    samples = [meter.sample(1e6, (NOTHING, NOTHING)) for _ in range(200)]
    assert {each.amperes for each in samples} == {NO_LOAD_CURRENT_A}
    assert all(0.02 <= each.watts <= 0.13 for each in samples)
    assert all(1 <= each.power_factor <= 11 for each in samples)
    assert meter.joules == 0.0


def test_a_meter_that_does_not_answer_shows_zeros_and_stands_still() -> None:
    meter = Meter("1")
    meter.advance(0.0, LAMP)
    meter.advance(600.0, LAMP)
    before = meter.joules
    meter.answers = False
    meter.advance(1200.0, LAMP)
    assert meter.joules == before
    assert meter.sample(1200.0, LAMP) == ASLEEP


def test_inductive_and_capacitive_loads_cancel() -> None:
    motor, electronics = Demand(80.0, 0.8), Demand(45.0, 0.6, leading=True)
    sample = Meter("1").sample(0.0, (motor, electronics))
    assert sample.power_factor in {99, 100}


def test_current_warms_the_chip() -> None:
    meter = Meter("1")
    load = (Demand(2300.0, 1.0),)
    meter.advance(0.0, load)
    assert round(meter.celsius) == 28
    meter.advance(7200.0, load)
    assert meter.celsius == pytest.approx(50.0, abs=1.5)


def test_noise_depends_on_the_seed_alone() -> None:
    first = [Meter("7").sample(5.0, LAMP) for _ in range(2)]
    assert first[0] == first[1]
    assert Meter("8").sample(5.0, LAMP) != first[0]
