"""What is refused, for which reason, and what asks for the power again."""

import math

import pytest

from collector.calibration.plausibility import Plausibility
from collector.model.frame import Decoded
from collector.model.quantity import Quantity
from collector.model.reading import Reason
from tests.unit.calibration.samples import judge, one, structure

Q = Quantity
NAN, INF = math.nan, math.inf


def verdict(
    state: Plausibility, quantity: Quantity, value: float, *, frozen: bool = False
) -> Reason | None:
    return judge(state, one(quantity, value), frozen=frozen)[quantity, None]


@pytest.mark.parametrize(
    ("quantity", "value", "reason", "reread"),
    [
        (Q.POWER, 0.0, None, False),
        (Q.POWER, 3750.0, None, False),
        (Q.POWER, 3750.1, None, True),  # an overload: believed and read again
        (Q.POWER, 20_000.0, None, True),
        (Q.POWER, 20_000.1, Reason.OUT_OF_RANGE, True),
        (Q.POWER, -0.1, Reason.NEGATIVE, True),
        (Q.POWER, NAN, Reason.NOT_FINITE, True),
        (Q.POWER, INF, Reason.NOT_FINITE, True),
        (Q.POWER, -INF, Reason.NOT_FINITE, True),
        (Q.CURRENT, 15.0, None, False),
        (Q.CURRENT, 15.1, None, True),
        (Q.CURRENT, 90.0, None, True),
        (Q.CURRENT, 90.1, Reason.OUT_OF_RANGE, True),
        (Q.CURRENT, NAN, Reason.NOT_FINITE, True),
        (Q.VOLTAGE, 400.0, None, False),
        (Q.VOLTAGE, 400.1, Reason.OUT_OF_RANGE, False),
        (Q.VOLTAGE, -1.0, Reason.NEGATIVE, False),
        (Q.VOLTAGE, NAN, Reason.NOT_FINITE, False),
        (Q.TEMPERATURE, -40.0, None, False),
        (Q.TEMPERATURE, -41.0, Reason.OUT_OF_RANGE, False),
        (Q.TEMPERATURE, 125.0, None, False),
        (Q.TEMPERATURE, 126.0, Reason.OUT_OF_RANGE, False),
        (Q.TEMPERATURE, -128.0, Reason.OUT_OF_RANGE, False),
        (Q.POWER_FACTOR, 1.0, None, False),
        (Q.POWER_FACTOR, 2.55, Reason.OUT_OF_RANGE, False),
        (Q.ENERGY, 4.4e9, None, False),
        (Q.ENERGY, -1.0, Reason.NEGATIVE, False),
        (Q.ENERGY, 1e14, Reason.OUT_OF_RANGE, False),
        (Q.ENERGY, NAN, Reason.NOT_FINITE, False),
        (Q.OUTAGES, 65534.0, None, False),
        (Q.FIRMWARE, 47.0, None, False),
        (Q.INTERLOCK, 1.0, None, False),
    ],
)
def test_single_sample_is_judged_by_its_range(
    quantity: Quantity,
    value: float,
    reason: Reason | None,
    reread: bool,
) -> None:
    state = Plausibility()
    assert verdict(state, quantity, value) is reason
    assert state.reread is reread


def test_reread_is_of_the_last_frame_only() -> None:
    state = Plausibility()
    verdict(state, Q.POWER, NAN)
    verdict(state, Q.POWER, 10.0)
    assert not state.reread


def test_structure_without_voltage_is_a_sleeping_meter_that_measured_nothing() -> None:
    state = Plausibility()
    assert state.asleep_by_voltage is None
    found = judge(
        state,
        structure(
            1,
            0,
            power_factor=0,
            energy=9e6,
            voltage=0,
            current=0,
            power=0,
            temperature=31,
        ),
    )
    for quantity in (Q.POWER_FACTOR, Q.VOLTAGE, Q.CURRENT, Q.POWER):
        assert found[quantity, None] is Reason.NOT_MEASURED
    assert found[Q.ENERGY, None] is None
    assert found[Q.TEMPERATURE, None] is None
    assert state.asleep_by_voltage is True


def test_power_that_a_sleeping_meter_still_measures_is_never_hidden() -> None:
    state = Plausibility()
    found = judge(state, structure(1, 0, voltage=0, current=16.5, power=3900))
    assert found[Q.POWER, None] is None
    assert found[Q.CURRENT, None] is None
    assert found[Q.VOLTAGE, None] is Reason.NOT_MEASURED
    assert state.reread


@pytest.mark.parametrize(
    ("l1", "l2", "reason"),
    [
        (1, 0, Reason.NOT_MEASURED),
        (0, 1, Reason.NOT_MEASURED),
        (1, 1, Reason.NOT_MEASURED),
        (None, 0, Reason.NOT_MEASURED),
        (None, None, Reason.NOT_MEASURED),
        (0, 0, None),  # what confirms a cut-off
    ],
)
def test_zero_watts_of_a_sleeping_meter_are_believed_only_with_both_channels_off(
    l1: float | None, l2: float | None, reason: Reason | None
) -> None:
    state = Plausibility()
    judge(state, structure(l1, l2, voltage=0))
    assert verdict(state, Q.POWER, 0.0) is reason
    assert verdict(state, Q.POWER, 0.01) is None


def test_switching_off_makes_the_zero_of_a_sleeping_meter_credible() -> None:
    state = Plausibility()
    judge(state, structure(1, 0, voltage=0))
    assert verdict(state, Q.POWER, 0.0) is Reason.NOT_MEASURED
    judge(state, one(Q.STATE, 0, "l1"))
    assert verdict(state, Q.POWER, 0.0) is None


def test_structure_with_voltage_wakes_the_meter() -> None:
    state = Plausibility()
    judge(state, structure(1, 1, voltage=0))
    judge(state, structure(1, 1, voltage=230, current=0, power=0))
    assert state.asleep_by_voltage is False
    assert verdict(state, Q.POWER, 0.0) is None


def test_structure_cut_before_its_voltage_leaves_the_meter_as_it_was() -> None:
    state = Plausibility()
    judge(state, structure(1, 1, voltage=0))
    judge(state, structure(1, 1, temperature=30))
    assert state.asleep_by_voltage is True
    judge(state, structure(1, 1, voltage=NAN))
    assert state.asleep_by_voltage is True


def test_frozen_register_makes_a_zero_with_a_channel_on_not_measured() -> None:
    state = Plausibility()
    judge(state, structure(1, 0, voltage=230, current=4, power=900))
    assert verdict(state, Q.POWER, 0.0, frozen=True) is Reason.NOT_MEASURED
    assert state.asleep_by_register
    assert verdict(state, Q.POWER, 500.0, frozen=True) is None
    assert not state.asleep_by_register


def test_zero_confirmed_by_an_awake_structure_outweighs_a_frozen_register() -> None:
    """Else a thermostat that opens after a lost report would never be seen again."""
    state = Plausibility()
    judge(state, structure(1, 0, voltage=230, current=0, power=0), frozen=True)
    assert verdict(state, Q.POWER, 0.0, frozen=True) is None
    verdict(state, Q.POWER, 900.0, frozen=True)
    assert verdict(state, Q.POWER, 0.0, frozen=True) is Reason.NOT_MEASURED


@pytest.mark.parametrize(
    ("samples", "reasons"),
    [
        ([0], [Reason.SPURIOUS_ZERO]),
        ([32, 0, 33], [None, Reason.SPURIOUS_ZERO, None]),
        ([32, 0, 0, 0], [None, Reason.SPURIOUS_ZERO, None, None]),
        ([5, 0], [None, None]),
        ([-5, 0, -3], [None, None, None]),
        ([5.1, 0], [None, Reason.SPURIOUS_ZERO]),
        ([32, 0, 31, 0], [None, Reason.SPURIOUS_ZERO, None, Reason.SPURIOUS_ZERO]),
        (
            [32, 0, 200, 0],
            [None, Reason.SPURIOUS_ZERO, Reason.OUT_OF_RANGE, Reason.SPURIOUS_ZERO],
        ),
    ],
)
def test_lone_zero_degrees_is_a_reboot_and_not_frost(
    samples: list[float], reasons: list[Reason | None]
) -> None:
    state = Plausibility()
    assert [verdict(state, Q.TEMPERATURE, value) for value in samples] == reasons


@pytest.mark.parametrize(
    ("samples", "reasons"),
    [
        ([0, 0, 1125], [None, None, None]),  # a new relay
        ([9e6, 0, 9.1e6], [None, Reason.SPURIOUS_ZERO, None]),
        ([9e6, 0, 0, 0], [None, Reason.SPURIOUS_ZERO, None, None]),
        ([9e6, 0, 1125], [None, Reason.SPURIOUS_ZERO, None]),
        ([9e6, 2.16e6], [None, None]),  # falls back: the counter's business
        ([9e6, 0, 9e6, 0], [None, Reason.SPURIOUS_ZERO, None, Reason.SPURIOUS_ZERO]),
    ],
)
def test_lone_register_zero_is_refused_and_the_second_low_one_believed(
    samples: list[float], reasons: list[Reason | None]
) -> None:
    state = Plausibility()
    assert [verdict(state, Q.ENERGY, value) for value in samples] == reasons


def test_register_of_before_the_restart_unmasks_a_first_zero() -> None:
    state = Plausibility(last_register_joules=9e6)
    assert verdict(state, Q.ENERGY, 0.0) is Reason.SPURIOUS_ZERO


@pytest.mark.parametrize(
    ("power", "volts", "amperes", "reason"),
    [
        (230.0, 230.0, 1.0, None),
        (258.0, 230.0, 1.0, None),  # within 1.1 V·I + 5 W
        (258.1, 230.0, 1.0, Reason.INCONSISTENT),
        (5.0, 230.0, 0.0, None),
        (5.1, 230.0, 0.0, Reason.INCONSISTENT),
        (10.0, 230.0, 8.0, None),  # a low power factor is no contradiction
        (4100.0, 230.0, 1.0, Reason.INCONSISTENT),
    ],
)
def test_power_that_the_current_cannot_carry_costs_the_current_its_credit(
    power: float, volts: float, amperes: float, reason: Reason | None
) -> None:
    state = Plausibility()
    found = judge(state, structure(1, 1, voltage=volts, current=amperes, power=power))
    assert found[Q.CURRENT, None] is reason
    assert found[Q.POWER, None] is None  # kept: a protection must see it
    assert found[Q.VOLTAGE, None] is None
    assert state.reread is (reason is not None)


def test_power_is_compared_with_current_only_inside_one_structure() -> None:
    state = Plausibility()
    judge(state, structure(1, 1, voltage=230, current=0.1, power=20))
    assert verdict(state, Q.POWER, 3000.0) is None
    apart = Decoded(values=structure(voltage=230, current=0.1, power=3000).values)
    assert judge(state, apart)[Q.CURRENT, None] is None


def test_power_over_an_impossible_voltage_is_not_compared() -> None:
    state = Plausibility()
    found = judge(state, structure(voltage=500, current=0.1, power=3000))
    assert found[Q.CURRENT, None] is None
    assert found[Q.VOLTAGE, None] is Reason.OUT_OF_RANGE
