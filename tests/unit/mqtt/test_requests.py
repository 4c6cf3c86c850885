"""Requests to the bridge, and what Zigbee2MQTT was seen to answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from collector.mqtt.commands import plan_get, plan_set
from collector.mqtt.message import to_json
from collector.mqtt.requests import (
    KNOWN_UNSUPPORTED,
    SUPPORTED,
    BridgeOptions,
    Configure,
    DeviceOptions,
    Interview,
    MapNetwork,
    OtaUpdate,
    PermitJoin,
    Plain,
    Remove,
    Rename,
    Request,
    ResetPolicy,
    Wish,
    parse_request,
    response,
    understand,
)
from collector.mqtt.topics import GetTopic, RequestTopic, SetTopic, Topics

TRANSCRIPT = Path(__file__).parents[2] / "zigbee2mqtt" / "transcript.jsonl"
RECORDED = [json.loads(line) for line in TRANSCRIPT.read_text().splitlines()]
# Where it was decided otherwise, or where only the radio can say that it fails.
DECIDED = {"get interlock", "get power_outage_memory", "read generic"}
TOPICS = Topics("zigbee2mqtt")


def understood(name: str, payload: object) -> Wish | str:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    request = parse_request(name, text.encode())
    return understand(request) if isinstance(request, Request) else request.message


def asked(step: dict[str, Any]) -> SetTopic | GetTopic | RequestTopic | None:
    """Return what was sent in a step of the transcript, if anything."""
    (sent,) = step["in"] or [{}]
    topic = sent.get("mqtt", {}).get("topic", "")
    return TOPICS.parse(topic, {"relay": "0x01"}.get)


TO_RELAY = [step for step in RECORDED if getattr(asked(step), "ieee", None) is not None]
TO_BRIDGE = [step for step in RECORDED if isinstance(asked(step), RequestTopic)]


def test_the_transcript_has_much_of_both() -> None:
    assert len(TO_RELAY) == 26
    assert len(TO_BRIDGE) == 9


@pytest.mark.parametrize("step", TO_RELAY, ids=lambda step: str(step["step"]))
def test_what_zigbee2mqtt_logged_we_log(step: dict[str, Any]) -> None:
    topic = asked(step)
    assert isinstance(topic, SetTopic | GetTopic)
    payload = step["in"][0]["mqtt"]["payload"].encode()
    plan_of = plan_set if isinstance(topic, SetTopic) else plan_get

    plan = plan_of("relay", topic.endpoint, topic.attribute, payload)

    logged = [each["message"].removeprefix("z2m: ") for each in step["log"]]
    errors = [each.message for each in plan.problems if each.level == "error"]
    assert errors == ([] if step["step"] in DECIDED else logged)
    assert bool(plan.intents) == (not errors)


@pytest.mark.parametrize("step", TO_BRIDGE, ids=lambda step: str(step["step"]))
def test_what_zigbee2mqtt_answered_we_answer(step: dict[str, Any]) -> None:
    topic = asked(step)
    assert isinstance(topic, RequestTopic)
    payload = step["in"][0]["mqtt"]["payload"].encode()
    *_, published = step["mqtt_out"]
    answer = json.loads(published["payload"])

    request = parse_request(topic.request, payload)
    if isinstance(request, Request):
        assert not isinstance(understand(request), str)
        result = answer.get("error", answer["data"])
        written = response(result, request.transaction)
    else:
        written = response(request.message)

    assert TOPICS.response(topic.request) == published["topic"]
    assert to_json(written) == published["payload"]


@pytest.mark.parametrize(
    ("name", "payload", "wish"),
    [
        ("permit_join", {"time": 60}, PermitJoin(60)),
        ("permit_join", {"time": "254", "device": "a/b"}, PermitJoin(254, "a/b")),
        ("permit_join", {"time": 0.0, "device": None}, PermitJoin(0)),
        ("permit_join", {"time": 5, "device": ""}, PermitJoin(5)),
        ("permit_join", "60", PermitJoin(60)),
        ("permit_join", "true", PermitJoin(254)),
        ("permit_join", "false", PermitJoin(0)),
        ("Device/Options", {"id": "a", "options": {}}, DeviceOptions("a", {})),
        ("device/rename", {"from": "a", "to": "b"}, Rename("a", "b")),
        (
            "device/rename",
            {"last": True, "to": "b", "homeassistant_rename": True},
            Rename(None, "b", homeassistant=True),
        ),
        ("device/rename", {"from": "a", "to": "b", "last": False}, Rename("a", "b")),
        ("device/remove", "relay", Remove("relay")),
        ("device/remove", " Küche/1 \n", Remove("Küche/1")),
        ("device/remove", '"relay"', Remove("relay")),
        ("device/remove", "12", Remove("12")),
        ("device/remove", {"id": "a", "force": True}, Remove("a", force=True)),
        ("device/remove", {"id": "a", "block": True}, Remove("a", block=True)),
        ("device/interview", {"id": "a"}, Interview("a")),
        ("device/configure", {"id": "a"}, Configure("a")),
        ("device/configure", "a", Configure("a")),
        ("device/ota_update/check", {"id": "a"}, OtaUpdate("a", "check")),
        ("device/ota_update/update", "a", OtaUpdate("a", "update")),
        (
            "device/ota_update/schedule/downgrade",
            {"id": "a", "url": None},
            OtaUpdate("a", "schedule", downgrade=True),
        ),
        ("device/ota_update/unschedule", "a", OtaUpdate("a", "unschedule")),
        ("device/ota_update/update/abort", {"id": "a"}, OtaUpdate("a", "abort")),
        ("networkmap", "raw", MapNetwork()),
        ("networkmap", {"type": "raw", "routes": True}, MapNetwork(routes=True)),
        ("options", {"options": {"a": {}}}, BridgeOptions({"a": {}})),
        ("policy/reset", {"name": "heater"}, ResetPolicy("heater")),
        ("health_check", "", Plain("health_check")),
        ("restart", "now", Plain("restart")),
        ("backup", {"x": 1}, Plain("backup")),
        ("coordinator_check", "null", Plain("coordinator_check")),
    ],
)
def test_a_request_that_is_right(name: str, payload: object, wish: Wish) -> None:
    assert understood(name, payload) == wish


JOIN = "'time' must be 0 to 254 seconds"
INVALID = "Invalid payload"


@pytest.mark.parametrize(
    ("name", "payload", "sentence"),
    [
        ("permit_join", {"time": 255}, JOIN),
        ("permit_join", {"time": -1}, JOIN),
        ("permit_join", {"time": 1.5}, JOIN),
        ("permit_join", {"time": 1e300}, JOIN),
        ("permit_join", {"time": True}, JOIN),
        ("permit_join", {"time": "1e2"}, JOIN),
        ("permit_join", {"time": "²"}, JOIN),
        ("permit_join", "", JOIN),
        ("permit_join", "for ever", JOIN),
        ("permit_join", [60], JOIN),
        ("permit_join", {}, INVALID),
        ("permit_join", {"time": 60, "device": 5}, INVALID),
        (
            "permit_join",
            {"value": True, "time": 60},
            "'value' is not supported, use 'time': 0 to 254 seconds",
        ),
        ("device/options", {"id": "a"}, INVALID),
        ("device/options", {"id": "a", "options": []}, INVALID),
        ("device/options", "a", INVALID),
        ("device/options", '{"id":"a","id":"b","options":{}}', INVALID),
        ("device/rename", {"from": "a"}, INVALID),
        ("device/rename", {"to": "b"}, INVALID),
        ("device/rename", {"from": 1, "to": "b"}, INVALID),
        ("device/rename", {"from": "a", "to": ""}, INVALID),
        (
            "device/rename",
            {"from": "a", "to": "b", "homeassistant_rename": "false"},
            "'homeassistant_rename' must be true or false",
        ),
        ("device/remove", "", INVALID),
        ("device/remove", "{bad", INVALID),
        ("device/remove", ["a"], INVALID),
        ("device/remove", {"id": "a", "force": 1}, "'force' must be true or false"),
        ("device/interview", "a", INVALID),
        ("device/configure", {}, INVALID),
        (
            "device/ota_update/update",
            {"id": "a", "url": "http://x"},
            "'url' is not supported by this collector",
        ),
        (
            "device/ota_update/schedule",
            {"id": "a", "hex": {"data": "00"}},
            "'hex' is not supported by this collector",
        ),
        ("networkmap", "graphviz", "Type 'graphviz' not supported, allowed are: raw"),
        ("networkmap", {}, "Type 'undefined' not supported, allowed are: raw"),
        ("options", {"options": 1}, INVALID),
        ("policy/reset", "heater", INVALID),
        ("health_check", "{bad", INVALID),
        ("action", {}, "Request 'action' is not supported by this collector"),
        (
            "Touchlink/Scan",
            "",
            "Request 'touchlink/scan' is not supported by this collector",
        ),
        (
            "device/bind",
            {"from": "a"},
            "Request 'device/bind' is not supported by this collector",
        ),
        ("nope", "", "Request 'nope' does not exist"),
        ("x\n" * 100, "", "Request '" + r"x\n" * 33 + "…' does not exist"),
    ],
)
def test_a_request_that_is_wrong(name: str, payload: object, sentence: str) -> None:
    assert understood(name, payload) == sentence


def test_a_wrong_request_keeps_its_transaction() -> None:
    request = parse_request("permit_join", b'{"time": 999, "transaction": 7}')

    assert request == Request("permit_join", {"time": 999}, 7)
    assert response(JOIN, 7) == {
        "data": {},
        "status": "error",
        "error": JOIN,
        "transaction": 7,
    }


def test_no_request_is_both_supported_and_not() -> None:
    assert not SUPPORTED & KNOWN_UNSUPPORTED
    assert "group/members/remove_all" in KNOWN_UNSUPPORTED
    assert "device/reporting/read" in KNOWN_UNSUPPORTED


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b'{"a":"' + b"x" * 1_000_000 + b'"}', "longer than 4096 bytes"),
        (b"[" * 4_000, "nested too deeply"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "nested too deeply"),
        (to_json({f"k{n}": n for n in range(65)}).encode(), "more than 64 keys"),
    ],
)
def test_a_monster_is_one_short_sentence(payload: bytes, reason: str) -> None:
    for plan_of in (plan_set, plan_get):
        plan = plan_of("relay", None, None, payload)
        (problem,) = plan.problems
        assert problem.message.endswith(f"skipping: {reason}")
        assert len(problem.message) < 200
        assert plan.intents == ()


NAMES = sorted(SUPPORTED | KNOWN_UNSUPPORTED)
KEYS = ["id", "time", "device", "from", "to", "options", "type", "transaction", "last"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner)
    ),
)


@given(
    st.sampled_from(NAMES) | st.text(),
    st.binary() | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_no_request_is_too_strange(name: str, payload: bytes) -> None:
    request = parse_request(name, payload)

    if isinstance(request, Request):
        found = understand(request)
        result = found if isinstance(found, str) else request.data
        to_json(response(result, request.transaction)).encode()
    else:
        assert request.message == INVALID
