"""Both languages of calibration."""

import pytest

from tests.unit.config.texts import config_of, problems_of

RELAY = 'relays: [{{ieee: "0x00158d0003a00000", {}}}]'


@pytest.mark.parametrize(
    ("calibration", "problem"),
    [
        (
            "voltage: {points: []}",
            "points: expected at least one",
        ),
        (
            "voltage: {points: [[230, 231], [230, 232]]}",
            (
                "points: measured and true must both rise from pair to pair, "
                "got [230, 231] before [230, 232]"
            ),
        ),
        (
            "voltage: {points: [[230, 231], [240, 231]]}",
            (
                "points: measured and true must both rise from pair to pair, "
                "got [230, 231] before [240, 231]"
            ),
        ),
        ("voltage: {points: [[230]]}", "points.0.1: a number is missing"),
        (
            "voltage: {points: [[230, .nan]]}",
            "points.0.1: Input should be a finite number, got nan",
        ),
        (
            "voltage: {points: [[-1, 1]]}",
            "points: this quantity is never below 0",
        ),
        (
            "voltage: {points: [[230, 231]], gain: 1.1}",
            "points replace gain and offset; keep one of them",
        ),
        (
            "voltage: {points: [[230, 231]], offset_v: 1}",
            "points replace gain and offset; keep one of them",
        ),
    ],
)
def test_points_rise_and_stand_alone(calibration: str, problem: str) -> None:
    (found,) = problems_of(RELAY.format(f"calibration: {{{calibration}}}"))

    path = "relays.0.calibration.voltage"
    assert found in {f"{path}.{problem}", f"{path}: {problem}"}


def test_a_temperature_may_be_calibrated_below_zero() -> None:
    config = config_of(
        RELAY.format("calibration: {temperature: {points: [[-10, -12], [0, -1]]}}")
    )

    assert config.relays[0].calibration.temperature is not None
    assert config.relays[0].calibration.temperature.points == ((-10, -12), (0, -1))


@pytest.mark.parametrize(
    ("ours", "option"),
    [
        ("power: {gain: 2}", "power_calibration"),
        ("voltage: {offset_v: 1}", "voltage_calibration"),
        ("current: {gain: 2}", "current_calibration"),
        ("energy: {gain: 2}", "energy_calibration"),
        ("temperature: {offset_celsius: 1}", "device_temperature_calibration"),
    ],
)
def test_a_quantity_calibrated_both_ways_is_refused(ours: str, option: str) -> None:
    text = RELAY.format(f"calibration: {{{ours}}}, options: {{{option}: 1}}")

    assert problems_of(text) == [
        (
            f"relays.0.options.{option}: calibration.{ours.split(':', maxsplit=1)[0]} corrects "
            "the same quantity; remove one of them"
        )
    ]


def test_the_options_of_zigbee2mqtt_are_kept() -> None:
    options = config_of(
        RELAY.format(
            "options: {retain: true, qos: 1, throttle: 2, debounce: 0.5, "
            "debounce_ignore: [state_l1], filtered_attributes: ['^x$'], "
            "filtered_cache: [], filtered_optimistic: [a], optimistic: false, "
            "state_action: true, homeassistant: {name: x}}"
        )
    ).relays[0].options  # fmt: skip

    assert options.qos == 1
    assert options.debounce_ignore == ("state_l1",)
    assert options.filtered_cache == ()
    assert options.homeassistant == {"name": "x"}
    assert options.power_precision is None
