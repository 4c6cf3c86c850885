"""The whole line on real frames: from bytes to a status, by plain numbers."""

from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from collector.model.frame import Frame, ReadRequest, Urgency
from collector.model.quantity import Quantity
from collector.model.reading import Reason
from collector.model.settings import CorrectionSpec, LineSettings, RelaySettings
from collector.model.status import Availability
from collector.pipeline.line import Pipeline
from tests.frames.vectors import vector
from tests.unit.pipeline.lines import (
    IEEE,
    KWH,
    START,
    at,
    keep,
    line,
    power,
    recorded,
    status,
    structure,
    total,
)


def test_a_recorded_structure_becomes_every_quantity() -> None:
    pipeline = line()
    pipeline.handle(recorded("ff01-fw46-zha881"), at(0))
    values = status(pipeline, 1).values
    expected = vector("ff01-fw46-zha881")["expected"]["canonical_SI"]
    assert values[Quantity.VOLTAGE, None] == expected["voltage_V"]
    assert values[Quantity.CURRENT, None] == expected["current_A"]
    assert values[Quantity.POWER, None] == expected["power_W"]
    assert values[Quantity.TEMPERATURE, None] == 38.0
    assert values[Quantity.ENERGY, None] == expected["energy_kWh"] * KWH
    assert values[Quantity.STATE, "l1"] == 0.0
    assert values[Quantity.STATE, "l2"] == 0.0
    assert values[Quantity.APPARENT_POWER, None] == pytest.approx(
        expected["voltage_V"] * expected["current_A"]
    )
    assert status(pipeline, 1).firmware == 46
    assert status(pipeline, 1).outages == 10
    assert status(pipeline, 1).meter_asleep is False


def test_an_unknown_relay_is_collected_by_its_address() -> None:
    pipeline = Pipeline(LineSettings())
    pipeline.handle(power(60.0), at(0))
    assert status(pipeline, 0).name == IEEE
    assert status(pipeline, 0).values[Quantity.POWER, None] == 60.0


def test_a_configured_relay_that_never_joined_has_no_counters() -> None:
    pipeline = Pipeline(
        LineSettings(relays={IEEE: RelaySettings(ieee=IEEE, name="boiler")})
    )
    assert status(pipeline, 0).energy is None
    assert status(pipeline, 0).availability is Availability.GONE
    pipeline.relay_joined(IEEE, at(0))
    assert status(pipeline, 0).energy is not None


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, {"power", "voltage"}), (120.0, {"power", "voltage"}),
     (120.1, {"voltage"}), (720.0, {"voltage"}), (720.1, set())],
)  # fmt: skip
def test_a_value_leaves_when_it_is_older_than_its_limit(
    seconds: float, shown: set[str]
) -> None:
    pipeline = line()
    pipeline.handle(structure(), at(0))
    values = {quantity.value for quantity, _ in status(pipeline, seconds).values}
    assert values & {"power", "voltage"} == shown


def test_counters_and_facts_stay_when_every_gauge_has_left() -> None:
    pipeline = line()
    pipeline.handle(structure(kwh=1.0), at(0))
    pipeline.handle(structure(kwh=2.0), at(3600))
    keep(pipeline)
    late = status(pipeline, 90_000)
    assert late.values == {}
    assert late.lqi is None
    assert late.availability is Availability.GONE
    assert late.energy is not None
    assert late.energy.total_joules == KWH
    assert late.firmware == 46
    assert late.last_seen == (START + timedelta(seconds=3600)).timestamp()


def test_up_stale_gone_are_each_said_once() -> None:
    pipeline = line()
    said = []
    pipeline.handle(power(10.0), at(0))
    for second in range(1, 800):
        availability = pipeline.tick(at(second)).availability
        if availability:
            said.append((second, availability[IEEE]))
    assert said == [
        (1, Availability.UP),
        (121, Availability.STALE),
        (721, Availability.GONE),
    ]
    pipeline.handle(power(10.0, 2), at(800))
    assert pipeline.tick(at(801)).availability == {IEEE: Availability.UP}


def test_silence_since_the_start_is_said_after_the_timeout_only() -> None:
    pipeline = line()
    said = [second for second in range(1500) if pipeline.tick(at(second)).availability]
    assert said == [721]


def test_new_settings_act_from_the_next_report_on() -> None:
    pipeline = line()
    pipeline.handle(power(100.0), at(0))
    correction = {Quantity.POWER: CorrectionSpec(gain=1.1)}
    pipeline.configure(
        LineSettings(
            relays={
                IEEE: RelaySettings(ieee=IEEE, name="kettle", corrections=correction)
            }
        )
    )
    assert status(pipeline, 1).name == "kettle"
    assert status(pipeline, 1).values[Quantity.POWER, None] == 100.0
    pipeline.handle(power(100.0, 2), at(2))
    assert status(pipeline, 2).values[Quantity.POWER, None] == pytest.approx(110.0)


def test_a_relay_dropped_from_the_file_keeps_its_counters_under_its_address() -> None:
    pipeline = line()
    pipeline.handle(structure(), at(0))
    pipeline.configure(LineSettings())
    assert status(pipeline, 0).name == IEEE


def test_a_removed_relay_vanishes() -> None:
    pipeline = line()
    pipeline.handle(structure(), at(0))
    pipeline.relay_removed(IEEE)
    assert pipeline.statuses(at(0)) == []
    assert pipeline.unsaved() == {}


def test_a_high_power_is_shown_and_read_again_at_once() -> None:
    pipeline = line()
    start = [pipeline.tick(at(second / 4)) for second in range(8)]
    for request in [read for outcome in start for read in outcome.reads]:
        pipeline.read_finished(request, answered=True, now=at(2))
    outcome = pipeline.handle(power(4000.0), at(3))
    assert [reading.value for reading in outcome.readings] == [4000.0]
    assert pipeline.tick(at(3.1)).reads == (
        ReadRequest(ieee=IEEE, quantity=Quantity.POWER, urgency=Urgency.HIGH),
    )


@pytest.mark.parametrize(
    ("watts", "reason"),
    [
        (float("nan"), Reason.NOT_FINITE),
        (float("inf"), Reason.NOT_FINITE),
        (-1.0, Reason.NEGATIVE),
        (20_001.0, Reason.OUT_OF_RANGE),
    ],
)
def test_a_rejected_power_changes_nothing_but_its_counter(
    watts: float, reason: Reason
) -> None:
    pipeline = line()
    pipeline.handle(power(100.0), at(0))
    before = status(pipeline, 1)
    outcome = pipeline.handle(power(watts, 2), at(1))
    after = status(pipeline, 1)
    assert [rejection.reason for rejection in outcome.rejected] == [reason]
    assert after.values == before.values
    assert after.measured_at == before.measured_at
    assert after.rejected == {(Quantity.POWER, reason): 1}


def test_a_frame_that_makes_no_sense_is_named_and_still_a_sign_of_life() -> None:
    pipeline = line()
    outcome = pipeline.handle(Frame(IEEE, 1, 0x0000, b"\x1c\x5f\x11"), at(0))
    assert outcome.undecodable is not None
    assert outcome.readings == ()
    assert status(pipeline, 0).last_seen == START.timestamp()


FRAMES = st.one_of(
    st.builds(power, st.floats(width=32), st.integers(0, 255)),
    st.builds(
        structure,
        kwh=st.floats(width=32),
        volts=st.floats(-400, 400) | st.just(0.0),
        amperes=st.floats(width=32),
        watts=st.floats(width=32) | st.just(0.0),
    ),
    st.builds(
        Frame,
        st.just(IEEE),
        st.sampled_from([1, 2]),
        st.sampled_from([0x0000, 0x0006, 0x000C, 0x0010, 0xFCC0]),
        st.binary(max_size=80),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FRAMES, st.floats(0, 2000)), max_size=30))
def test_no_frames_make_the_energy_fall_or_a_value_infinite(
    steps: list[tuple[Frame, float]],
) -> None:
    pipeline = line()
    seconds = 0.0
    last = 0.0
    for frame, pause in steps:
        seconds += pause
        pipeline.handle(frame, at(seconds))
        pipeline.tick(at(seconds))
        now = total(pipeline, seconds)
        assert last <= now < float("inf")
        last = now
        for value in status(pipeline, seconds).values.values():
            assert abs(value) < float("inf")
