"""The whole file: every key that collector.yaml may have."""

import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from collector.config.influx import Influx
from collector.config.limits import Limits, Root
from collector.config.mqtt import Mqtt
from collector.config.parts import Parts
from collector.config.policies import Policy
from collector.config.policy_rules import clashes
from collector.config.radio import Radio
from collector.config.relay import Name, Relay, normal_ieee
from collector.config.section import (
    FilePath,
    FutureSecretFile,
    NoBoolean,
    Seconds,
    SecretFile,
    Section,
    problem,
    problems,
)
from collector.config.tariff import Tariff
from collector.config.zone import known_zone, system_zone

_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]/@]*)):(\d{1,5})")


def _listen(value: str) -> str:
    host_and_port(value)
    return value.strip()


def host_and_port(listen: str) -> tuple[str, int]:
    """Return host and port of "127.0.0.1:10177", "[::1]:10177" or ":10177" (all)."""
    match = _LISTEN.fullmatch(listen.strip())
    if match is None or int(match[3]) > 65_535:
        raise problem(
            'expected host:port such as "127.0.0.1:10177"; ":10177" is every interface'
        )
    return match[1] or match[2] or "", int(match[3])


def _auto(value: Any) -> Any:
    return None if value == "auto" else value


def _zone(value: str) -> str:
    if known_zone(value) is None:
        raise problem(
            "not a known time zone; expected a name such as Europe/Berlin or UTC"
        )
    return value


class Log(Section):
    """What is logged, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least important lines that are shown"
    )
    format: Literal["text", "json"] = Field(
        "text", description="text for people, json for programs (one object a line)"
    )


class Polling(Section):
    """How often the relays are asked; a report makes a read unnecessary."""

    power_seconds: Seconds = Field(
        30.0, description="s without a new power before it is read"
    )
    state_seconds: Seconds = Field(
        300.0, description="s without a new state before it is read"
    )
    reads_per_second: Annotated[float, Field(gt=0, le=100), NoBoolean] = Field(
        4.0, description="reads per second over all relays; 1 on old coordinators"
    )
    in_flight: Annotated[int, Field(ge=1, le=16), NoBoolean] = Field(
        3, description="reads that wait for an answer at once; 1 on old coordinators"
    )


class Staleness(Section):
    """After which age a value is no longer shown."""

    power_seconds: Annotated[
        Seconds | None,
        BeforeValidator(_auto),
        WithJsonSchema(
            {"anyOf": [{"const": "auto"}, {"type": "number", "exclusiveMinimum": 0}]}
        ),
    ] = Field(
        None,
        description="s for the power, or auto: the longer of 120 s and four "
        "effective polling intervals",
    )
    report_seconds: Seconds = Field(
        720.0, description="s for what only the relay's own report 0xFF01 carries"
    )
    state_seconds: Seconds = Field(600.0, description="s for the contacts' state")


class Availability(Section):
    """When a relay counts as gone."""

    timeout_seconds: Seconds = Field(
        720.0, description="s without a frame until a relay is gone"
    )


class Web(Section):
    """The one HTTP listener: metrics and health."""

    listen: Annotated[str, AfterValidator(_listen)] = Field(
        "127.0.0.1:10177",
        description='host:port; ":10177" is every interface, port 0 any free one',
    )
    config_file: SecretFile | None = Field(
        None,
        description="TLS and passwords in the format of Prometheus exporters; "
        "readable by its owner only",
    )
    api_tokens_file: FutureSecretFile | None = Field(
        None,
        description="hashed tokens of the HTTP API, made by `collector token`; "
        "readable by its owner only",
    )

    @property
    def address(self) -> tuple[str, int]:
        """Host ("" = every interface) and port (0 = any free one)."""
        return host_and_port(self.listen)


class Config(Section):
    """One checked collector.yaml."""

    timezone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None,
        description="IANA name, for tariff and days; the system's if left out",
    )
    site: Name = Field("home", description="name of the place where the relays are")
    data_dir: FilePath = Field(
        "data",
        validate_default=True,
        description="folder of databases, backups and lock, created with mode 0700; "
        "relative to this file",
    )
    log: Log = Field(Log(), description="log lines on standard error")
    radio: Radio = Field(Radio(), description="the Zigbee coordinator")
    relays: tuple[Relay, ...] = Field(
        (), description="what is known of relays; others are collected by address"
    )
    polling: Polling = Field(Polling(), description="reads of power and state")
    staleness: Staleness = Field(
        Staleness(), description="ages after which values are left out"
    )
    availability: Availability = Field(
        Availability(), description="when a relay is gone"
    )
    web: Web = Field(Web(), description="HTTP listener")
    influxdb: Influx | None = Field(
        None, description="where points are written; no export without it"
    )
    mqtt: Mqtt | None = Field(
        None, description="the broker for Zigbee2MQTT's interface; none without it"
    )
    tariff: Tariff | None = Field(None, description="prices; no cost without them")
    mode: Literal["enforce", "monitor"] = Field(
        "enforce", description="monitor: the service never switches anything"
    )
    nominal_voltage_v: Annotated[float, Field(ge=80, le=280), NoBoolean] = Field(
        230.0, description="V, used where no voltage was measured"
    )
    policies: tuple[Policy, ...] = Field(
        (), description="rules that switch channels off, and when they may come back"
    )
    limits: Limits = Field(Limits(), description="what spares contacts")
    root: Root = Field(Root(), description="each relay's own rating, a built-in rule")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of tariff, days and schedules."""
        named = known_zone(self.timezone) if self.timezone is not None else None
        return named or system_zone()

    @property
    def parts(self) -> Parts:
        """What policies and relays may say of each other."""
        return Parts(
            policies=dict(enumerate(self.policies)),
            relays=dict(enumerate(self.relays)),
            root=self.root,
            nominal_volts=self.nominal_voltage_v,
        )

    @model_validator(mode="after")
    def _no_relay_twice(self) -> Self:
        found = [*_same_address(self.relays), *_same_name(self.relays)]
        if found:
            raise problems(found)
        return self

    @model_validator(mode="after")
    def _names_are_topics(self) -> Self:
        found = _like_the_bridge(self.relays) if self.mqtt is not None else []
        if found:
            raise problems(found)
        return self

    @model_validator(mode="after")
    def _no_clash(self, info: ValidationInfo) -> Self:
        if info.context is not None and info.context.get("sections apart"):
            return self  # the loader looks at it itself, whatever else is wrong
        found = clashes(self.parts)
        if found:
            raise problems(found)
        return self


def _same_address(relays: tuple[Relay, ...]) -> list[tuple[str, str]]:
    first: dict[str, int] = {}
    found = []
    for index, relay in enumerate(relays):
        earlier = first.setdefault(relay.ieee, index)
        if earlier != index:
            sentence = (
                f"{relay.ieee} is also the address of relays.{earlier}; "
                "list each relay once"
            )
            found.append((f"relays.{index}.ieee", sentence))
    return found


def _same_name(relays: tuple[Relay, ...]) -> list[tuple[str, str]]:
    first: dict[str, int] = {}
    found = []
    for index, relay in enumerate(relays):
        if relay.name is None:
            continue
        address = normal_ieee(relay.name)
        earlier = first.setdefault(relay.name, index)
        if address not in (None, relay.ieee):
            sentence = f'"{relay.name}" is an address of another relay; choose a word'
            found.append((f"relays.{index}.name", sentence))
        elif earlier != index:
            sentence = (
                f'"{relay.name}" is also the name of relays.{earlier}; choose another'
            )
            found.append((f"relays.{index}.name", sentence))
    return found


def _like_the_bridge(relays: tuple[Relay, ...]) -> list[tuple[str, str]]:
    return [
        (
            f"relays.{index}.name",
            f'"{relay.name}" is a topic of the service itself in MQTT; choose another',
        )
        for index, relay in enumerate(relays)
        if relay.name is not None and f"{relay.name}/".startswith("bridge/")
    ]
