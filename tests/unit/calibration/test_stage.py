"""From decoded values to readings: the order of judging, correcting and deriving."""

import math

import pytest
from hypothesis import given, settings, strategies as st

from collector.calibration.stage import Calibrated, RelayCalibrator
from collector.model.frame import Decoded, Measured
from collector.model.quantity import Quantity
from collector.model.reading import Quality, Reason
from collector.model.settings import CorrectionSpec
from tests.unit.calibration.samples import at, one, structure

Q = Quantity
IEEE = "00:15:8d:00:03:a0:00:00"


def values(calibrated: Calibrated) -> dict[tuple[Quantity, str | None], float]:
    return {(one.quantity, one.channel): one.value for one in calibrated.readings}


def calibrator(**corrections: CorrectionSpec) -> RelayCalibrator:
    specs = {Quantity(word): spec for word, spec in corrections.items()}
    return RelayCalibrator(IEEE, specs)


def test_reading_carries_address_unit_and_both_clocks() -> None:
    now = at(5)
    (reading,) = calibrator().process(one(Q.STATE, 1, "l2"), now).readings
    assert (reading.ieee, reading.channel, reading.quantity) == (IEEE, "l2", Q.STATE)
    assert (reading.at, reading.mono) == (now.wall, now.mono)
    assert reading.quality is Quality.FRESH


def test_rejection_carries_the_measured_value_and_its_reason() -> None:
    now = at(5)
    result = calibrator(power=CorrectionSpec(gain=2)).process(one(Q.POWER, -1.0), now)
    (rejection,) = result.rejected
    assert result.readings == ()
    assert (rejection.quantity, rejection.reason) == (Q.POWER, Reason.NEGATIVE)
    assert rejection.value == -1.0
    assert (rejection.ieee, rejection.at, rejection.mono) == (IEEE, now.wall, now.mono)
    assert rejection.quality is Quality.REJECTED


def test_worked_example_of_a_real_frame_gives_its_derived_quantities() -> None:
    """U = 234.34 V, I = 0.262576 A, P = 61.481 W on firmware 36: S = 61.53 VA."""
    frame = structure(
        0, 0, voltage=234.34, current=0.262576, power=61.481, power_factor=0.99
    )
    found = values(calibrator().process(frame, at(0)))
    assert found[Q.APPARENT_POWER, None] == pytest.approx(61.53, abs=0.005)
    assert found[Q.POWER_FACTOR, None] == pytest.approx(0.99918, abs=1e-4)


def test_derived_quantities_come_from_the_corrected_ones() -> None:
    stage = calibrator(
        voltage=CorrectionSpec(offset=10),
        current=CorrectionSpec(gain=2),
        power=CorrectionSpec(percent=50),
    )
    found = values(
        stage.process(structure(1, 1, voltage=230, current=1, power=200), at(0))
    )
    assert found[Q.VOLTAGE, None] == 240
    assert found[Q.CURRENT, None] == 2
    assert found[Q.POWER, None] == 300
    assert found[Q.APPARENT_POWER, None] == 480
    assert found[Q.POWER_FACTOR, None] == 0.625


@pytest.mark.parametrize(
    ("current", "power", "ratio"),
    [(1.0, 240.0, 1.0), (0.0, 2.0, 0.07), (0.02, 500.0, 0.07)],
    ids=["clamped", "no current: the relay's own", "current refused: the relay's own"],
)
def test_power_factor_is_at_most_one_and_falls_back_to_the_relays_own(
    current: float, power: float, ratio: float
) -> None:
    frame = structure(voltage=230, current=current, power=power, power_factor=0.07)
    assert values(calibrator().process(frame, at(0)))[Q.POWER_FACTOR, None] == ratio


def test_inconsistent_current_derives_nothing_and_keeps_the_power() -> None:
    frame = structure(1, 1, voltage=230, current=0.02, power=500)
    result = calibrator().process(frame, at(0))
    found = values(result)
    assert (Q.CURRENT, None) not in found
    assert (Q.APPARENT_POWER, None) not in found
    assert found[Q.POWER, None] == 500
    assert [(r.quantity, r.reason) for r in result.rejected] == [
        (Q.CURRENT, Reason.INCONSISTENT)
    ]
    assert result.reread


def test_impossible_power_factor_byte_does_not_matter_where_it_is_derived() -> None:
    frame = structure(voltage=230, current=1, power=115, power_factor=2.55)
    result = calibrator().process(frame, at(0))
    assert values(result)[Q.POWER_FACTOR, None] == 0.5
    assert result.rejected == ()


def test_single_reports_derive_nothing() -> None:
    stage = calibrator()
    stage.process(structure(voltage=230, current=1, power=115), at(0))
    assert set(values(stage.process(one(Q.POWER, 230.0), at(1)))) == {(Q.POWER, None)}


def test_plausibility_judges_what_was_measured_and_not_what_it_is_corrected_to() -> (
    None
):
    stage = calibrator(power=CorrectionSpec(gain=0.1))
    result = stage.process(one(Q.POWER, 4000.0), at(0))
    assert values(result)[Q.POWER, None] == 400
    assert result.reread
    assert calibrator(power=CorrectionSpec(gain=10)).process(
        one(Q.POWER, 3000.0), at(0)
    ).readings[0].value == pytest.approx(30_000)


def test_offset_never_makes_an_idle_relay_feed_the_grid() -> None:
    stage = calibrator(
        power=CorrectionSpec(offset=-3),
        current=CorrectionSpec(offset=-1),
        temperature=CorrectionSpec(offset=-20),
    )
    frame = structure(1, 1, voltage=230, current=0.01, power=1, temperature=10)
    found = values(stage.process(frame, at(0)))
    assert found[Q.POWER, None] == 0
    assert found[Q.CURRENT, None] == 0
    assert found[Q.TEMPERATURE, None] == -10


def test_register_is_corrected_by_gain_only_and_given_on_as_measured() -> None:
    stage = calibrator(energy=CorrectionSpec(gain=1.1, offset=500, points=((0, 9),)))
    result = stage.process(structure(energy=10_000), at(0))
    assert values(result)[Q.ENERGY, None] == pytest.approx(11_000)
    assert result.register_joules == 10_000


def test_refused_register_is_not_given_on() -> None:
    stage = RelayCalibrator(IEEE, {}, last_register_joules=9e6)
    assert stage.process(structure(energy=0), at(0)).register_joules is None
    assert stage.process(structure(energy=0), at(1)).register_joules == 0


def test_new_corrections_hold_from_the_next_frame_on() -> None:
    stage = calibrator()
    assert stage.process(one(Q.POWER, 100.0), at(0)).power_watts == 100
    stage.configure({Q.POWER: CorrectionSpec(gain=1.5)})
    assert stage.process(one(Q.POWER, 100.0), at(1)).power_watts == 150
    stage.configure({})
    assert stage.process(one(Q.POWER, 100.0), at(2)).power_watts == 100


def test_absurd_correction_gives_a_rejection_and_no_reading() -> None:
    stage = calibrator(power=CorrectionSpec(gain=math.inf))
    result = stage.process(one(Q.POWER, 0.0), at(0))
    assert result.readings == ()
    assert result.rejected[0].reason is Reason.NOT_FINITE


def test_apparent_power_that_overflows_is_left_out() -> None:
    stage = calibrator(
        voltage=CorrectionSpec(gain=1e200), current=CorrectionSpec(gain=1e200)
    )
    found = values(
        stage.process(structure(voltage=230, current=1, power_factor=0.5), at(0))
    )
    assert (Q.APPARENT_POWER, None) not in found
    assert found[Q.POWER_FACTOR, None] == 0.5


def test_sleeping_meter_stops_the_integration_of_power() -> None:
    stage = calibrator()
    result = stage.process(structure(1, 0, voltage=0, current=0, power=0), at(0))
    assert result.power_not_measured
    assert result.power_watts is None
    assert {r.quality for r in result.rejected} == {Quality.NOT_MEASURED}

    result = stage.process(structure(1, 0, voltage=230, current=0, power=0), at(1))
    assert not result.power_not_measured
    assert result.power_watts == 0


def test_whether_the_meter_sleeps_is_unknown_until_a_structure_tells() -> None:
    stage = calibrator()
    asleep = [stage.meter_asleep]
    for frame in (one(Q.POWER, 9.0), structure(voltage=0), structure(voltage=230)):
        stage.process(frame, at(0))
        asleep.append(stage.meter_asleep)
    assert asleep == [None, None, True, False]


def test_frozen_register_counts_as_asleep_until_power_is_measured() -> None:
    stage = calibrator()
    stage.process(structure(1, 0, voltage=230, current=4, power=900), at(0))
    result = stage.process(one(Q.POWER, 0.0), at(1), register_frozen=True)
    asleep = [stage.meter_asleep]
    assert result.power_not_measured
    stage.process(one(Q.POWER, 900.0), at(2), register_frozen=True)
    asleep.append(stage.meter_asleep)
    assert asleep == [True, False]


def test_refused_samples_are_counted_by_quantity_and_reason() -> None:
    stage = calibrator()
    stage.process(one(Q.POWER, math.nan), at(0))
    stage.process(one(Q.POWER, math.nan), at(1))
    stage.process(one(Q.TEMPERATURE, 0.0), at(2))
    stage.count(Q.ENERGY, Reason.IMPLAUSIBLE_JUMP)
    assert stage.rejected == {
        (Q.POWER, Reason.NOT_FINITE): 2,
        (Q.TEMPERATURE, Reason.SPURIOUS_ZERO): 1,
        (Q.ENERGY, Reason.IMPLAUSIBLE_JUMP): 1,
    }


MEASURED = st.builds(
    lambda quantity, channel, value: Measured(
        quantity=quantity, channel=channel, value=value
    ),
    st.sampled_from(list(Quantity)),
    st.sampled_from([None, "l1", "l2"]),
    st.one_of(st.floats(), st.floats(0, 400), st.just(0.0)),
)
FRAMES = st.builds(
    lambda measured, whole: Decoded(values=tuple(measured), structure=whole),
    st.lists(MEASURED, max_size=8, unique_by=lambda m: (m.quantity, m.channel)),
    st.booleans(),
)
SPECS = st.builds(
    lambda gain, offset, percent: CorrectionSpec(
        gain=gain, offset=offset, percent=percent
    ),
    st.floats(0.01, 100),
    st.floats(-100, 100),
    st.floats(-100, 100),
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(FRAMES, st.booleans()), max_size=8),
    st.dictionaries(st.sampled_from(list(Quantity)), SPECS),
)
def test_every_reading_is_finite_and_no_sample_is_both_read_and_refused(
    frames: list[tuple[Decoded, bool]], corrections: dict[Quantity, CorrectionSpec]
) -> None:
    stage = RelayCalibrator(IEEE, corrections)
    counted = 0
    for number, (decoded, frozen) in enumerate(frames):
        result = stage.process(decoded, at(number), register_frozen=frozen)
        for reading in result.readings:
            assert math.isfinite(reading.value)
            assert reading.value >= 0 or reading.quantity is Q.TEMPERATURE
        read = {(one.quantity, one.channel) for one in result.readings}
        refused = {(one.quantity, one.channel) for one in result.rejected}
        assert not read & refused
        given_ones = {(one.quantity, one.channel) for one in decoded.values}
        assert refused <= given_ones
        assert given_ones <= read | refused | {(Q.POWER_FACTOR, None)}
        counted += len(result.rejected)
    assert sum(stage.rejected.values()) == counted
