"""mqtt: the broker, and what every relay's messages are like unless it says otherwise."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from collector.config.calibration import Pattern
from collector.config.section import (
    NoBoolean,
    PemFile,
    SecretFile,
    Section,
    problem,
    problems,
)

PORTS = {"mqtt": 1883, "mqtts": 8883}  # IANA, and mosquitto's and Zigbee2MQTT's
_LONGEST_WAIT = 65_535  # s; keepalive is 16 bits wide, MQTT 3.1.1 section 3.1.2.10
_LONGEST_EXPIRY = 4_294_967_295  # s, 32 bits, MQTT 5 section 3.3.2.3.3


def _server(value: str) -> str:
    try:
        parts = urlsplit(value)
        right = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # no port, or no address of IPv6
        parts, right = urlsplit(""), False
    plain = value.isprintable() and " " not in value
    if parts.scheme not in PORTS or not right or not plain:
        raise problem("expected mqtt://HOST:1883, or mqtts://HOST:8883 with TLS")
    if parts.username is not None or parts.password is not None:
        raise problem(
            "no user or password in the address; write them into username and "
            "password_file"
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise problem("the address alone, without a path, ? and #")
    return value.rstrip("/")


def _topic(value: str) -> str:
    if not value or not value.isprintable():
        raise problem("expected a topic such as zigbee2mqtt")
    if "+" in value or "#" in value:
        raise problem("this topic cannot contain + or #: MQTT's wildcards")
    if value.startswith("/") or value.endswith("/"):
        raise problem("this topic cannot begin or end with /")
    if value.startswith("$"):
        raise problem("a topic that begins with $ is the broker's own")
    return value


def _word(value: str) -> str:
    if not value or not value.isprintable():
        raise problem("expected text without control characters; leave it out if empty")
    return value


Topic = Annotated[str, AfterValidator(_topic)]
Word = Annotated[str, AfterValidator(_word)]
Patterns = tuple[Pattern, ...]
_Pause = Annotated[float, Field(ge=0), NoBoolean]  # s


class HomeAssistant(Section):
    """Home Assistant's discovery."""

    enabled: bool = Field(
        False, description="true: Home Assistant finds the relays by itself"
    )
    discovery_topic: Topic = Field(
        "homeassistant", description="topic below which it looks for them"
    )
    status_topic: Topic = Field(
        "homeassistant/status", description="topic where it says that it has started"
    )


class Mqtt(Section):
    """Zigbee2MQTT's interface, served to a broker."""

    server: Annotated[str, AfterValidator(_server)] = Field(
        description="mqtt://HOST[:1883], or mqtts://HOST[:8883] with TLS"
    )
    base_topic: Topic = Field("zigbee2mqtt", description="topic above all others")
    username: Word | None = Field(None, description="user of the broker")
    password_file: SecretFile | None = Field(
        None, description="file with the user's password; readable by its owner only"
    )
    ca: PemFile | None = Field(
        None, description="certificates to trust, PEM, instead of the system's"
    )
    client_cert: PemFile | None = Field(None, description="our own certificate, PEM")
    client_key: PemFile | None = Field(
        None, description="its private key, PEM, without a password"
    )
    client_id: Word | None = Field(
        None, description="name of this client at the broker; any free one if left out"
    )
    keepalive: Annotated[int, Field(ge=1, le=_LONGEST_WAIT), NoBoolean] = Field(
        60, description="s of silence after which broker and collector ask each other"
    )
    version: Literal[4, 5] = Field(
        4, description="version of the protocol: 4 is MQTT 3.1.1, 5 is MQTT 5"
    )
    availability: bool = Field(
        True, description="publish of each relay whether it is there"
    )
    last_seen: Literal["disable", "ISO_8601", "ISO_8601_local", "epoch"] = Field(
        "disable", description="form of the key last_seen, or disable: no such key"
    )
    allow_shared_base_topic: bool = Field(
        False, description="true: serve a base_topic that another service serves, too"
    )
    homeassistant: HomeAssistant = Field(
        HomeAssistant(), description="Home Assistant's discovery"
    )
    retain: bool = Field(False, description="retain each relay's messages")
    qos: Annotated[int, Field(ge=0, le=2), NoBoolean] = Field(
        0, description="quality of service of each relay's messages, 0-2"
    )
    retention: Annotated[int, Field(ge=0, le=_LONGEST_EXPIRY), NoBoolean] | None = (
        Field(None, description="s that the broker keeps a message; version 5 only")
    )
    throttle: _Pause | None = Field(
        None, description="at most one message of a relay in so many seconds"
    )
    debounce: _Pause | None = Field(
        None, description="publish after so many seconds of quiet"
    )
    debounce_ignore: tuple[str, ...] = Field(
        (), description="keys whose change is published at once"
    )
    filtered_attributes: Patterns = Field(
        (), description="patterns of keys that are not published"
    )
    filtered_cache: Patterns = Field(
        (), description="patterns of keys that are not kept"
    )
    filtered_optimistic: Patterns = Field(
        (), description="patterns of keys that are not published in advance"
    )
    optimistic: bool = Field(
        True, description="publish a state when its command was answered"
    )
    state_action: bool = Field(
        False, description="publish an action with each reported state"
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, IANA's port where none is written."""
        parts = urlsplit(self.server)
        return parts.hostname or "", parts.port or PORTS[parts.scheme]

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self.server).scheme == "mqtts"

    @model_validator(mode="after")
    def _together(self) -> Self:
        found = [*self._certificates(), *self._others()]
        if found:
            raise problems(found)
        return self

    def _certificates(self) -> list[tuple[str, str]]:
        found = []
        if (self.client_cert is None) != (self.client_key is None):
            there, missing = "client_cert", "client_key"
            if self.client_cert is None:
                there, missing = missing, there
            found.append((there, f"{missing} is needed with it"))
        if not self.tls:
            found += [
                (key, "certificates are for mqtts://; server says mqtt://")
                for key in ("ca", "client_cert", "client_key")
                if getattr(self, key) is not None
            ]
        return found

    def _others(self) -> list[tuple[str, str]]:
        found = []
        if self.password_file is not None and self.username is None:
            found.append(("password_file", "username is needed with it"))
        if self.retention is not None and self.version != 5:
            found.append(("retention", "needs version: 5"))
        if self.homeassistant.discovery_topic == self.base_topic:
            sentence = "must differ from mqtt.base_topic"
            found.append(("homeassistant.discovery_topic", sentence))
        return found
