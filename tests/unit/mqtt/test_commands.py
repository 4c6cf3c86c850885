"""What people send to a relay, and what is made of it."""

import json

import pytest
from hypothesis import given, strategies as st

from collector.model.command import Action
from collector.mqtt.commands import plan_get, plan_set
from collector.mqtt.intents import (
    Channel,
    GenericRead,
    Intent,
    Plan,
    ReadInterlock,
    ReadPower,
    ReadState,
    SetInterlock,
    SetMemory,
    ShowMemory,
    Switch,
    TimedOn,
)
from collector.mqtt.message import to_json
from collector.mqtt.topics import GetTopic, SetTopic, Topics

ON_1, OFF_1 = Switch("l1", Action.ON), Switch("l1", Action.OFF)
ON_2, OFF_2 = Switch("l2", Action.ON), Switch("l2", Action.OFF)
TOPICS = Topics("zigbee2mqtt")


def plan(below: str, payload: object) -> Plan:
    """Return what becomes of a payload on a topic of the relay."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    topic = TOPICS.parse(f"zigbee2mqtt/relay/{below}", {"relay": "0x01"}.get)
    assert isinstance(topic, SetTopic | GetTopic)
    plan_of = plan_set if isinstance(topic, SetTopic) else plan_get
    return plan_of("relay", topic.endpoint, topic.attribute, text.encode())


def errors(found: Plan) -> list[str]:
    return [each.message for each in found.problems if each.level == "error"]


def kinds(found: Plan) -> list[str]:
    return [each.key for each in found.problems]


@pytest.mark.parametrize(
    ("topic", "payload", "intents"),
    [
        ("set", {"state_l1": "ON"}, [ON_1]),
        ("set", {"state_l2": "toggle"}, [Switch("l2", Action.TOGGLE)]),
        ("set", {"state_l1": "OFF", "state_l2": "oFf"}, [OFF_1, OFF_2]),
        ("set", {"state_l2": "OFF", "state_l1": "OFF"}, [OFF_2, OFF_1]),
        ("l1/set", "ON", [ON_1]),
        ("2/set", "off", [OFF_2]),
        ("l2/set", {"state": "off"}, [OFF_2]),
        ("l2/set", {"state_l1": "on"}, [ON_1]),
        ("set/state_l1", "OFF", [OFF_1]),
        ("set/state_l2", '"ON"', [ON_2]),
        ("l2/set/state", "ON", [ON_2]),
        ("l1/set", {"state": "ON", "state_l1": "ON"}, [ON_1]),
        ("set", {"interlock": True}, [SetInterlock(True)]),
        ("set", {"interlock": "false"}, [SetInterlock(False)]),
        ("set/interlock", "ON", [SetInterlock(True)]),
        ("set/power_outage_memory", "false", [SetMemory(False)]),
        ("set", {"power_outage_memory": "OFF"}, [SetMemory(False)]),
        ("l1/set", {"power_outage_memory": True}, [SetMemory(True)]),
        ("set", {"state_l1": "ON", "on_time": 60}, [TimedOn("l1", 60, 0)]),
        ("set", {"on_time": 1.26, "state_l2": "ON"}, [TimedOn("l2", 1.3, 0)]),
        ("l2/set", {"state": "ON", "off_wait_time": 2}, [TimedOn("l2", 0, 2)]),
        (
            "set",
            {"state_l1": "on", "on_time_l1": 0, "off_wait_time": 6553},
            [TimedOn("l1", 0, 6553)],
        ),
        (
            "set",
            {"state_l1": "ON", "state_l2": "ON", "on_time_l2": 5},
            [ON_1, TimedOn("l2", 5, 0)],
        ),
        ("set", {"state_l1": "OFF", "on_time": 5}, [OFF_1]),
        (
            "l2/set",
            {"read": {"cluster": 6, "attributes": [0]}},
            [GenericRead(6, (0,), None, 2)],
        ),
        ("set", {}, []),
        ("set", "", []),
        ("l1/set/state", "", []),
        ("get", {"state_l1": ""}, [ReadState("l1")]),
        ("get", {"state_l2": "", "state_l1": ""}, [ReadState("l2"), ReadState("l1")]),
        ("get", {"state": ""}, [ReadState("l1")]),
        ("l2/get", {"state": "", "state_l2": None}, [ReadState("l2")]),
        ("get/state_l2", "", [ReadState("l2")]),
        ("l2/get/state", "", [ReadState("l2")]),
        ("get", {"power": ""}, [ReadPower()]),
        ("get/interlock", "", [ReadInterlock()]),
        ("get/power_outage_memory", "x", [ShowMemory()]),
        ("get", {}, []),
    ],
)
def test_a_message_that_is_right(
    topic: str, payload: object, intents: list[Intent]
) -> None:
    found = plan(topic, payload)

    assert list(found.intents) == intents
    assert found.problems == ()


def test_a_generic_read_with_names_and_a_manufacturer() -> None:
    options = {"manufacturerCode": 4447}
    value = {"cluster": "genBasic", "attributes": ["dateCode", 1], "options": options}

    assert plan("set", {"read": value}) == Plan(
        intents=(GenericRead("genBasic", ("dateCode", 1), 4447, 1),), keys=("read_l1",)
    )


# Topic, payload, what is logged.
WRONG = """
set         | {"state_l1": "FOO"}           | Publish 'set' 'state' to 'relay' failed: 'Error: 'foo' not allowed, choose between: toggle,off,on'
set         | {"state_l1": 1}               | Publish 'set' 'state' to 'relay' failed: 'Error: 'null' not allowed, choose between: toggle,off,on'
set         | {"state_l1": ["ON"]}          | Publish 'set' 'state' to 'relay' failed: 'Error: 'null' not allowed, choose between: toggle,off,on'
set         | open                          | Publish 'set' 'state' to 'relay' failed: 'Error: 'open' not allowed, choose between: toggle,off,on'
set         | {"on_time": 60}               | Publish 'set' 'on_time' to 'relay' failed: 'Error: 'null' not allowed, choose between: toggle,off,on'
set         | {"interlock": 1}              | Publish 'set' 'interlock' to 'relay' failed: 'Error: '1' not allowed, choose between: true,false,ON,OFF'
set         | {"interlock": null}           | Publish 'set' 'interlock' to 'relay' failed: 'Error: 'null' not allowed, choose between: true,false,ON,OFF'
set/power_outage_memory | TOGGLE                        | Publish 'set' 'power_outage_memory' to 'relay' failed: 'Error: 'TOGGLE' not allowed, choose between: true,false,ON,OFF'
set         | {bad                          | Invalid message 'undefined', skipping...
set         | NaN                           | Invalid message 'undefined', skipping...
set         | {"a": Infinity}               | Invalid message 'undefined', skipping...
set         | [1]                           | Invalid message '[1]', skipping: expected a JSON object
set         | "ON"                          | Invalid message '"ON"', skipping: expected a JSON object
set         | {"a":1,"b":{"a":2,"a":3}}     | Invalid message '{"a":1,"b":{"a":2,"a":3}}', skipping: key 'a' is given twice
set         | {"a":1e999}                   | Invalid message '{"a":1e999}', skipping: a number is too large
set         | {"a":"\\ud800"}               | Invalid message '{"a":"\\ud800"}', skipping: not Unicode
set         | {"foo": 1}                    | No converter available for 'foo' on 'relay': (1)
set         | {"state_l3": "ON"}            | No converter available for 'state_l3' on 'relay': ("ON")
set/energy  | 5                             | No converter available for 'energy' on 'relay': (5)
set         | {"brightness": 5}             | No converter available for 'brightness' on 'relay': (5)
set         | {"write": {"b": 1, "a": [2]}} | No converter available for 'write' on 'relay': ({"a":[2],"b":1})
set         | {"interlock_l2": true}        | No converter available for 'interlock' on 'relay': (true)
set         | {"power": 5}                  | No converter available for 'set' 'power' (5)
get         | {"energy": ""}                | No converter available for 'energy' on 'relay': ("")
get         | {"power_l2": ""}              | No converter available for 'power' on 'relay': ("")
get         | {"read": ""}                  | No converter available for 'get' 'read' ()
get         |                               | Invalid message 'undefined', skipping...
get         | {bad                          | Invalid message 'undefined', skipping...
get/voltage |                               | No converter available for 'voltage' on 'relay': ("")
"""


@pytest.mark.parametrize("row", WRONG.strip().splitlines())
def test_a_message_that_is_wrong_does_nothing_and_says_why(row: str) -> None:
    topic, payload, sentence = (each.strip() for each in row.split("|"))

    found = plan(topic, payload)

    assert errors(found) == [sentence]
    assert (found.intents, found.keys) == ((), ())


@pytest.mark.parametrize("value", [-0.1, 6553.5, 1e300, True, "60", None, [1]])
@pytest.mark.parametrize("key", ["on_time", "off_wait_time", "on_time_l1"])
def test_a_wrong_time_does_not_switch_on_for_ever(key: str, value: object) -> None:
    found = plan("set", {"state_l1": "ON", key: value})

    assert found.intents == ()
    assert kinds(found) == ["not_allowed"]
    assert f"The {key.removesuffix('_l1')} value must be" in errors(found)[0]


@pytest.mark.parametrize(
    "value",
    [
        "genBasic",
        {},
        {"cluster": "genBasic"},
        {"cluster": "genBasic", "attributes": []},
        {"cluster": "genBasic", "attributes": "dateCode"},
        {"cluster": True, "attributes": [1]},
        {"cluster": 65536, "attributes": [1]},
        {"cluster": 0, "attributes": [-1]},
        {"cluster": 0, "attributes": [1.0]},
        {"cluster": 0, "attributes": list(range(17))},
        {"cluster": 0, "attributes": ["x" * 65]},
        {"cluster": 0, "attributes": [1], "options": 5},
        {"cluster": 0, "attributes": [1], "options": {"manufacturerCode": "4447"}},
    ],
)
def test_a_generic_read_that_is_wrong(value: object) -> None:
    found = plan("set", {"read": value})

    assert found.intents == ()
    assert kinds(found) == ["not_allowed"]


@pytest.mark.parametrize(
    ("topic", "payload"),
    [("set", {"state": "ON"}), ("set", "ON"), ("set/state", "ON")],
)
def test_a_state_without_a_channel_means_l1_and_is_warned_of(
    topic: str, payload: object
) -> None:
    found = plan(topic, payload)

    assert found.intents == (ON_1,)
    assert found.keys == ("state_l1",)
    assert [(each.level, each.key) for each in found.problems] == [
        ("warning", "bare_state")
    ]


def test_what_is_wrong_about_one_key_does_not_hinder_the_others() -> None:
    found = plan(
        "set", {"foo": 1, "state_l1": "ON", "interlock": "?", "state_l2": "OFF"}
    )

    assert found.intents == (ON_1, OFF_2)
    assert found.keys == ("state_l1", "state_l2")
    assert kinds(found) == ["no_converter", "not_allowed"]


@pytest.mark.parametrize(
    ("payload", "intents"),
    [
        ({"interlock": True, "state": "ON", "state_l2": "ON"}, [ON_1, None, ON_2]),
        ({"state": "OFF", "state_l2": "ON", "interlock": True}, [ON_2, None, OFF_1]),
    ],
)
def test_a_bare_state_comes_first_but_last_where_it_is_off(
    payload: object, intents: list[Intent | None]
) -> None:
    expected = tuple(each or SetInterlock(True) for each in intents)

    assert plan("set", payload).intents == expected


def test_of_two_orders_for_one_channel_the_first_counts_with_a_warning() -> None:
    found = plan("l1/set", {"state_l1": "ON", "state": "OFF"})

    assert found.intents == (ON_1,)
    assert kinds(found) == ["repeated"]


def test_a_toggle_does_not_take_a_time_and_the_sender_hears_of_it() -> None:
    found = plan("set", {"state_l1": "TOGGLE", "on_time": 5})

    assert found.intents == (Switch("l1", Action.TOGGLE),)
    assert kinds(found) == ["time_ignored"]


@pytest.mark.parametrize("transaction", ["t1", 2, {"a": [None]}])
def test_a_transaction_is_kept_and_is_no_key(transaction: object) -> None:
    found = plan("set", {"transaction": transaction, "state_l1": "ON"})

    assert found == Plan((ON_1,), (), transaction, ("state_l1",))


WORDS = ["state", "state_l1", "on_time_l2", "read", "interlock", "transaction", "ON"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner)
    ),
)


@given(
    st.binary() | JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([None, "l1", "l2"]),
    st.none() | st.sampled_from(WORDS) | st.text(min_size=1),
)
def test_no_payload_is_too_strange(
    payload: bytes, endpoint: Channel | None, attribute: str | None
) -> None:
    for plan_of in (plan_set, plan_get):
        found = plan_of("relay", endpoint, attribute, payload)

        assert len(found.keys) == len(found.intents)
        assert all(len(each.message) < 350 for each in found.problems)
        to_json([found.transaction, *(p.message for p in found.problems)]).encode()
