"""What a recording would have shown if its contacts had obeyed."""

from datetime import UTC, datetime

import pytest

from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.pipeline.shadow import SampleMeter, Shadow

AT = datetime(2026, 3, 2, tzinfo=UTC)


def reading(
    quantity: Quantity, value: float, channel: str | None = None, mono: float = 0.0
) -> Reading:
    return Reading(
        ieee="a", channel=channel, quantity=quantity, value=value, at=AT, mono=mono
    )


def power(watts: float) -> Reading:
    return reading(Quantity.POWER, watts)


def state(channel: str, on: bool) -> Reading:
    return reading(Quantity.STATE, float(on), channel)


def recorded(l1: bool, l2: bool, watts: float) -> Shadow:
    shadow = Shadow()
    shadow.shown((state("l1", l1), state("l2", l2), power(watts)), {}, 0.0)
    return shadow


def test_a_recording_that_nobody_touches_is_shown_as_it_is() -> None:
    shadow = recorded(True, False, 500)
    entries = (power(700), state("l1", False))
    assert shadow.shown(entries, {}, 1.0) == entries
    assert shadow.off_joules == {}


@pytest.mark.parametrize(
    ("l2", "loads", "shown"),
    [
        (False, {}, 0.0),  # alone: all of it was this channel's
        (False, {"l1": 100.0}, 0.0),
        (True, {"l1": 800.0}, 200.0),  # the other one keeps the rest
        (True, {"l1": 1500.0}, 0.0),  # never below 0
        (True, {}, 500.0),  # nothing known: an equal share
    ],
)
def test_what_an_open_channel_took_is_taken_out(
    l2: bool, loads: dict[str, float], shown: float
) -> None:
    shadow = recorded(True, l2, 1000)
    shadow.move("l1", False, loads, 1.0)
    assert shadow.power == pytest.approx(shown)
    [seen] = shadow.shown((power(1000),), loads, 2.0)
    assert seen.value == pytest.approx(shown)


def test_current_goes_with_the_power_and_voltage_does_not() -> None:
    shadow = recorded(True, True, 1000)
    shadow.move("l1", False, {"l1": 750.0}, 1.0)
    entries = (
        power(1000),
        reading(Quantity.CURRENT, 4.0),
        reading(Quantity.VOLTAGE, 230.0),
    )
    values = [each.value for each in shadow.shown(entries, {"l1": 750.0}, 2.0)]
    assert values == [250.0, 1.0, 230.0]


def test_a_repeated_state_changes_nothing_and_a_move_does() -> None:
    shadow = recorded(True, False, 1000)
    shadow.move("l1", False, {}, 1.0)
    [seen] = shadow.shown((state("l1", True),), {}, 2.0)
    assert seen.value == 0.0  # as the replay has it
    shadow.shown((state("l1", False),), {}, 3.0)  # off in the recording, too
    [seen] = shadow.shown((state("l1", True),), {}, 4.0)  # a hand, in the recording
    assert seen.value == 1.0
    assert shadow.is_on("l1")


def test_the_energy_kept_off_is_counted_while_the_power_is_known() -> None:
    shadow = recorded(True, False, 1000)
    shadow.hold = 120.0
    shadow.move("l1", False, {}, 0.0)
    shadow.shown((power(1000),), {}, 60.0)
    shadow.shown((power(500),), {}, 120.0)
    shadow.count(180.0)
    assert shadow.off_joules["l1"] == pytest.approx(60 * 1000 + 60 * 1000 + 60 * 500)
    shadow.count(10_000.0)  # nobody knows what it would have taken by then
    assert shadow.off_joules["l1"] == pytest.approx(120 * 1000 + 120 * 500)


def test_two_open_channels_share_by_their_loads() -> None:
    shadow = recorded(True, True, 1000)
    loads = {"l1": 300.0, "l2": 600.0}
    shadow.move("l1", False, loads, 0.0)
    shadow.move("l2", False, loads, 0.0)
    assert shadow.power == 0.0
    assert shadow.off_watts == {
        "l1": pytest.approx(1000 / 3),
        "l2": pytest.approx(2000 / 3),
    }


def test_what_the_replay_closes_is_closed_until_the_recording_says_otherwise() -> None:
    shadow = recorded(False, False, 0)
    shadow.move("l1", True, {}, 1.0)
    [seen] = shadow.shown((state("l1", False),), {}, 2.0)
    assert seen.value == 1.0
    shadow.move("l1", False, {}, 3.0)
    assert not shadow.is_on("l1")
    assert shadow.moved == {}


def test_nothing_recorded_is_no_power() -> None:
    assert Shadow().power is None


def test_a_meter_follows_the_power_until_there_is_a_register() -> None:
    meter = SampleMeter()
    begun = meter.take(Quantity.POWER, 100.0, 0.0)
    assert meter.take(Quantity.POWER, 200.0, 10.0) - begun == 1000.0
    assert meter.take(Quantity.VOLTAGE, 230.0, 20.0) - begun == 3000.0
    assert meter.take(Quantity.ENERGY, 50_000.0, 20.0) - begun == 3000.0  # a baseline
    assert meter.take(Quantity.POWER, 900.0, 30.0) - begun == 3000.0  # not the power
    assert meter.take(Quantity.ENERGY, 52_000.0, 40.0) - begun == 5000.0
    assert meter.take(Quantity.ENERGY, 10.0, 50.0) - begun == 5000.0  # it fell: anew
