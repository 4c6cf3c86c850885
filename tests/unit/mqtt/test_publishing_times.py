"""Throttle and debounce: what is held back, and for how long."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from collector.mqtt.publishing import NEVER, merged
from tests.unit.mqtt.publishing_world import TOPIC, World

ON = {"state_l1": "ON"}
# Eighths of a second are exact, so that a comparison of moments is.
GAPS = st.integers(0, 160).map(lambda eighths: eighths / 8)
VALUES = st.dictionaries(
    st.sampled_from(["power", "voltage", "action", "current"]),
    st.integers(0, 3),
    min_size=1,
)
FRAMES = st.lists(st.tuples(GAPS, VALUES), min_size=1, max_size=25)
LATE = st.sampled_from([0.0, 0.125, 3.0])
# Never cached, cached, and kept out of the cache by an option.
FILTERED = ["current"]


def test_throttle_holds_back_merges_and_lets_the_last_out() -> None:
    world = World(throttle=10)
    for gap, power in ((0, 1), (2, 2), (2, 3), (30, 4), (1, 5)):
        world.advance(gap)
        world.frame({"power": power})
        assert world.publisher.state.values["power"] == power
    world.advance(60)
    assert list(
        zip(world.times, [each["power"] for each in world.payloads], strict=True)
    ) == [
        (0, 1),
        (10, 3),
        (34, 4),
        (44, 5),
    ]
    assert world.publisher.next_due() == NEVER


def test_a_flush_before_its_time_sends_nothing() -> None:
    world = World(throttle=10)
    world.frame({"power": 1})
    world.publisher.flush(world.now)
    world.frame({"power": 2})
    world.publisher.flush(1_009.875)
    assert world.payloads == [{"power": 1}]
    world.publisher.flush(1_010.0)
    assert world.last == {"power": 2}


def test_debounce_waits_for_quiet_and_wins_over_throttle() -> None:
    world = World(debounce=3, throttle=10)
    for gap, values in ((0, {"power": 1}), (2, {"voltage": 230}), (2, {"power": 2})):
        world.advance(gap)
        world.frame(values)
    assert world.sent == []
    assert world.publisher.next_due() == 1_007
    world.advance(60)
    assert world.times == [7]
    assert world.payloads == [{"power": 2, "voltage": 230}]


def test_a_key_of_debounce_ignore_that_changes_sends_what_waits_first() -> None:
    world = World(debounce=5, debounce_ignore=["action"], state_action=True)
    for gap, state in ((0, "ON"), (1, "ON"), (1, "OFF")):
        world.advance(gap)
        world.frame({"state_l1": state}, on_off=True)
    world.advance(60)
    assert world.times == [2, 7]
    assert world.payloads == [
        {"action": "on_l1", "state_l1": "ON"},
        {"action": "off_l1", "state_l1": "OFF"},
    ]


def test_a_key_that_debounce_ignore_does_not_name_is_merged() -> None:
    world = World(debounce=5, debounce_ignore=["state_l1"])
    world.frame({"power": 1})
    world.frame({"power": 2})
    world.frame({"state_l1": "ON"})  # nothing waits under that key: no change
    world.advance(60)
    assert world.payloads == [{"power": 2, "state_l1": "ON"}]


@pytest.mark.parametrize("options", [{"throttle": 5}, {"debounce": 5}])
def test_a_message_in_between_carries_what_is_held_back(
    options: dict[str, Any],
) -> None:
    world = World(**options, filtered_cache=["current"])
    world.frame({"power": 1})
    world.frame({"power": 2})
    world.publisher.publish_now(world.now)
    assert world.last == {"power": 2}
    assert world.publisher.next_due() == NEVER
    world.frame({"current": 3})
    world.publisher.optimistic(ON, world.now)
    assert world.last == {"power": 2, **ON}
    world.advance(60)  # what is not cached was not in it
    assert world.last == {"power": 2, "current": 3, **ON}
    count = len(world.sent)
    world.frame({"power": 9, "current": 9})
    world.frame({"power": 9, "current": 9})
    world.publisher.optimistic({"current": 4, "power": 4}, world.now)
    world.advance(60)  # an outdated one does not come after it
    assert world.payloads[-1] == {"power": 4, "current": 4, **ON}
    assert len(world.sent) - count == (2 if "throttle" in options else 1)


def test_a_renamed_relay_sends_what_waits_under_the_new_topic() -> None:
    world = World(debounce=5, filtered_cache=["current"])
    world.frame({"current": 3})
    world.publisher.reconfigure(
        "zigbee2mqtt/relay2", merged({}, {"throttle": 5}), world.now
    )
    assert [message.topic for _, message in world.sent] == ["zigbee2mqtt/relay2"]
    assert world.last == {"current": 3}
    assert world.publisher.next_due() == NEVER
    world.frame({"power": 1})
    assert len(world.sent) == 1  # five seconds after that message
    assert world.publisher.next_due() == world.now + 5


def test_a_shorter_throttle_holds_at_once() -> None:
    world = World(throttle=3_600)
    world.frame({"power": 1})
    world.publisher.reconfigure(TOPIC, merged({}, {"throttle": 2}), world.now)
    world.frame({"power": 2})
    world.advance(2)
    assert world.times == [0, 2]


def run(world: World, frames: list[tuple[float, dict[str, int]]], late: float) -> None:
    for gap, values in frames:
        world.advance(gap, late)
        world.frame(values)
        kept = world.publisher.state.values
        assert {key: kept.get(key, values[key]) for key in values} == values
    world.advance(1_000, late)
    assert world.publisher.next_due() == NEVER


def said(world: World) -> dict[str, int]:
    """Return the last value of each key in any message."""
    return {key: value for each in world.payloads for key, value in each.items()}


def told(frames: list[tuple[float, dict[str, int]]]) -> dict[str, int]:
    return {key: value for _, values in frames for key, value in values.items()}


@given(FRAMES, st.sampled_from([0.125, 1.0, 5.0, 10.0]), LATE)
@example([(0.0, {"action": 1}), (0.0, {"power": 1})], 5.0, 0.0)
def test_throttle_sends_one_in_an_interval_and_the_last_value_always(
    frames: list[tuple[float, dict[str, int]]], seconds: float, late: float
) -> None:
    world = World(throttle=seconds, filtered_cache=FILTERED)
    run(world, frames, late)
    times = world.times
    assert times[0] == frames[0][0]  # the first at once
    for one, next_one in pairwise(times):
        assert next_one - one >= seconds
    assert said(world) == told(frames)


@given(FRAMES, st.sampled_from([0.125, 1.0, 5.0]), LATE)
@example([(0.0, {"action": 1}), (0.0, {"power": 1})], 5.0, 0.0)
def test_debounce_sends_after_quiet_and_never_loses_the_last_value(
    frames: list[tuple[float, dict[str, int]]], seconds: float, late: float
) -> None:
    world = World(debounce=seconds, filtered_cache=FILTERED)
    run(world, frames, late)
    came: list[float] = []
    for gap, _ in frames:
        came.append(gap + (came[-1] if came else 0.0))
    for at in world.times:
        # A frame of that very moment came after it: what is due goes first.
        before = max(moment for moment in came if moment < at)
        assert at - before >= seconds
    assert said(world) == told(frames)


@given(
    st.lists(st.tuples(GAPS, VALUES, st.sampled_from("fffopr")), max_size=25),
    st.fixed_dictionaries(
        {},
        optional={
            "throttle": st.sampled_from([0, 2]),
            "debounce": st.sampled_from([0, 3]),
            "debounce_ignore": st.just(["power", "action"]),
            "homeassistant": st.booleans(),
            "filtered_cache": st.just(FILTERED),
            "last_seen": st.sampled_from(["disable", "epoch", "ISO_8601"]),
        },
    ),
)
def test_whatever_happens_each_message_is_sorted_json_and_the_last_is_up_to_date(
    happenings: list[tuple[float, dict[str, int], str]], options: dict[str, Any]
) -> None:
    world = World(**options)
    publisher = world.publisher
    for gap, values, what in happenings:
        world.advance(gap)
        if what == "f":
            world.frame(values)
        elif what == "o":
            publisher.optimistic(values, world.now)
        elif what == "p":
            publisher.publish_now(world.now)
        else:
            publisher.reconfigure(TOPIC, merged({}, options), world.now)
    world.advance(1_000)
    for _, message in world.sent:
        payload = json.loads(message.payload)
        assert list(payload) == sorted(payload)
        assert message.payload == json.dumps(payload, separators=(",", ":"))
    told_values = told(
        [(0.0, values) for _, values, what in happenings if what in "fo"]
    )
    assert told_values.items() <= said_values(world).items()
    for key, value in publisher.state.values.items():
        assert world.last[key] == value


def said_values(world: World) -> dict[str, int]:
    """Return the last value of each key in any message, null aside."""
    return {
        key: value
        for each in world.payloads
        for key, value in each.items()
        if value is not None
    }
