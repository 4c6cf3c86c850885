"""Relay: what its meter measures, and its contacts."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.panels import WHOLE, Face, series, timeline
from grafana.promql import RELAY, channels
from grafana.sources import PromQL

_CHANNEL: Final = f"zigbee_relay_channel_power_watts{{{RELAY}}}"
_UNATTRIBUTED: Final = f"zigbee_relay_unattributed_power_watts{{{RELAY}}}"

POWER: Final = Row(
    title="Power",
    panels=[
        series(
            Face(
                title="Power",
                description="Active and apparent power of both channels together. The "
                "difference is what coils and electronics send back. Apparent power comes from "
                "a report every two to five minutes: after a change it is late.",
                unit=look.WATT,
                lowest=0,
            ),
            PromQL(expr=f"zigbee_relay_power_watts{{{RELAY}}}", legend="active (W)"),
            PromQL(
                expr=f"zigbee_relay_apparent_power_voltamperes{{{RELAY}}}",
                legend="apparent (VA)",
            ),
        ),
        series(
            Face(
                title="Power by channel",
                description="The relay has one meter. With one contact closed the value "
                "is exact, with both it is an estimate from the steps at switching; see "
                "the flag below. What no channel is known to take stays unattributed.",
                unit=look.WATT,
                lowest=0,
            ),
            PromQL(
                expr=channels(_CHANNEL, RELAY),
                legend="{{channel}} {{channel_name}}",
            ),
            PromQL(expr=_UNATTRIBUTED, legend="unattributed"),
            stacked=True,
        ),
    ],
)

CONTACTS: Final = Row(
    title="Contacts",
    panels=[
        timeline(
            Face(
                title="Contacts",
                description="Whether each contact was closed. A gap is a time at which "
                "the last word of the relay was too old.",
                unit=look.ON_OFF,
                width=12,
                height=6,
                words=look.CONTACT,
            ),
            PromQL(
                expr=channels(f"zigbee_relay_switch_state{{{RELAY}}}", RELAY),
                legend="{{channel}} {{channel_name}}",
            ),
        ),
        timeline(
            Face(
                title="Power by channel is an estimate",
                description="Whether the power of a channel was exact or estimated. "
                "Where neither is known there is no value.",
                unit=look.WORD,
                width=12,
                height=6,
                words={"0": ("exact", look.GREEN), "1": ("estimate", look.YELLOW)},
                no_value="nothing is attributed",
            ),
            PromQL(
                expr=channels(
                    f"zigbee_relay_channel_power_estimated{{{RELAY}}}", RELAY
                ),
                legend="{{channel}} {{channel_name}}",
            ),
        ),
        timeline(
            Face(
                title="Settings and faults",
                description="Interlock: the relay never closes both contacts. Outage "
                "memory: it restores them after an outage. Contact fault: an open "
                "contact carries power. Meter asleep: it does not measure.",
                unit=look.WORD,
                width=WHOLE,
                height=6,
                words={"0": ("no", look.GREY), "1": ("yes", look.BLUE)},
            ),
            PromQL(
                expr=f"zigbee_relay_interlock_enabled{{{RELAY}}}", legend="interlock"
            ),
            PromQL(
                expr=f"zigbee_relay_power_outage_memory_enabled{{{RELAY}}}",
                legend="outage memory",
            ),
            PromQL(
                expr=f"zigbee_relay_contact_fault{{{RELAY}}}",
                legend="contact fault {{channel}}",
            ),
            PromQL(expr=f"zigbee_relay_meter_asleep{{{RELAY}}}", legend="meter asleep"),
        ),
    ],
)

ELECTRICAL: Final = Row(
    title="Voltage, current, temperature",
    panels=[
        series(
            Face(
                title="Voltage",
                description="Mains voltage at the relay, in V. Most grids allow 230 V "
                "and a tenth of it more or less.",
                unit=look.VOLT,
                decimals=1,
                thresholds=look.steps(look.RED, (207, look.GREEN), (253, look.RED)),
            ),
            PromQL(expr=f"zigbee_relay_voltage_volts{{{RELAY}}}", legend="voltage"),
        ),
        series(
            Face(
                title="Current",
                description="Current of both channels together, in A. The relay is made "
                "for 10 A, both together. It comes every two to five minutes: after a "
                "change it is later than the power.",
                unit=look.AMPERE,
                decimals=2,
                lowest=0,
                thresholds=look.steps(look.GREEN, (10, look.RED)),
            ),
            PromQL(expr=f"zigbee_relay_current_amperes{{{RELAY}}}", legend="current"),
        ),
        series(
            Face(
                title="Power factor",
                description="Active by apparent power, from 0 to 1.",
                unit=look.NUMBER,
                decimals=2,
                lowest=0,
                highest=1,
            ),
            PromQL(
                expr=f"zigbee_relay_power_factor_ratio{{{RELAY}}}",
                legend="power factor",
            ),
        ),
        series(
            Face(
                title="Temperature",
                description="Temperature of the relay's chip, in °C: it follows the load "
                "and the box that the relay sits in.",
                unit=look.CELSIUS,
                decimals=0,
            ),
            PromQL(
                expr=f"zigbee_relay_device_temperature_celsius{{{RELAY}}}",
                legend="temperature",
            ),
        ),
    ],
)
