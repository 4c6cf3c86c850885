"""Home Assistant's discovery of policies."""

import json
import re
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, strategies as st

from collector.model.decision import RuleState
from collector.mqtt.device import Device
from collector.mqtt.policy_discovery import (
    policy_entities,
    policy_removals,
    quoted,
    slug,
)

IEEE: Final = "0x00158d000428c993"
RELAY = Device(ieee="00:15:8d:00:04:28:c9:93", name="boiler", policies=("cable",))
WHERE: Final = {"base": "zigbee2mqtt", "discovery_topic": "homeassistant"}
AWKWARD: Final = (
    *("cable", "heater-overload", "Übers­trom", "daily budget", "a_b", "a b", "a.b"),
    *('say "no"', "back\\slash", "\\", '"', "{{ 1 }}", "{% raw %}", "'", "}}", "😀"),
    *("", "_", "-", "überstrom", "過負荷", "a" * 200, "a" * 199 + "é", "line\nend"),
)


def entities(device: Device, **more: Any) -> dict[str, dict[str, Any]]:
    sent = policy_entities(device, **{**WHERE, "availability": True, **more})
    assert all(message.retain and message.qos == 1 for message in sent)
    found = {message.topic: json.loads(message.payload) for message in sent}
    assert len(found) == len(sent)
    return found


def jinja_literals(template: str) -> list[str]:
    """Return the double-quoted strings of a template, read as Jinja's lexer does."""
    return [
        body.encode("ascii", "backslashreplace").decode("unicode-escape")
        for body in re.findall(r'"([^"\\]*(?:\\.[^"\\]*)*)"', template, re.DOTALL)
    ]


def test_a_policy_has_three_entities() -> None:
    found = entities(RELAY)
    at = f"homeassistant/{{}}/{IEEE}/policy_cable_{{}}/config"
    assert list(found) == [
        at.format("sensor", "state"),
        at.format("button", "reset"),
        at.format("sensor", "margin"),
    ]
    state, reset, margin = found.values()
    assert state["state_topic"] == margin["state_topic"] == "zigbee2mqtt/boiler/policy"
    assert state["unique_id"] == f"{IEEE}_policy_cable_state_zigbee2mqtt"
    assert margin["unique_id"] == f"{IEEE}_policy_cable_margin_zigbee2mqtt"
    assert reset["unique_id"] == f"{IEEE}_policy_cable_reset_zigbee2mqtt"
    assert state["device_class"] == "enum"
    assert state["options"] == [state.value for state in RuleState]
    assert state["name"] == "cable"
    assert (margin["unit_of_measurement"], margin["name"]) == ("%", "cable margin")
    assert reset["name"] == "Reset cable"
    assert reset["command_topic"] == "zigbee2mqtt/bridge/request/policy/reset"
    assert json.loads(reset["payload_press"]) == {"name": "cable"}
    assert "state_topic" not in reset
    assert state["device"]["identifiers"] == [f"zigbee2mqtt_{IEEE}"]


def test_the_templates() -> None:
    state, _, margin = entities(RELAY).values()
    assert state["value_template"] == (
        '{{ (value_json["cable"] | default({}))["state"] | default("") }}'
    )
    assert margin["value_template"] == (
        '{% set margin = (value_json["cable"] | default({}))["margin"] '
        "| default(none) %}{{ none if margin is none else (margin * 100) | round(1) }}"
    )


def test_state_and_reset_stay_while_the_relay_is_gone() -> None:
    for available, topics in ((True, [1, 1, 2]), (False, [1, 1, 1])):
        found = entities(RELAY, availability=available).values()
        assert [len(payload["availability"]) for payload in found] == topics


@pytest.mark.parametrize("name", AWKWARD)
def test_a_name_is_the_same_in_the_template(name: str) -> None:
    state, reset, margin = entities(replace(RELAY, policies=(name,))).values()
    assert jinja_literals(state["value_template"]) == [name, "state", ""]
    assert jinja_literals(margin["value_template"]) == [name, "margin"]
    assert json.loads(reset["payload_press"]) == {"name": name}


def test_two_names_have_two_slugs() -> None:
    assert len({slug(name) for name in AWKWARD}) == len(AWKWARD)
    found = entities(replace(RELAY, policies=AWKWARD))
    assert len(found) == 3 * len(AWKWARD)
    assert len({one["unique_id"] for one in found.values()}) == len(found)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("cable", "cable"),
        ("heater-overload_2", "heater-overload_2"),
        ("daily budget", r"daily_budget_[0-9a-f]{10}"),
        ("過負荷", r"[0-9a-f]{10}"),
        ("", r"[0-9a-f]{10}"),
        ("a" * 60 + "!", r"a{40}_[0-9a-f]{10}"),
    ],
)
def test_slugs(name: str, made: str) -> None:
    assert re.fullmatch(made, slug(name))


def test_a_name_that_is_the_slug_of_another() -> None:
    for name in ("a b", "過負荷"):
        assert slug(slug(name)) != slug(name)


@given(st.sets(st.text(max_size=6), max_size=4))
def test_any_names_have_valid_slugs_of_their_own(names: set[str]) -> None:
    slugs = {name: slug(name) for name in names}
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+", one) for one in slugs.values())
    assert len(set(slugs.values())) == len(names)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_can_be_quoted(name: str) -> None:
    assert jinja_literals(quoted(name)) == [name]


@pytest.mark.parametrize("name", ["Büro Lampe", "house/cellar/boiler", 'the "big" one'])
def test_names_of_relays_stand_in_topics_as_they_are(name: str) -> None:
    state, *_ = entities(replace(RELAY, name=name), base="home/z2m").values()
    assert state["state_topic"] == f"home/z2m/{name}/policy"
    assert state["object_id"].endswith("_policy_cable_state")


def test_overrides_and_the_word_to_leave_it_out() -> None:
    words = {"policy_cable_margin": None, "policy_cable_state": {"icon": "mdi:x"}}
    found = entities(replace(RELAY, options={"homeassistant": words}))
    assert [payload.get("icon") for payload in found.values()] == [
        "mdi:x",
        "mdi:shield-refresh",
    ]
    assert not entities(replace(RELAY, options={"homeassistant": None}))


def test_a_rule_is_there_once_and_only_what_is_covered_is() -> None:
    assert len(entities(replace(RELAY, policies=("a", "a", "b")))) == 6
    assert not entities(replace(RELAY, policies=()))


@pytest.mark.parametrize(
    "words", [None, {"policy_cable_state": {"object_id": "guard"}}, {}]
)
def test_removals_are_of_all_that_was_ever_published(words: object) -> None:
    device = replace(RELAY, options={"homeassistant": words}, policies=("cable", "a b"))
    gone = policy_removals(replace(device, interview="FAILED"), **WHERE)
    topics = [message.topic for message in gone]
    assert all(one.retain and not one.payload and one.qos == 1 for one in gone)
    assert len(topics) == len(set(topics))
    plain = replace(device, options={})
    assert set(topics) == entities(plain).keys() | entities(device).keys()
