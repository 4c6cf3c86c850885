"""Which topic means what."""

import pytest
from hypothesis import given, strategies as st
from paho.mqtt.client import topic_matches_sub

from collector.mqtt.intents import Channel
from collector.mqtt.topics import GetTopic, RequestTopic, SetTopic, Topics

TOPICS = Topics("zigbee2mqtt")
RELAYS = {
    "relay": "0x01",
    "0x00158d000428c993": "0x01",
    "Küche/Spüle links": "0x02",
    "a": "0x03",
    "a/set/b": "0x04",
    "get": "0x05",
    "x/set": "0x06",
    "a/b": "0x07",
}

Expected = SetTopic | GetTopic | RequestTopic | None


def parsed(topic: str) -> Expected:
    return TOPICS.parse(f"zigbee2mqtt/{topic}", RELAYS.get)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("relay/set", SetTopic("relay", "0x01", None, None)),
        ("relay/l1/set", SetTopic("relay", "0x01", "l1", None)),
        ("relay/2/set", SetTopic("relay", "0x01", "l2", None)),
        ("relay/set/state_l1", SetTopic("relay", "0x01", None, "state_l1")),
        ("relay/l2/set/state", SetTopic("relay", "0x01", "l2", "state")),
        ("relay/set/a/b", SetTopic("relay", "0x01", None, "a/b")),
        ("relay/get", GetTopic("relay", "0x01", None, None)),
        ("relay/l1/get", GetTopic("relay", "0x01", "l1", None)),
        ("relay/get/power", GetTopic("relay", "0x01", None, "power")),
        ("0x00158d000428c993/set", SetTopic("0x00158d000428c993", "0x01", None, None)),
        ("Küche/Spüle links/set", SetTopic("Küche/Spüle links", "0x02", None, None)),
        (
            "Küche/Spüle links/l2/get/state",
            GetTopic("Küche/Spüle links", "0x02", "l2", "state"),
        ),
        ("get/get", GetTopic("get", "0x05", None, None)),
        ("get/l1/set", SetTopic("get", "0x05", "l1", None)),
        ("nope/set", SetTopic("nope", None, None, None)),
        ("nope/l1/set", SetTopic("nope", None, "l1", None)),
        ("relay/l3/set", SetTopic("relay/l3", None, None, None)),
        ("Relay/set", SetTopic("Relay", None, None, None)),
        ("bridge2/set", SetTopic("bridge2", None, None, None)),
    ],
)
def test_a_topic_says_whom_it_is_for(topic: str, expected: Expected) -> None:
    assert parsed(topic) == expected


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        # "a", "a/b" and "a/set/b" are relays.
        ("a/set/b", None),  # the state of a/set/b
        ("a/set/c", SetTopic("a", "0x03", None, "c")),
        ("a/set/b/set", SetTopic("a/set/b", "0x04", None, None)),
        ("a/set/b/l1/set", SetTopic("a/set/b", "0x04", "l1", None)),
        ("a/set/b/get/set", GetTopic("a/set/b", "0x04", None, "set")),
        ("a/b/set", SetTopic("a/b", "0x07", None, None)),
        ("a/l1/set", SetTopic("a", "0x03", "l1", None)),
        ("a/set/set", SetTopic("a", "0x03", None, "set")),
        # "x" is none, and "x/set" is one.
        ("x/set/set", SetTopic("x/set", "0x06", None, None)),
        ("x/set/l2/set/state", SetTopic("x/set", "0x06", "l2", "state")),
    ],
)
def test_of_two_names_the_longest_known_one_wins(
    topic: str, expected: Expected
) -> None:
    assert parsed(topic) == expected


@pytest.mark.parametrize(
    "topic",
    [
        "relay",
        "relay/availability",
        "relay/policy",
        "relay/set/response",
        "x/set",  # its state
        "x/set/availability",
        "x/set/policy",
        "x/set/set/response",
        "a/set/b/availability",
        "bridge/state",
        "bridge/event/set",
        "bridge/response/device/options",
        "bridge/request",
        "bridge/request/",
        "set",
        "/set",
        "l1/setting",
        "relay/set/",
        "relay/SET",
        "relay/set" + "/set" * 300,
    ],
)
def test_what_we_publish_and_what_is_nothing_asks_nothing(topic: str) -> None:
    assert parsed(topic) is None


@pytest.mark.parametrize(
    "topic",
    [
        "zigbee2mqtt",
        "homeassistant/status",
        "x/zigbee2mqtt/relay/set",
        "zigbee2mqtt2/a",
    ],
)
def test_other_bases_are_not_ours(topic: str) -> None:
    assert TOPICS.parse(topic, RELAYS.get) is None


def test_a_request_keeps_its_name_and_its_case() -> None:
    assert parsed("bridge/request/permit_join") == RequestTopic("permit_join")
    assert parsed("bridge/request/Device/ota_update/check") == RequestTopic(
        "Device/ota_update/check"
    )


def test_a_base_may_have_levels() -> None:
    topics = Topics("home/zigbee")

    assert topics.parse("home/zigbee/relay/set", RELAYS.get) == SetTopic(
        "relay", "0x01", None, None
    )
    assert all(each.startswith("home/zigbee/") for each in topics.subscriptions())


def matching(topic: str) -> list[str]:
    filters = TOPICS.subscriptions()
    return [each for each in filters if topic_matches_sub(each, topic)]


@pytest.mark.parametrize("name", ["a", "a/b", "living room/sofa/left", "a/b/c/d/e"])
@pytest.mark.parametrize("below", ["set", "get", "l1/set", "l2/get", "set/state_l1"])
def test_what_is_asked_is_heard_once(name: str, below: str) -> None:
    assert len(matching(f"zigbee2mqtt/{name}/{below}")) == 1


@pytest.mark.parametrize(
    "topic", ["a", "a/availability", "a/set/response/x", "bridge/info"]
)
def test_what_we_say_ourselves_is_not_heard(topic: str) -> None:
    assert matching(f"zigbee2mqtt/{topic}") == []


def test_the_topics_that_are_published() -> None:
    assert TOPICS.state("a/b") == "zigbee2mqtt/a/b"
    assert TOPICS.availability("a") == "zigbee2mqtt/a/availability"
    assert TOPICS.policy("a") == "zigbee2mqtt/a/policy"
    assert TOPICS.set_response("a") == "zigbee2mqtt/a/set/response"
    assert TOPICS.bridge("info") == "zigbee2mqtt/bridge/info"
    assert TOPICS.response("X/y") == "zigbee2mqtt/bridge/response/X/y"


LEVEL = st.sampled_from(["a", "b", "x", "relay", "l1", "l2", "set", "get", "ü "])
NAME = st.lists(LEVEL, min_size=1, max_size=4).map("/".join)
RELAY_NAME = NAME.filter(lambda name: name.rpartition("/")[2] not in {"l1", "l2"})


ENDPOINT: st.SearchStrategy[Channel | None] = st.sampled_from([None, "l1", "l2"])


@given(RELAY_NAME, ENDPOINT, st.sampled_from([None, "state"]))
def test_the_only_relay_hears_all_its_topics(
    name: str, endpoint: Channel | None, attribute: str | None
) -> None:
    levels = ["zigbee2mqtt", name, endpoint, "set", attribute]
    topic = "/".join(level for level in levels if level)

    asked = TOPICS.parse(topic, {name: "0x01"}.get)

    assert asked == SetTopic(name, "0x01", endpoint, attribute)


@given(RELAY_NAME, st.sets(RELAY_NAME))
def test_what_is_published_for_a_relay_asks_nothing_of_it(
    name: str, others: set[str]
) -> None:
    known = {each: each for each in others | {name}}

    for topic in (
        TOPICS.state(name),
        TOPICS.availability(name),
        TOPICS.policy(name),
        TOPICS.set_response(name),
    ):
        asked = TOPICS.parse(topic, known.get)
        assert not isinstance(asked, RequestTopic)
        assert asked is None or asked.ieee not in {None, name}


@given(st.text(), st.sets(NAME))
def test_no_topic_is_too_strange(topic: str, names: set[str]) -> None:
    known = dict.fromkeys(names, "0x01")

    TOPICS.parse(topic, known.get)
    TOPICS.parse(f"zigbee2mqtt/{topic}/set", known.get)
