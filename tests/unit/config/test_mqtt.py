"""mqtt: the broker, the defaults of publishing, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from collector.config.load import json_schema
from collector.config.mqtt import HomeAssistant, Mqtt
from tests.unit.config.texts import FOLDER, config_of, problems_of

jsonschema = pytest.importorskip("jsonschema")  # zigpy brings it

AN_ADDRESS = "expected mqtt://HOST:1883, or mqtts://HOST:8883 with TLS"
NO_USER = (
    "no user or password in the address; write them into username and password_file"
)
NO_PATH = "the address alone, without a path, ? and #"
FOR_TLS = "certificates are for mqtts://; server says mqtt://"
RELAY = "relays: [{ieee: '0x00158d0003a00000', name: %s}]\n"


def mqtt_of(keys: str, folder: Path = FOLDER) -> Mqtt:
    mqtt = config_of(f"mqtt: {{{keys}}}", folder).mqtt
    assert mqtt is not None
    return mqtt


def with_more(keys: str, server: str = "mqtt://h") -> str:
    return f"mqtt: {{server: '{server}', {keys}}}"


def test_without_the_section_there_is_no_broker() -> None:
    assert config_of("site: x").mqtt is None


def test_an_address_is_enough() -> None:
    assert mqtt_of("server: 'mqtt://h'").model_dump() == {
        "server": "mqtt://h",
        "base_topic": "zigbee2mqtt",
        **dict.fromkeys(("username", "password_file", "client_id")),
        **dict.fromkeys(("ca", "client_cert", "client_key")),
        "keepalive": 60,
        "version": 4,
        "availability": True,
        "last_seen": "disable",
        "allow_shared_base_topic": False,
        "homeassistant": {
            "enabled": False,
            "discovery_topic": "homeassistant",
            "status_topic": "homeassistant/status",
        },
        "retain": False,
        "qos": 0,
        **dict.fromkeys(("retention", "throttle", "debounce")),
        "debounce_ignore": (),
        "filtered_attributes": (),
        "filtered_cache": (),
        "filtered_optimistic": (),
        "optimistic": True,
        "state_action": False,
    }


@pytest.mark.parametrize(
    ("server", "host", "port", "tls"),
    [
        ("mqtt://h", "h", 1883, False),
        ("mqtt://h/", "h", 1883, False),
        ("mqtts://broker.example", "broker.example", 8883, True),
        ("mqtt://192.0.2.1:1884", "192.0.2.1", 1884, False),
        ("mqtts://[::1]:1", "::1", 1, True),
        ("mqtt://h:65535", "h", 65_535, False),
    ],
)
def test_host_port_and_tls_follow_from_the_address(
    server: str, host: str, port: int, *, tls: bool
) -> None:
    mqtt = mqtt_of(f"server: '{server}'")
    assert (*mqtt.address, mqtt.tls) == (host, port, tls)


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        *(
            (server, AN_ADDRESS)
            for server in (
                "",
                "h",
                "h:1883",
                "tcp://h:1883",
                "ws://h",
                "mqtt://",
                "mqtt://:1883",
                "mqtt://h:0",
                "mqtt://h:65536",
                "mqtt://h:port",
                "mqtt://[::1",
                "mqtt://a b",
            )
        ),
        *(
            (server, NO_USER)
            for server in ("mqtt://me:hunter2@h", "mqtt://me@h", "mqtts://:hunter2@h")
        ),
        *((server, NO_PATH) for server in ("mqtt://h/x", "mqtt://h?x", "mqtt://h#x")),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(server: str, sentence: str) -> None:
    problems = problems_of(f"mqtt: {{server: '{server}'}}")
    assert problems == [f"mqtt.server: {sentence}"]


@given(st.text())
def test_no_text_breaks_the_check_of_an_address(text: str) -> None:
    for server in (text, f"mqtt://{text}"):
        try:
            mqtt = Mqtt(server=server)
        except ValueError:
            continue
        host, port = mqtt.address
        assert host
        assert 0 < port < 65_536


def test_everything_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "secret").touch(mode=0o600)
    for name in ("ca.pem", "me.pem", "me.key"):
        (tmp_path / name).touch()
    mqtt = mqtt_of(
        "server: 'mqtts://h', base_topic: home/zigbee, username: me, "
        "password_file: secret, ca: ca.pem, client_cert: me.pem, client_key: me.key, "
        "client_id: c1, keepalive: 30, version: 5, availability: false, "
        "last_seen: ISO_8601_local, allow_shared_base_topic: true, "
        "homeassistant: {enabled: true, discovery_topic: ha, status_topic: ha/up}, "
        "retain: true, qos: 2, retention: 3600, throttle: 1.5, debounce: 0, "
        "debounce_ignore: [state_l1], filtered_attributes: ['.*_count', x], "
        "filtered_cache: [action], filtered_optimistic: [state_l2], "
        "optimistic: false, state_action: true",
        tmp_path,
    )
    assert mqtt.password_file == tmp_path / "secret"
    assert (mqtt.ca, mqtt.client_cert, mqtt.client_key) == tuple(
        tmp_path / name for name in ("ca.pem", "me.pem", "me.key")
    )
    assert mqtt.homeassistant == HomeAssistant(
        enabled=True, discovery_topic="ha", status_topic="ha/up"
    )
    assert mqtt.filtered_attributes == (".*_count", "x")
    assert (mqtt.version, mqtt.qos, mqtt.retention) == (5, 2, 3600)
    assert (mqtt.throttle, mqtt.debounce) == (1.5, 0)


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        ("''", "expected a topic such as zigbee2mqtt"),
        ('"a\\0b"', "expected a topic such as zigbee2mqtt"),
        ("a/+/b", "this topic cannot contain + or #: MQTT's wildcards"),
        ("'#'", "this topic cannot contain + or #: MQTT's wildcards"),
        ("/a", "this topic cannot begin or end with /"),
        ("a/", "this topic cannot begin or end with /"),
        ("$SYS", "a topic that begins with $ is the broker's own"),
    ],
)
@pytest.mark.parametrize("key", ["base_topic", "discovery_topic", "status_topic"])
def test_what_is_no_topic_is_refused(key: str, topic: str, sentence: str) -> None:
    keys, path = f"{key}: {topic}", f"mqtt.{key}"
    if key != "base_topic":
        keys, path = f"homeassistant: {{{keys}}}", f"mqtt.homeassistant.{key}"
    assert problems_of(with_more(keys)) == [f"{path}: {sentence}"]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("version: 3", "version: Input should be 4 or 5, got 3"),
        ("qos: 3", "qos: Input should be less than or equal to 2, got 3"),
        ("qos: true", "qos: expected a number, got true"),
        ("keepalive: 0", "keepalive: Input should be greater than or equal to 1, got 0"),
        ("throttle: -1", "throttle: Input should be greater than or equal to 0, got -1"),
        ("username: ''", ("username: expected text without control characters; leave it "
         "out if empty")),
        ("password: hunter2", 'password: unknown key; did you mean "password_file"?'),
        ("password_file: nope, username: x", ("password_file: /etc/c/nope does not exist; "
         "create it, then `chmod 600` it")),
        ("ca: nope", "ca: /etc/c/nope is not a file; name a file in PEM format"),
        ("retention: 60", "retention: needs version: 5"),
        ("homeassistant: {discovery_topic: zigbee2mqtt}",
         "homeassistant.discovery_topic: must differ from mqtt.base_topic"),
        *(
            (f"{key}: [ok, '(']", (f'{key}.1: "(" is not a regular expression: missing ), '
             "unterminated subpattern at position 0"))
            for key in ("filtered_attributes", "filtered_cache", "filtered_optimistic")
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_what_to_do(keys: str, problem: str) -> None:
    assert problems_of(with_more(keys)) == [f"mqtt.{problem}"]


def test_only_a_server_is_needed() -> None:
    assert problems_of("mqtt: {}") == ["mqtt.server: this required key is missing"]


@pytest.mark.parametrize(
    ("keys", "problems"),
    [
        ("client_cert: pem", ["client_cert: client_key is needed with it"]),
        ("client_key: pem", ["client_key: client_cert is needed with it"]),
        ("password_file: pem", ["password_file: username is needed with it"]),
    ],
)
def test_what_goes_together_is_asked_for(
    keys: str, problems: list[str], tmp_path: Path
) -> None:
    (tmp_path / "pem").touch(mode=0o600)
    found = problems_of(with_more(keys, "mqtts://h"), tmp_path)
    assert found == [f"mqtt.{each}" for each in problems]


def test_certificates_without_tls_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p").touch()
    found = problems_of(with_more("ca: p, client_cert: p, client_key: p"), tmp_path)
    assert found == [
        f"mqtt.{key}: {FOR_TLS}" for key in ("ca", "client_cert", "client_key")
    ]


@pytest.mark.parametrize("name", ["bridge", "bridge/x"])
def test_a_relay_cannot_be_called_like_the_bridge(name: str) -> None:
    text = RELAY % name
    assert config_of(text).relays[0].name == name
    assert problems_of(text + "mqtt: {server: 'mqtt://h'}") == [
        (
            f'relays.0.name: "{name}" is a topic of the service itself in MQTT; '
            "choose another"
        )
    ]


@pytest.mark.parametrize("name", ["bridges", "my/bridge", "Bridge", "a/bridge/b"])
def test_other_names_are_topics(name: str) -> None:
    config = config_of(RELAY % name + "mqtt: {server: 'mqtt://h'}")
    assert config.relays[0].name == name


@pytest.mark.parametrize(
    ("more", "valid"),
    [
        ({}, True),
        ({"version": 5, "qos": 1, "retention": 60}, True),
        ({"version": 3}, False),
        ({"qos": 3}, False),
        ({"last_seen": "never"}, False),
        ({"homeassistant": {"enabled": True}}, True),
        ({"homeassistant": True}, False),
        ({"password": "x"}, False),
        ({"filtered_cache": "x"}, False),
    ],
)
def test_the_json_schema_knows_the_section(
    more: dict[str, Any], *, valid: bool
) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid({"mqtt": {"server": "mqtt://h", **more}}) is valid
    assert not validator.is_valid({"mqtt": more})
