"""What Zigbee2MQTT's bridge/devices says that this relay is and can do.

Texts, units and access bits are those that Zigbee2MQTT 2.14.1 was recorded to publish.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MODEL: Final = "LLKZMK11LM"
VENDOR: Final = "Aqara"
DESCRIPTION: Final = "Dual relay module"
MANUFACTURER: Final = "LUMI"  # Basic 0x0004
MODEL_ID: Final = "lumi.relay.c2acn01"  # Basic 0x0005
POWER_SOURCE: Final = "Mains (single phase)"  # Basic 0x0007
CHANNELS: Final = ("l1", "l2")  # the names of endpoints 1 and 2

# zigbee-herdsman-converters' access bits: 1 published, 2 can be set, 4 can be asked for.
_PUBLISHED: Final = 1
_SET: Final = 2
_PUBLISHED_SET: Final = 3
_PUBLISHED_ASKED: Final = 5
_ALL: Final = 7

# name, and whether a percentage of the reading (else an offset) calibrates it.
_CALIBRATED: Final = (
    ("power", True),
    ("energy", True),
    ("device_temperature", False),
    ("voltage", True),
    ("current", True),
)
# Zigbee2MQTT lists no option of it here, though it obeys one.
_NO_PRECISION: Final = frozenset({"device_temperature"})

_CLUSTERS: Final = {  # of the simple descriptors, in zigbee-herdsman's names
    "l1": (
        (
            *("genBasic", "genIdentify", "genGroups", "genScenes", "genPowerCfg"),
            *("genDeviceTempCfg", "genTime", "genOnOff", "genBinaryOutput"),
            *("haElectricalMeasurement", "genAnalogInput"),
        ),
        ("genOta", "genTime"),
    ),
    "l2": (("genOnOff", "genBinaryOutput", "genGroups", "genScenes"), ()),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One of Home Assistant's entities, before it is told whose it is.

    Its state topic is the relay's unless it names another, or None for none; with
    `command_topic_prefix` or `…_postfix` it has a command topic of the relay.
    """

    component: str
    object_id: str
    payload: Mapping[str, Any]


def definition() -> dict[str, Any]:
    """Return the definition, a new one that the caller may change."""
    return {
        "description": DESCRIPTION,
        "exposes": exposes(),
        "model": MODEL,
        "options": options(),
        "source": "native",
        "supports_ota": True,
        "vendor": VENDOR,
        "version": "0.0.0",
    }


def endpoints() -> dict[str, Any]:
    """Return the endpoints of bridge/devices, by number."""
    return {
        str(number): {
            "bindings": [],
            "clusters": {"input": list(taken), "output": list(given)},
            "configured_reportings": [],
            "name": name,
            "scenes": [],
        }
        for number, (name, (taken, given)) in enumerate(_CLUSTERS.items(), start=1)
    }


def exposes() -> list[dict[str, Any]]:
    """Return what the state of the relay may hold, in Zigbee2MQTT's order."""
    return [
        *_measured(),
        *(_switch(channel) for channel in CHANNELS),
        _numeric(
            "power_outage_count",
            _PUBLISHED,
            "Number of power outages",
            {"category": "diagnostic"},
        ),
        {
            **_binary(
                "power_outage_memory",
                _ALL,
                "Enable/disable the power outage memory, this recovers the on/off mode "
                "after power failure",
            ),
            "category": "config",
        },
        _binary(
            "interlock",
            _PUBLISHED_SET,
            "Enabling prevents both relais being on at the same time",
        ),
        _numeric(
            "linkquality",
            _PUBLISHED,
            "Link quality (signal strength)",
            {
                "unit": "lqi",
                "category": "diagnostic",
                "value_min": 0,
                "value_max": 255,
            },
        ),
    ]


def options() -> list[dict[str, Any]]:
    """Return the options that only this kind of device has, in Zigbee2MQTT's order."""
    found = []
    for name, percentual in _CALIBRATED:
        kind = "percentual" if percentual else "absolute"
        found.append(
            _numeric(
                f"{name}_calibration",
                _SET,
                f"Calibrates the {name} value ({kind} offset), takes into effect on "
                "next report of device.",
                {"value_step": 0.1},
            )
        )
        if name not in _NO_PRECISION:
            found.append(
                _numeric(
                    f"{name}_precision",
                    _SET,
                    f"Number of digits after decimal point for {name}, takes into "
                    "effect on next report of device. This option can only decrease "
                    "the precision, not increase it.",
                    {"value_min": 0, "value_max": 3},
                )
            )
    found.append(
        _binary(
            "state_action",
            _SET,
            "State actions will also be published as 'action' when true (default "
            "false).",
        )
    )
    return found


def entities() -> list[Entry]:
    """Return Home Assistant's entities of a relay, without those that need its address.

    In Zigbee2MQTT's order.
    """
    return [
        _sensor("power", device_class="power", unit_of_measurement="W"),
        _sensor(
            "energy",
            device_class="energy",
            unit_of_measurement="kWh",
            state_class="total_increasing",
        ),
        _sensor(
            "device_temperature",
            device_class="temperature",
            unit_of_measurement="°C",
            entity_category="diagnostic",
        ),
        _sensor("voltage", device_class="voltage", unit_of_measurement="V"),
        _sensor("current", device_class="current", unit_of_measurement="A"),
        *(_channel(channel) for channel in CHANNELS),
        _diagnostic("power_outage_count", icon="mdi:counter"),
        _setting("power_outage_memory", entity_category="config", icon="mdi:memory"),
        _setting("interlock"),
        _diagnostic("linkquality", icon="mdi:signal", unit_of_measurement="lqi"),
    ]


def titled(name: str) -> str:
    """Return a name such as power_outage_count as people read it."""
    return name.capitalize().replace("_", " ")


def _sensor(key: str, **more: Any) -> Entry:
    payload = {
        "enabled_by_default": True,
        "state_class": "measurement",
        "value_template": f'{{{{ value_json["{key}"] }}}}',
    }
    return Entry("sensor", key, {**payload, **more})


def _diagnostic(key: str, **more: Any) -> Entry:
    """Return a sensor that a person must enable first."""
    category = {"entity_category": "diagnostic", "enabled_by_default": False}
    return _sensor(key, name=titled(key), **category, **more)


def _channel(channel: str) -> Entry:
    payload = {
        "command_topic_prefix": channel,
        "name": channel.upper(),
        "payload_off": "OFF",
        "payload_on": "ON",
        "value_template": f'{{{{ value_json["state_{channel}"] }}}}',
    }
    return Entry("switch", f"switch_{channel}", payload)


def _setting(key: str, **more: Any) -> Entry:
    test = f'{{% if value_json["{key}"] %}}'
    payload = {
        "command_topic_postfix": key,
        "name": titled(key),
        "payload_off": "false",
        "payload_on": "true",
        "value_template": test + "true{% else %}false{% endif %}",
    }
    return Entry("switch", f"switch_{key}", {**payload, **more})


def _measured() -> list[dict[str, Any]]:
    return [
        _numeric(
            "power", _PUBLISHED_ASKED, "Instantaneous measured power", {"unit": "W"}
        ),
        _numeric("energy", _PUBLISHED, "Sum of consumed energy", {"unit": "kWh"}),
        _numeric(
            "device_temperature",
            _PUBLISHED,
            "Temperature of the device",
            {"unit": "°C", "category": "diagnostic"},
        ),
        _numeric(
            "voltage", _PUBLISHED, "Measured electrical potential value", {"unit": "V"}
        ),
        _numeric(
            "current",
            _PUBLISHED,
            "Instantaneous measured electrical current",
            {"unit": "A"},
        ),
    ]


def _feature(kind: str, name: str, access: int, description: str) -> dict[str, Any]:
    return {
        "access": access,
        "description": description,
        "label": titled(name),
        "name": name,
        "property": name,
        "type": kind,
    }


def _numeric(
    name: str, access: int, description: str, more: dict[str, Any]
) -> dict[str, Any]:
    return {**_feature("numeric", name, access, description), **more}


def _binary(name: str, access: int, description: str) -> dict[str, Any]:
    feature = _feature("binary", name, access, description)
    return {**feature, "value_off": False, "value_on": True}


def _switch(channel: str) -> dict[str, Any]:
    state = {
        **_feature("binary", "state", _ALL, "On/off state of the switch"),
        "endpoint": channel,
        "property": f"state_{channel}",
        "value_off": "OFF",
        "value_on": "ON",
        "value_toggle": "TOGGLE",
    }
    return {"endpoint": channel, "features": [state], "type": "switch"}
