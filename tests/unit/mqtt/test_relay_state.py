"""The cached state of a relay: what is published, and what outlives a restart."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from collector.mqtt.message import to_json
from collector.mqtt.relay_state import LastSeen, RelayState, matching, written

AT = datetime(2026, 3, 1, 12, 0, 0, 123_999, tzinfo=UTC)
WHOLE = {
    "consumption": 0.0015625000232830644,
    "current": 0.01,
    "device_temperature": 32,
    "energy": 0,
    "interlock": False,
    "power": 0.07,
    "power_outage_count": 31,
    "power_outage_memory": True,
    "state_l1": "ON",
    "state_l2": "OFF",
    "update": {"installed_version": 36, "latest_version": 47, "state": "available"},
    "voltage": 234.01,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_with_home_assistant_what_is_exposed_and_not_known_is_null() -> None:
    state = RelayState()
    state.update({"power": 5})
    assert to_json(state.payload(home_assistant=True)) == (
        '{"current":null,"device_temperature":null,"energy":null,"interlock":null,'
        '"linkquality":null,"power":5,"power_outage_count":null,'
        '"power_outage_memory":null,"state_l1":null,"state_l2":null,'
        '"update":{"installed_version":-1,"latest_version":-1,"state":null},'
        '"voltage":null}'
    )


def test_without_home_assistant_it_is_absent() -> None:
    state = RelayState()
    state.update({"power": 5})
    assert state.payload(home_assistant=False) == {"power": 5}


def test_every_payload_carries_all_that_came_before() -> None:
    state = RelayState()
    for key, value in WHOLE.items():
        state.update({key: value})
    assert state.payload(home_assistant=False) == WHOLE
    state.update({"power": 7})
    assert state.payload(home_assistant=False) == {**WHOLE, "power": 7}


def test_the_unknown_update_is_not_one_object_for_all() -> None:
    first = RelayState().payload(home_assistant=True)
    first["update"]["state"] = "idle"
    assert RelayState().payload(home_assistant=True)["update"]["state"] is None


def test_the_link_quality_of_a_frame_without_one_is_the_last() -> None:
    state = RelayState()
    state.seen(AT, 110)
    state.seen(AT, None)
    assert state.payload(home_assistant=False) == {"linkquality": 110}


@pytest.mark.parametrize(
    ("form", "zone", "text"),
    [
        (LastSeen.DISABLE, UTC, None),
        (LastSeen.ISO_8601, UTC, "2026-03-01T12:00:00.123Z"),
        (LastSeen.ISO_8601, ZoneInfo("Europe/Berlin"), "2026-03-01T12:00:00.123Z"),
        (LastSeen.ISO_8601_LOCAL, UTC, "2026-03-01T12:00:00+00:00"),
        (
            LastSeen.ISO_8601_LOCAL,
            ZoneInfo("Asia/Kolkata"),
            "2026-03-01T17:30:00+05:30",
        ),
        (
            LastSeen.ISO_8601_LOCAL,
            timezone(timedelta(hours=-3, minutes=-30)),
            "2026-03-01T08:30:00-03:30",
        ),
        (LastSeen.EPOCH, UTC, 1_772_366_400_123),
    ],
)
def test_last_seen_is_written_as_zigbee2mqtt_writes_it(
    form: LastSeen, zone: Any, text: str | int | None
) -> None:
    state = RelayState()
    assert state.payload(home_assistant=False, last_seen=form, zone=zone) == {}
    state.seen(AT, None)
    payload = state.payload(home_assistant=False, last_seen=form, zone=zone)
    assert payload == ({} if text is None else {"last_seen": text})
    assert written(AT, form, zone) == text


def test_an_action_is_never_cached() -> None:
    state = RelayState()
    state.update({"action": "on_l1", "state_l1": "ON"})
    assert state.values == {"state_l1": "ON"}
    assert state.uncached({"action": "on_l1", "state_l1": "ON"}) == {"action": "on_l1"}


def test_filtered_cache_keeps_keys_out_and_forgets_those_inside() -> None:
    state = RelayState(("power",))
    state.update({"power": 5, "power_outage_count": 3, "voltage": 230})
    assert state.values == {"power_outage_count": 3, "voltage": 230}
    assert state.uncached({"power": 5, "voltage": 230}) == {"power": 5}
    state.keep_out(("volt.*",))
    assert state.values == {"power_outage_count": 3}
    state.update({"power": 5, "voltage": 230})
    assert state.values == {"power": 5, "power_outage_count": 3}


@pytest.mark.parametrize(
    ("pattern", "key", "hit"),
    [
        ("power", "power", True),
        ("power", "power_outage_count", False),
        ("power.*", "power_outage_count", True),
        ("outage", "power_outage_count", False),
        ("state_l[12]", "state_l2", True),
        ("power|energy", "power_outage_count", True),  # as in JavaScript: ^a or b$
        ("(power|energy)", "power_outage_count", False),
        ("POWER", "power", False),
        ("", "power", False),
    ],
)
def test_a_pattern_stands_for_the_whole_key(pattern: str, key: str, hit: bool) -> None:
    matches = matching(("nothing", pattern))
    assert matches(key) is hit
    assert matches(key) is hit


def test_a_pattern_is_compiled_once() -> None:
    assert matching(("volt.*",)) is matching(("volt.*",))


@pytest.mark.parametrize("pattern", ["(", "[", "*", "a{2,1}"])
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="no regular expression: "):
        matching((pattern,))


def test_what_was_dumped_is_there_after_a_restart() -> None:
    before = RelayState()
    before.update(WHOLE)
    before.seen(AT, 110)
    after = RelayState()
    after.load(json.loads(json.dumps(before.dump())))
    assert after.values == WHOLE
    assert after.last_seen == AT.replace(microsecond=123_000)
    assert after.linkquality is None
    fresh = RelayState()
    fresh.load(RelayState().dump())
    assert (fresh.known, fresh.last_seen) == (False, None)


def test_what_is_filtered_now_is_not_loaded() -> None:
    state = RelayState(("power", "state_.*"))
    state.load({"values": WHOLE})
    assert "power" not in state.values
    assert "state_l1" not in state.values
    assert state.values["voltage"] == 234.01


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("power", "5"),
        ("power", True),
        ("power", None),
        ("power", float("nan")),
        ("power", float("inf")),
        ("power", 10**400),
        ("state_l1", "on"),
        ("state_l1", 1),
        ("state_l2", ["ON"]),
        ("interlock", "false"),
        ("interlock", 0),
        ("power_outage_memory", "ON"),
        ("state", "ON"),
        ("action", "on_l1"),
        ("linkquality", 110),
        ("update", {}),
        ("update", "idle"),
        ("update", {"state": float("nan")}),
        ("update", {"state": "idle", "latest_source": "\ud800"}),
    ],
)
def test_bad_content_is_ignored_and_the_rest_taken(key: str, value: object) -> None:
    state = RelayState()
    state.load({"values": {"voltage": 230, key: value}})
    assert state.values == {"voltage": 230}


@pytest.mark.parametrize("seen", [None, "2026", True, 1.5, -1, 10**30, [1]])
def test_a_bad_last_seen_is_ignored(seen: object) -> None:
    state = RelayState()
    state.load({"values": {"voltage": 230}, "last_seen": seen})
    assert state.values == {"voltage": 230}
    assert state.last_seen is None


@given(
    JSON
    | st.fixed_dictionaries(
        {
            "values": st.dictionaries(st.sampled_from(sorted(WHOLE)), JSON),
            "last_seen": JSON,
        }
    )
)
def test_whatever_is_loaded_can_be_published(document: object) -> None:
    state = RelayState()
    state.load(document)
    for last_seen in LastSeen:
        payload = state.payload(home_assistant=True, last_seen=last_seen)
        text = to_json(payload)
        assert json.loads(text.encode()) == payload
        assert list(json.loads(text)) == sorted(payload)
    again = RelayState()
    again.load(json.loads(to_json(state.dump())))
    assert again.dump() == state.dump()
