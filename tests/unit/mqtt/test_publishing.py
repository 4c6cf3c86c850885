"""When a relay's state is published, and what of it."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.mqtt.message import Message
from collector.mqtt.publishing import Options, RelayPublisher, merged
from tests.unit.mqtt.publishing_world import AT, TOPIC, World

ON = {"state_l1": "ON"}
RECORDED = Path(__file__).parents[2] / "zigbee2mqtt" / "transcript.jsonl"


def test_each_frame_is_a_message_with_all_that_is_known() -> None:
    world = World()
    world.frame({"power": 1})
    world.frame({"voltage": 230})
    world.frame({"voltage": 230})
    assert world.payloads == [{"power": 1}, *[{"power": 1, "voltage": 230}] * 2]


def test_a_message_is_kept_and_expires_as_the_options_say() -> None:
    world = World(retain=True, qos=1, retention=900)
    world.frame({"voltage": 230, "power": 1.5})
    (_, message) = world.sent[0]
    assert message == Message(TOPIC, '{"power":1.5,"voltage":230}', True, 1, 900)


def test_a_frame_without_a_value_only_moves_last_seen() -> None:
    world = World()
    world.frame({"power": 1})
    world.frame({})
    assert len(world.sent) == 1
    seen = World(last_seen="epoch")
    seen.frame({})
    assert seen.payloads == [{"last_seen": 1_772_366_400_000}]


def test_last_seen_is_in_the_zone_of_the_options() -> None:
    options = merged({"last_seen": "ISO_8601_local"}, {}, zone=ZoneInfo("Asia/Tokyo"))
    sent: list[Message] = []
    RelayPublisher(TOPIC, options, sent.append).received({}, 0.0, lqi=9, at=AT)
    assert sent[0].payload == (
        '{"last_seen":"2026-03-01T21:00:00+09:00","linkquality":9}'
    )


@pytest.mark.parametrize(
    ("values", "on_off", "action"),
    [
        ({"state_l1": "ON"}, True, "on_l1"),
        ({"state_l1": "OFF"}, True, "off_l1"),
        ({"state_l2": "ON"}, True, "on_l2"),
        ({"state_l2": "OFF"}, True, "off_l2"),
        ({"state_l1": "ON", "state_l2": "ON"}, False, None),  # a structure
        ({"power": 5}, True, None),
    ],
)
def test_state_action_names_each_report_of_a_switch_once(
    values: dict[str, Any], on_off: bool, action: str | None
) -> None:
    world, silent = World(state_action=True), World()
    for each in (world, silent):
        each.frame(values, on_off=on_off)
        each.frame({"voltage": 230})
    assert world.payloads[0] == values | ({"action": action} if action else {})
    assert world.payloads[1] == {**values, "voltage": 230}
    assert silent.payloads == [values, {**values, "voltage": 230}]


def test_filtered_attributes_go_last_and_stay_in_the_cache() -> None:
    world = World(
        filtered_attributes=["volt.*", "linkq.*", "update"], homeassistant=True
    )
    world.publisher.received({"voltage": 230, "power": 1}, 0, lqi=9, at=AT)
    assert world.last["power"] == 1
    assert not {"voltage", "linkquality", "update"} & world.last.keys()
    world.publisher.reconfigure(TOPIC, Options(), 0)
    world.publisher.publish_now(0)
    assert world.last == {"voltage": 230, "power": 1, "linkquality": 9}


def test_a_message_of_which_nothing_is_left_is_not_sent() -> None:
    world = World(filtered_attributes=[".*"])
    world.frame({"power": 1})
    assert world.sent == []


def test_what_is_not_cached_is_in_its_own_message_only() -> None:
    world = World(filtered_cache=["power"])
    world.frame({"power": 1, "voltage": 230})
    world.frame({"current": 2})
    assert world.payloads == [
        {"power": 1, "voltage": 230},
        {"current": 2, "voltage": 230},
    ]


@pytest.mark.parametrize(
    ("options", "values", "payloads"),
    [
        ({}, ON, [ON]),
        ({"optimistic": False}, ON, []),
        ({"filtered_optimistic": ["state_.*"]}, ON, []),
        (
            {"filtered_optimistic": ["state_.*"]},
            {**ON, "interlock": True},
            [{"interlock": True}],
        ),
        ({"throttle": 5}, ON, [ON]),
        ({"debounce": 5}, ON, [ON]),
        ({}, {}, []),
    ],
)
def test_a_command_is_published_when_answered(
    options: dict[str, Any], values: dict[str, Any], payloads: list[dict[str, Any]]
) -> None:
    world = World(**options)
    world.publisher.optimistic(values, world.now)
    world.advance(60)
    assert world.payloads == payloads
    assert world.publisher.state.values == (payloads[0] if payloads else {})


@pytest.mark.parametrize(
    ("step", "values"),
    [
        ("set state_l1 ON", {"state_l1": "ON"}),
        ("set both", {"state_l1": "OFF", "state_l2": "OFF"}),
        ("set /l2/set json", {"state_l2": "OFF"}),
        ("interlock true", {"interlock": True}),
        ("power_outage_memory true", {"power_outage_memory": True}),
        ("power_outage_memory false", {"power_outage_memory": False}),
    ],
)
def test_a_recorded_command_is_published_byte_for_byte(
    step: str, values: dict[str, Any]
) -> None:
    lines = map(json.loads, RECORDED.read_text().splitlines())
    (expected,) = next(each["mqtt_out"] for each in lines if each["step"] == step)
    world = World(homeassistant=True)
    before = json.loads(expected["payload"])
    world.publisher.state.linkquality = before.pop("linkquality")
    del before["update"]
    known = {key: value for key, value in before.items() if value is not None}
    world.publisher.state.update(
        {key: known[key] for key in known if key not in values}
    )
    world.publisher.optimistic(values, world.now)
    _, message = world.sent[0]
    assert message == Message(
        expected["topic"], expected["payload"], expected["retain"], expected["qos"]
    )


def test_nothing_is_published_of_a_relay_nothing_is_known_of() -> None:
    world = World(homeassistant=True)
    world.publisher.publish_now(world.now)
    assert world.sent == []
