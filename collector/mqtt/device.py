"""A relay, the coordinator and the service, as the MQTT interface shows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from collector.mqtt.definition import (
    DESCRIPTION,
    MANUFACTURER,
    MODEL,
    MODEL_ID,
    POWER_SOURCE,
    VENDOR,
    definition,
    endpoints,
)

_SETTINGS_VERSION: Final = 5  # of configuration.yaml, as 2.14.1 writes it
BRIDGE: Final = "Zigbee2MQTT Bridge"  # the bridge's name in Home Assistant


def z2m_ieee(ieee: str) -> str:
    """Return "00:15:8D:…" as Zigbee2MQTT writes it, 0x00158d… in lower case."""
    return "0x" + ieee.replace(":", "").lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One relay; what is None is not known, or not set."""

    ieee: str  # "00:15:8d:00:04:28:c9:93"
    name: str  # the friendly name, the topic's part after the base
    nwk: int | None = None  # network address, 0 to 0xFFF7
    date_code: str | None = None  # Basic 0x0006
    software_build_id: str | None = None  # Basic 0x4000
    hw_version: int | None = None  # Basic 0x0003
    # zigbee-herdsman's InterviewState: or PENDING, IN_PROGRESS, FAILED.
    interview: str = "SUCCESSFUL"
    disabled: bool = False
    description: str | None = None
    # Zigbee2MQTT's device options as set: retain, qos, homeassistant …
    options: Mapping[str, Any] = field(default_factory=dict)
    policies: tuple[str, ...] = ()  # names of the rules that cover it
    channel_names: Mapping[str, str] = field(default_factory=dict)  # by l1, l2

    @property
    def z2m_ieee(self) -> str:
        """The address as Zigbee2MQTT writes it."""
        return z2m_ieee(self.ieee)

    def entry(self) -> dict[str, Any]:
        """Return what bridge/devices says of it."""
        entry = {
            "definition": definition(),
            "disabled": self.disabled,
            "endpoints": endpoints(),
            "friendly_name": self.name,
            "ieee_address": self.z2m_ieee,
            "interview_completed": self.interview == "SUCCESSFUL",
            "interview_state": self.interview,
            "interviewing": self.interview == "IN_PROGRESS",
            "manufacturer": MANUFACTURER,
            "model_id": MODEL_ID,
            "power_source": POWER_SOURCE,
            "supported": True,
            "type": "Router",
        }
        told = {  # left out, as by Zigbee2MQTT, where it is not known
            "date_code": self.date_code,
            "description": self.description,
            "network_address": self.nwk,
            "software_build_id": self.software_build_id,
        }
        return entry | _known(told)

    def settings(self) -> dict[str, Any]:
        """Return what Zigbee2MQTT's configuration.yaml would say of it."""
        settings: dict[str, Any] = {**self.options, "friendly_name": self.name}
        if self.disabled:
            settings["disabled"] = True
        if self.description is not None:
            settings["description"] = self.description
        return settings

    def block(self, name: str, coordinator: "Coordinator | None") -> dict[str, Any]:
        """Return what Home Assistant's entities say of the device they belong to."""
        told = {
            "hw_version": self.hw_version,
            "sw_version": self.software_build_id,
            "via_device": None if coordinator is None else coordinator.bridge_id,
        }
        return {
            "identifiers": [f"zigbee2mqtt_{self.z2m_ieee}"],
            "manufacturer": VENDOR,
            "model": DESCRIPTION,
            "model_id": MODEL,
            "name": name,
            **_known(told),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """The stick, and the network that it holds."""

    ieee: str
    channel: int  # 11 to 26
    pan_id: int
    extended_pan_id: int | str  # 64 bits; a string is hexadecimal: "dd:dd:…", "0xdd…"
    type: str = "ZStack3x0"  # or ZStack12, ZStack30x
    # SYS_VERSION of the chip: transportrev, product, majorrel, minorrel, maintrel,
    # revision.
    meta: Mapping[str, int] = field(default_factory=dict)
    nwk: int = 0

    @property
    def z2m_ieee(self) -> str:
        """The address as Zigbee2MQTT writes it."""
        return z2m_ieee(self.ieee)

    @property
    def extended_pan(self) -> str:
        """The extended PAN id as bridge/info writes it: 0x and 16 digits.

        Raises ValueError for what is not hexadecimal, or longer than 64 bits.
        """
        value = self.extended_pan_id
        if isinstance(value, str):
            value = int(value.replace(":", ""), 16)
        if not 0 <= value < 1 << 64:
            raise ValueError(f"not an extended PAN id: {value:#x}")
        return f"0x{value:016x}"

    def settings(self) -> dict[str, Any]:
        """Return what Zigbee2MQTT's configuration.yaml would say of the network."""
        return {
            "channel": self.channel,
            "ext_pan_id": list(bytes.fromhex(self.extended_pan[2:])),
            "pan_id": self.pan_id,
        }

    @property
    def bridge_id(self) -> str:
        """The identifier of the bridge in Home Assistant."""
        return f"zigbee2mqtt_bridge_{self.z2m_ieee}"

    def node(self, base: str) -> str:
        """Return the bridge's part of discovery topics.

        It begins with the JavaScript character codes of the base topic.
        """
        units = base.encode("utf-16-le")
        codes = (units[at] | units[at + 1] << 8 for at in range(0, len(units), 2))
        return f"{''.join(map(str, codes))}_{self.z2m_ieee}"

    def block(self, version: str) -> dict[str, Any]:
        """Return what Home Assistant's entities of the bridge say of it.

        `version`: the service's. The rest is Zigbee2MQTT's, of which ids are made.
        """
        return {
            "hw_version": f"{self.type} {self.meta.get('revision', 'unknown')}",
            "identifiers": [self.bridge_id],
            "manufacturer": "Zigbee2MQTT",
            "model": "Bridge",
            "name": BRIDGE,
            "sw_version": version,
        }

    def entry(self) -> dict[str, Any]:
        """Return what bridge/devices says of it."""
        endpoint: dict[str, Any] = {
            "bindings": [],
            "clusters": {"input": [], "output": []},
            "configured_reportings": [],
            "scenes": [],
        }
        return {
            "definition": None,
            "disabled": False,
            "endpoints": {"1": endpoint},
            "friendly_name": "Coordinator",
            "ieee_address": self.z2m_ieee,
            "interview_completed": True,
            "interview_state": "SUCCESSFUL",
            "interviewing": False,
            "network_address": self.nwk,
            "supported": True,
            "type": "Coordinator",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What bridge/info tells of the service itself."""

    base: str  # base topic
    version: str
    collector_id: str  # by which the service knows its own messages
    server: str  # mqtt://HOST:PORT; a user and a password in it are left out
    protocol: int = 4  # MQTT 3.1.1; or 5
    discovery_topic: str | None = "homeassistant"  # None: no discovery
    status_topic: str = "homeassistant/status"  # where Home Assistant is born
    availability_seconds: float | None = 720.0  # None: none is published
    last_seen: str = "disable"  # or ISO_8601, ISO_8601_local, epoch
    log_level: str = "info"
    permit_join_end: int | None = None  # ms, Unix time; None: nobody may join
    restart_required: bool = False
    os: Mapping[str, Any] = field(default_factory=dict)  # version, cpus, memory_mb

    @property
    def address(self) -> str:
        """The server without user and password, and without what follows a ?."""
        parts = urlsplit(self.server)
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query="", fragment="").geturl()

    def config(
        self, coordinator: Coordinator | None, devices: Iterable[Device]
    ) -> dict[str, Any]:
        """Return what front ends look for in Zigbee2MQTT's settings; no secret."""
        limit = self.availability_seconds
        return {
            "advanced": {
                "cache_state": True,
                "elapsed": False,
                "last_seen": self.last_seen,
                "log_level": self.log_level,
                "output": "json",
                **(coordinator.settings() if coordinator is not None else {}),
            },
            "availability": {
                "enabled": limit is not None,
                # Zigbee2MQTT counts it in minutes.
                **({} if limit is None else {"active": {"timeout": limit / 60}}),
            },
            "blocklist": [],
            "device_options": {},
            "devices": {device.z2m_ieee: device.settings() for device in devices},
            "frontend": {"enabled": False},
            "groups": {},
            "homeassistant": {
                "enabled": self.discovery_topic is not None,
                "discovery_topic": self.discovery_topic or "homeassistant",
                "experimental_event_entities": False,
                "legacy_action_sensor": False,
                "status_topic": self.status_topic,
            },
            "mqtt": {
                "base_topic": self.base,
                "include_device_information": False,
                "server": self.address,
                "version": self.protocol,
            },
            "passlist": [],
            "version": _SETTINGS_VERSION,
        }


def _known(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value is not None}
