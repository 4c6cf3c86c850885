"""Readings in Zigbee2MQTT's words, and its own recorded bytes as the yardstick."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from collector.calibration.correction import correct
from collector.decode.relay import decode
from collector.model.frame import Frame
from collector.model.quantity import Quantity
from collector.model.reading import Quality, Reading
from collector.model.settings import CorrectionSpec
from collector.mqtt.message import to_json
from collector.mqtt.relay_state import RelayState
from collector.mqtt.values import number, values_of

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
IEEE = "00:15:8d:00:03:a0:00:00"
RECORDED = Path(__file__).parents[2] / "zigbee2mqtt" / "transcript.jsonl"


def reading(
    quantity: Quantity,
    value: float,
    channel: str | None = None,
    quality: Quality = Quality.FRESH,
) -> Reading:
    return Reading(
        ieee=IEEE,
        channel=channel,
        quantity=quantity,
        value=value,
        at=AT,
        mono=1.0,
        quality=quality,
    )


def decoded(frame: dict[str, Any], power: CorrectionSpec) -> list[Reading]:
    """Return the readings of a recorded frame."""
    data = bytes.fromhex(frame["hex"])
    values = decode(Frame(IEEE, frame["ep"], frame["cluster"], data)).values
    return [
        reading(
            each.quantity,
            correct(power, each.value)
            if each.quantity is Quantity.POWER
            else each.value,
            each.channel,
        )
        for each in values
    ]


def steps() -> dict[str, dict[str, Any]]:
    lines = RECORDED.read_text().splitlines()
    return {step["step"]: step for step in map(json.loads, lines)}


@pytest.mark.parametrize(
    ("step", "cluster", "percent", "decimals", "keys"),
    [
        ("FW36 0xFF01", None, 0, {}, 9),
        ("onoff ep1 on", None, 0, {}, 1),
        ("analog input", None, 0, {}, 1),
        ("get state_l1", 6, 0, {}, 1),
        ("get state_l2", 6, 0, {}, 1),
        ("get power", 12, 0, {}, 1),
        ("FW36 after options", None, 10, {"power": 1}, 1),
    ],
)
def test_a_recorded_frame_is_published_byte_for_byte(
    step: str, cluster: int | None, percent: float, decimals: dict[str, int], keys: int
) -> None:
    recorded = steps()[step]
    if cluster is None:
        frame = recorded["in"][0]["zigbee"]
    else:
        (asked,) = recorded["zcl_out"]
        frame = {"cluster": cluster, "ep": asked["ep"], **recorded["zcl_in"][0]}
    text = recorded["mqtt_out"][0]["payload"]
    values = values_of(decoded(frame, CorrectionSpec(percent=percent)), decimals)
    assert len(values) == keys

    state = RelayState()
    after = json.loads(text)
    state.linkquality = after.pop("linkquality")
    del after["update"]  # never checked
    known = {key: value for key, value in after.items() if value is not None}
    state.update({key: known[key] for key in known if key not in values})
    state.update(values)
    assert to_json(state.payload(home_assistant=True)) == text


@pytest.mark.parametrize(
    ("key", "quantity", "spec", "value", "decimals", "text"),
    [
        ("power", Quantity.POWER, {"percent": 10}, 36.61201, 1, "40.3"),
        ("voltage", Quantity.VOLTAGE, {"percent": -2}, 234.005, 2, "229.32"),
        ("device_temperature", Quantity.TEMPERATURE, {"shift": 1.5}, 32, 1, "33.5"),
        ("power", Quantity.POWER, {}, 36.61201, None, "36.61"),
        ("voltage", Quantity.VOLTAGE, {}, 234.00503, None, "234.01"),
        ("power", Quantity.POWER, {}, 2300.0, None, "2300"),
        ("power", Quantity.POWER, {}, 0.004, None, "0"),
        ("power", Quantity.POWER, {}, -0.004, None, "0"),  # JSON.stringify(-0) is 0
        ("power", Quantity.POWER, {}, -1.005, None, "-1"),  # .5 goes up
        ("power", Quantity.POWER, {}, 0.125, None, "0.13"),
        ("power", Quantity.POWER, {}, 0.375, None, "0.38"),
        ("power", Quantity.POWER, {}, 36.61201, 3, "36.612"),
        ("power", Quantity.POWER, {}, 36.61201, 0, "37"),
        ("current", Quantity.CURRENT, {}, 0.0096, None, "0.01"),
        ("device_temperature", Quantity.TEMPERATURE, {}, 32.5, None, "33"),
        ("device_temperature", Quantity.TEMPERATURE, {}, -0.5, None, "0"),
        ("energy", Quantity.ENERGY, {}, 0.0425 * 3.6e6, None, "0.04"),
        ("power", Quantity.POWER, {}, 1e300, None, str(int(1e300))),
    ],
)
def test_values_are_rounded_as_zigbee2mqtt_does(
    key: str,
    quantity: Quantity,
    spec: dict[str, Any],
    value: float,
    decimals: int | None,
    text: str,
) -> None:
    true = correct(CorrectionSpec(**spec), value)
    precision = {} if decimals is None else {key: decimals}
    values = values_of([reading(quantity, true)], precision)
    assert to_json(values[key]) == text


@pytest.mark.parametrize(
    ("given_reading", "values"),
    [
        (reading(Quantity.STATE, 1.0, "l1"), {"state_l1": "ON"}),
        (reading(Quantity.STATE, 0.0, "l2"), {"state_l2": "OFF"}),
        (reading(Quantity.STATE, 1.0, "l3"), {}),
        (reading(Quantity.STATE, 1.0), {}),
        (reading(Quantity.INTERLOCK, 1.0), {"interlock": True}),
        (reading(Quantity.INTERLOCK, 0.0), {"interlock": False}),
        (reading(Quantity.OUTAGES, 31.0), {"power_outage_count": 31}),
        (reading(Quantity.FIRMWARE, 36.0), {}),
        (reading(Quantity.POWER_FACTOR, 0.9), {}),
        (reading(Quantity.APPARENT_POWER, 90.0), {}),
        (reading(Quantity.POWER, 9.0, quality=Quality.STALE), {}),
        (reading(Quantity.POWER, 9.0, quality=Quality.REJECTED), {}),
        (reading(Quantity.POWER, 0.0, quality=Quality.NOT_MEASURED), {}),
        (reading(Quantity.POWER, float("nan")), {}),
        (reading(Quantity.ENERGY, float("inf")), {}),
        (reading(Quantity.ENERGY, 3.6e6), {"energy": 1, "consumption": 1}),
    ],
)
def test_each_quantity_has_its_key(
    given_reading: Reading, values: dict[str, Any]
) -> None:
    got = values_of([given_reading], {})
    assert got == values
    assert [type(each) for each in got.values()] == [
        type(each) for each in values.values()
    ]


def test_the_last_of_two_readings_of_a_key_counts() -> None:
    two = [reading(Quantity.POWER, 1.0), reading(Quantity.POWER, 2.0)]
    assert values_of(two, {}) == {"power": 2}


@given(st.floats(min_value=0, max_value=2.0**40, width=32))
@example(0.0015625000232830644)
@example(0.042500000447034836)
def test_consumption_is_what_the_relay_sent_to_the_last_bit(sent: float) -> None:
    register = reading(Quantity.ENERGY, sent * 3.6e6)
    consumption = values_of([register], {})["consumption"]
    assert consumption == sent
    assert json.loads(to_json(consumption)) == sent


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_an_integer_where_it_is_one(value: float) -> None:
    assert number(value) == value
    assert isinstance(number(value), int) == (value == int(value))
