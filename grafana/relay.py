"""Relay: all that is known of one relay."""

from typing import Final

from grafana import look
from grafana.board import Board, Row, choice, event
from grafana.figures import answer, count, energy_so_far
from grafana.links import PROTECTION
from grafana.overview import SITES
from grafana.panels import Face, Panel, stat
from grafana.promql import RATE, RELAY, channels, happened, risen, state_number
from grafana.relay_energy import ENERGY
from grafana.relay_health import HEALTH
from grafana.relay_power import CONTACTS, ELECTRICAL, POWER
from grafana.relay_rules import RULES
from grafana.sources import PromQL

# Two labels alone, so that the name may hold what it likes.
_RELAYS: Final = choice(
    "relay",
    "Relay",
    'query_result(max by (ieee, name) (zigbee_relay_info{site=~"$site"}))',
    regex=r'/\{ieee="(?<value>[^"]+)",name="(?<text>.*)"\} \S+ \S+$/',
)
_ENERGY: Final = f"increase(zigbee_relay_energy_joules_total{{{RELAY}}}[$__range])"
_SWITCH: Final = f"zigbee_relay_switch_state{{{RELAY}}}"
_ACTIONS: Final = f"zigbee_relay_policy_actions_total{{{RELAY}}}"
_OUTAGES: Final = f"zigbee_relay_power_outages_total{{{RELAY}}}"
_RESETS: Final = f"zigbee_relay_energy_register_resets_total{{{RELAY}}}"


def _switched(state: int) -> str:
    changed = f"changes({_SWITCH}[{RATE}]) > 0"
    return channels(f"(({changed}) and {_SWITCH} == {state})", RELAY)


_EVENTS: Final = [
    event("Switched on", look.GREEN, expr=_switched(1), title="{{channel}} on",
          text="{{channel_name}}"),
    event("Switched off", look.GREY, expr=_switched(0), title="{{channel}} off",
          text="{{channel_name}}"),
    event("Policies", look.RED, expr=f"{happened(_ACTIONS, RATE)} > 0",
          title="{{rule}}: {{action}} {{channel}}", text="{{outcome}}, {{mode}}"),
    event("Power outages", look.ORANGE, expr=risen(_OUTAGES),
          title="The relay lost its supply"),
    event("Energy register fell", look.BLUE, expr=risen(_RESETS),
          title="The energy register fell"),
]  # fmt: skip


def _now() -> Row:
    return Row(title="Now", panels=[*_measured(), *_states()])


def _measured() -> list[Panel]:
    return [
        stat(
            Face(
                title="Power",
                description="Active power of both channels together, in W. It is empty "
                "when the last value is too old.",
                unit=look.WATT,
                width=4,
                height=4,
                no_value="too old",
            ),
            PromQL(expr=f"zigbee_relay_power_watts{{{RELAY}}}"),
        ),
        *energy_so_far(_ENERGY),
        stat(
            Face(
                title="Lowest margin",
                description="Of all policies for this relay, how far the nearest is from "
                "acting: 100 % at rest, 0 % at its limit, negative beyond it.",
                unit=look.RATIO,
                width=4,
                height=4,
                decimals=0,
                thresholds=look.margin(),
                link=PROTECTION,
                no_value="no policy",
            ),
            PromQL(expr=f"min(zigbee_relay_policy_margin_ratio{{{RELAY}}})"),
        ),
        stat(
            Face(
                title="Policies",
                description="The worst state that a policy has for this relay.",
                unit=look.WORD,
                width=4,
                height=4,
                words=look.STATE,
                link=PROTECTION,
                no_value="no policy",
            ),
            PromQL(expr=state_number(RELAY, "ieee"), legend="worst state"),
        ),
        stat(
            Face(
                title="Last frame",
                description="When anything came from the relay, whatever it said.",
                unit=look.SINCE,
                width=4,
                height=4,
            ),
            PromQL(
                expr=f"max(zigbee_relay_last_seen_timestamp_seconds{{{RELAY}}}) * 1000"
            ),
        ),
    ]


def _states() -> list[Panel]:
    contact = channels(_SWITCH, RELAY)
    return [
        stat(
            Face(
                title="Contacts",
                description="Whether each contact is closed, as the relay last said.",
                unit=look.ON_OFF,
                width=8,
                height=4,
                words=look.CONTACT,
                no_value="too old",
            ),
            PromQL(expr=contact, legend="{{channel}} {{channel_name}}"),
        ),
        answer(
            "Frames come",
            "No after availability.timeout_seconds without a frame.",
            f"zigbee_relay_up{{{RELAY}}}",
        ),
        answer(
            "Meter asleep",
            "Yes while the relay's meter does not measure: its power and energy are then "
            "not known.",
            f"zigbee_relay_meter_asleep{{{RELAY}}}",
            bad=True,
        ),
        answer(
            "Contact fault",
            "Yes while a contact that is reported open carries power. It may be welded.",
            f"max(zigbee_relay_contact_fault{{{RELAY}}})",
            bad=True,
        ),
        count(
            "Firmware",
            "Number of the relay's firmware, of tag 8.",
            f"zigbee_relay_firmware_version{{{RELAY}}}",
        ),
    ]


RELAY_BOARD: Final = Board(
    name="relay",
    title="Relay",
    description="One relay: what it measures, its contacts, energy, policies and link.",
    variables=[SITES, _RELAYS],
    annotations=_EVENTS,
    rows=[_now(), POWER, CONTACTS, ENERGY, ELECTRICAL, RULES, HEALTH],
)
