"""The families of what a relay measures, and of what is known of it."""

from collections.abc import Callable

from collector.model.quantity import CHANNELS, Quantity
from collector.model.status import Availability, EnergyStatus, RelayStatus
from collector.sinks.family import NOTHING, Family, Series, one

# Words of the label `quantity` of _measurement_timestamp_seconds.
_TIMED = {
    quantity: (quantity.value,)
    for quantity in (
        Quantity.POWER,
        Quantity.APPARENT_POWER,
        Quantity.POWER_FACTOR,
        Quantity.VOLTAGE,
        Quantity.CURRENT,
        Quantity.TEMPERATURE,
        Quantity.ENERGY,
        Quantity.STATE,
    )
}
_SWITCHES = {(Quantity.STATE, channel): (channel,) for channel in CHANNELS}
_MODEL = "LLKZMK11LM"  # the trade name; Basic 0x0005 says lumi.relay.c2acn01
_MANUFACTURER = "Aqara"  # Basic 0x0004 says LUMI


def _value(quantity: Quantity) -> Callable[[RelayStatus], Series]:
    key = (quantity, None)

    def series(status: RelayStatus) -> Series:
        value = status.values.get(key)
        return NOTHING if value is None else (((), value),)

    return series


def _switches(status: RelayStatus) -> Series:
    values = status.values
    return [(labels, values[key]) for key, labels in _SWITCHES.items() if key in values]


def _measured_at(status: RelayStatus) -> Series:
    """The newest of both channels, where a quantity has channels."""
    newest: dict[tuple[str, ...], float] = {}
    for (quantity, channel), at in status.measured_at.items():
        labels = _TIMED.get(quantity)
        if labels and (channel is None or at > newest.get(labels, at - 1)):
            newest[labels] = at
    return tuple(newest.items())


def _rejected(status: RelayStatus) -> Series:
    return tuple(status.rejected.items())  # both are words: StrEnum


def _counter(
    counter: Callable[[EnergyStatus], float],
) -> Callable[[RelayStatus], Series]:
    def series(status: RelayStatus) -> Series:
        energy = status.energy
        return NOTHING if energy is None else (((), counter(energy)),)

    return series


def _cost(status: RelayStatus) -> Series:
    energy = status.energy
    if energy is None or energy.currency is None:
        return NOTHING
    return [((energy.currency, period), cost) for period, cost in energy.cost.items()]


def _channel_info(status: RelayStatus) -> Series:
    return [
        ((channel, status.channel_names[channel]), 1)
        for channel in CHANNELS
        if channel in status.channel_names
    ]


def _relay_info(status: RelayStatus) -> Series:
    firmware = "" if status.firmware is None else str(status.firmware)
    return (((firmware, _MANUFACTURER, _MODEL, status.name), 1),)


MEASURED: tuple[Family, ...] = (
    Family(
        name="zigbee_relay",
        kind="info",
        documentation="Name, model and firmware of a relay, to join on ieee; "
        "firmware from tag 8.",
        labels=("firmware", "manufacturer", "model", "name"),
        series=_relay_info,
    ),
    Family(
        name="zigbee_relay_channel",
        kind="info",
        documentation="Configured name of a channel, to join on ieee and channel.",
        labels=("channel", "name"),
        series=_channel_info,
    ),
    Family(
        name="zigbee_relay_up",
        kind="gauge",
        documentation="1 while frames come, 0 after availability.timeout_seconds "
        "without one.",
        series=lambda s: one(s.availability is not Availability.GONE),
    ),
    Family(
        name="zigbee_relay_last_seen_timestamp_seconds",
        kind="gauge",
        unit="seconds",
        documentation="Unix time of the last frame.",
        series=lambda s: one(s.last_seen),
    ),
    Family(
        name="zigbee_relay_link_quality_lqi",
        kind="gauge",
        documentation="Link quality of the last frame, 0-255, as the coordinator "
        "measured it.",
        series=lambda s: one(s.lqi),
    ),
    Family(
        name="zigbee_relay_power_watts",
        kind="gauge",
        unit="watts",
        documentation="Active power of both channels together; "
        "AnalogInput 0x000C/0x0055 and tag 152.",
        series=_value(Quantity.POWER),
    ),
    Family(
        name="zigbee_relay_apparent_power_voltamperes",
        kind="gauge",
        unit="voltamperes",
        documentation="Apparent power; voltage by current, tags 150 and 151.",
        series=_value(Quantity.APPARENT_POWER),
    ),
    Family(
        name="zigbee_relay_power_factor_ratio",
        kind="gauge",
        unit="ratio",
        documentation="Power factor, 0-1; power by voltage and current, "
        "tags 150-152, else tag 148.",
        series=_value(Quantity.POWER_FACTOR),
    ),
    Family(
        name="zigbee_relay_voltage_volts",
        kind="gauge",
        unit="volts",
        documentation="Mains voltage; tag 150.",
        series=_value(Quantity.VOLTAGE),
    ),
    Family(
        name="zigbee_relay_current_amperes",
        kind="gauge",
        unit="amperes",
        documentation="Current of both channels together; tag 151.",
        series=_value(Quantity.CURRENT),
    ),
    Family(
        name="zigbee_relay_device_temperature_celsius",
        kind="gauge",
        unit="celsius",
        documentation="Temperature of the relay's chip; tag 3.",
        series=_value(Quantity.TEMPERATURE),
    ),
    Family(
        name="zigbee_relay_energy_joules",
        kind="counter",
        unit="joules",
        documentation="Energy since the collector knows the relay; "
        "calibrated increments of tag 149.",
        series=_counter(lambda energy: energy.total_joules),
    ),
    Family(
        name="zigbee_relay_energy_register_joules",
        kind="gauge",
        unit="joules",
        documentation="The relay's own energy register, calibrated; tag 149.",
        series=_value(Quantity.ENERGY),
    ),
    Family(
        name="zigbee_relay_energy_register_resets",
        kind="counter",
        documentation="Times that the relay's energy register fell; tag 149.",
        series=_counter(lambda energy: energy.register_resets),
    ),
    Family(
        name="zigbee_relay_energy_gaps",
        kind="counter",
        documentation="Times without register and power: energy that nobody "
        "measured; tags 149 and 152.",
        series=_counter(lambda energy: energy.gaps),
    ),
    Family(
        name="zigbee_relay_energy_cost",
        kind="counter",
        documentation="Cost of the energy by tariff period, in the currency of the "
        "label; tag 149.",
        labels=("currency", "period"),
        series=_cost,
    ),
    Family(
        name="zigbee_relay_switch_state",
        kind="gauge",
        documentation="1 while the contact is closed; OnOff 0x0006/0x0000, "
        "tags 100 and 101.",
        labels=("channel",),
        series=_switches,
    ),
    Family(
        name="zigbee_relay_interlock_enabled",
        kind="gauge",
        documentation="1 while the relay never closes both contacts; "
        "BinaryOutput 0x0010/0xFF06.",
        series=_value(Quantity.INTERLOCK),
    ),
    Family(
        name="zigbee_relay_power_outages",
        kind="counter",
        documentation="Power outages since the relay was made; tag 5, less one.",
        series=lambda s: one(s.outages),
    ),
    Family(
        name="zigbee_relay_meter_asleep",
        kind="gauge",
        documentation="1 while the relay's meter does not measure; "
        "tags 149, 150 and 152.",
        series=lambda s: one(s.meter_asleep),
    ),
    Family(
        name="zigbee_relay_firmware_version",
        kind="gauge",
        documentation="Firmware number, such as 47; low byte of tag 8.",
        series=lambda s: one(s.firmware),
    ),
    Family(
        name="zigbee_relay_measurement_timestamp_seconds",
        kind="gauge",
        unit="seconds",
        documentation="Unix time of the last accepted value of a quantity.",
        labels=("quantity",),
        series=_measured_at,
    ),
    Family(
        name="zigbee_relay_rejected_samples",
        kind="counter",
        documentation="Values that were not believed, by reason.",
        labels=("quantity", "reason"),
        series=_rejected,
    ),
)
