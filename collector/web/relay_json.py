"""A relay as the API shows it: units in the keys, null for what is not known."""

from datetime import UTC, datetime
from typing import Any, Final

from collector.model.quantity import CHANNELS, Quantity
from collector.model.status import EnergyStatus, RelayStatus
from collector.web.policy_json import rule_json

_VALUES: Final = {
    "power_w": Quantity.POWER,
    "apparent_power_va": Quantity.APPARENT_POWER,
    "power_factor": Quantity.POWER_FACTOR,
    "voltage_v": Quantity.VOLTAGE,
    "current_a": Quantity.CURRENT,
    "temperature_c": Quantity.TEMPERATURE,
    "energy_register_j": Quantity.ENERGY,
}


def relay_json(status: RelayStatus) -> dict[str, Any]:
    """Return what is known of the relay, fit for json.dumps."""
    return {
        "ieee": status.ieee,
        "name": status.name,
        "availability": status.availability.value,
        "last_seen": _time(status.last_seen),
        "joins": status.joins,
        "link_quality": status.lqi,
        "firmware": status.firmware,
        "power_outages": status.outages,
        "meter_asleep": status.meter_asleep,
        "interlock": _flag(status, Quantity.INTERLOCK, None),
        "power_outage_memory": status.outage_memory,
        "channels": {channel: _channel(status, channel) for channel in CHANNELS},
        **{key: status.values.get((q, None)) for key, q in _VALUES.items()},
        "unattributed_power_w": status.unattributed_watts,
        "energy": None if status.energy is None else _energy(status.energy),
        "rejected": [
            {"quantity": quantity.value, "reason": reason.value, "samples": samples}
            for (quantity, reason), samples in status.rejected.items()
        ],
        "rules": {name: rule_json(rule) for name, rule in status.rules.items()},
    }


def _channel(status: RelayStatus, channel: str) -> dict[str, Any]:
    power = status.channel_power.get(channel)
    return {
        "name": status.channel_names.get(channel),
        "on": _flag(status, Quantity.STATE, channel),
        "power_w": None if power is None else power.watts,
        "power_estimated": None if power is None else power.estimated,
        "contact_fault": status.contact_fault.get(channel),
    }


def _energy(energy: EnergyStatus) -> dict[str, Any]:
    return {
        "total_j": energy.total_joules,
        "register_resets": energy.register_resets,
        "gaps": energy.gaps,
        "currency": energy.currency,
        "cost": dict(energy.cost),
    }


def _flag(status: RelayStatus, quantity: Quantity, channel: str | None) -> bool | None:
    value = status.values.get((quantity, channel))
    return None if value is None else bool(value)


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
