"""Overview: all relays of a house or of some; good with one and with two hundred."""

from typing import Final

from grafana import look
from grafana.board import Board, Row, choice
from grafana.figures import count, energy_so_far
from grafana.links import PROTECTION, RELAY_OF_ROW, RELAY_OF_SERIES
from grafana.overview_energy import ENERGY, MOST
from grafana.panels import WHOLE, Column, Face, ranking, series, stat, table, timeline
from grafana.promql import SITE, else_none, kwh, named, state_number
from grafana.sources import PromQL

SITES: Final = choice(
    "site", "Site", "label_values(zigbee_collector_build_info, site)", several=True
)

_POWER: Final = f"zigbee_relay_power_watts{{{SITE}}}"
_ENERGY: Final = f"increase(zigbee_relay_energy_joules_total{{{SITE}}}[$__range])"
_OVER: Final = f'zigbee_relay_policy_state{{{SITE}, state=~"over|latched"}}'


def _how_many(vector: str) -> str:
    """Return how many there are; none is 0, and not nothing."""
    return f"count({vector}) or vector(0)"


def _now() -> Row:
    return Row(
        title="Now",
        panels=[
            stat(
                Face(
                    title="Power",
                    description="Active power of all relays whose value is fresh.",
                    unit=look.WATT,
                    width=4,
                    height=4,
                ),
                PromQL(expr=f"sum({_POWER})"),
                sparkline=True,
            ),
            *energy_so_far(_ENERGY),
            count(
                "Contacts on",
                "Contacts that are closed; a relay has two.",
                f"sum(zigbee_relay_switch_state{{{SITE}}})",
            ),
            count(
                "Over a limit, or cut off",
                "Relays of which a policy is over its limit or latched.",
                _how_many(f"max by (ieee) ({_OVER}) == 1"),
                bad=True,
                link=PROTECTION,
            ),
            count(
                "Silent",
                "Relays without a frame for availability.timeout_seconds.",
                _how_many(f"zigbee_relay_up{{{SITE}}} == 0"),
                bad=True,
            ),
        ],
    )


def _over_time() -> Row:
    top = named(f"topk({MOST}, {_POWER})")
    rest = f"sum({_POWER}) - sum(topk({MOST}, {_POWER})) > 0.5"
    return Row(
        title="Power",
        panels=[
            series(
                Face(
                    title="Power by relay",
                    description=f"The {MOST} greatest at each moment, one upon the "
                    "other, and the rest together. A gap is a value that was too old.",
                    unit=look.WATT,
                    width=16,
                    height=10,
                    lowest=0,
                    link=RELAY_OF_SERIES,
                ),
                PromQL(expr=top, legend="{{name}}"),
                PromQL(expr=rest, legend="all others"),
                stacked=True,
            ),
            ranking(
                Face(
                    title="Top consumers now",
                    description="The ten relays that take the most power.",
                    unit=look.WATT,
                    width=8,
                    height=10,
                    lowest=0,
                    link=RELAY_OF_SERIES,
                ),
                PromQL(
                    expr=f"sort_desc({named(f'topk(10, {_POWER})')})",
                    legend="{{name}}",
                    instant=True,
                ),
            ),
        ],
    )


def _relays() -> Row:
    columns = [
        Column(name="name", title="Relay", link=RELAY_OF_ROW),
        Column(name="ieee", title="Address", width=190),
        Column(name="Value #A", title="Up", words=look.YES_IS_GOOD, width=60),
        Column(name="Value #B", title="Power", unit=look.WATT, width=100),
        Column(name="Value #C", title="l1", words=look.CONTACT, width=60),
        Column(name="Value #D", title="l2", words=look.CONTACT, width=60),
        Column(name="Value #E", title="Voltage", unit=look.VOLT, decimals=1, width=100),
        Column(
            name="Value #F",
            title="Temperature",
            unit=look.CELSIUS,
            decimals=0,
            width=120,
        ),
        Column(name="Value #G", title="Link (LQI)", unit=look.NUMBER, width=100),
        Column(name="Value #H", title="Last frame", unit=look.SINCE, width=150),
        Column(name="Value #I", title="Policies", words=look.STATE, width=100),
        Column(
            name="Value #J",
            title="Today",
            unit=look.KILOWATT_HOUR,
            width=90,
        ),
    ]
    contact = f"max by (ieee) (zigbee_relay_switch_state{{{SITE}, channel="
    vectors = (
        named(f"zigbee_relay_up{{{SITE}}}"),
        f"max by (ieee) ({_POWER})",
        f'{contact}"l1"}})',
        f'{contact}"l2"}})',
        f"max by (ieee) (zigbee_relay_voltage_volts{{{SITE}}})",
        f"max by (ieee) (zigbee_relay_device_temperature_celsius{{{SITE}}})",
        f"max by (ieee) (zigbee_relay_link_quality_lqi{{{SITE}}})",
        f"max by (ieee) (zigbee_relay_last_seen_timestamp_seconds{{{SITE}}}) * 1000",
        state_number(SITE, "ieee"),
        kwh(f"max by (ieee) ({_ENERGY})"),
    )
    return Row(
        title="Relays",
        panels=[
            table(
                Face(
                    title="Relays",
                    description="Every relay as it is now; an empty cell is a value that "
                    "is too old. Policies: the worst state of one. Today: energy "
                    "since midnight. A click on the name shows the relay.",
                    unit=look.NUMBER,
                    relative="now/d",
                    width=WHOLE,
                    height=10,
                ),
                columns,
                *(PromQL(expr=each, instant=True, table=True) for each in vectors),
                key="ieee",
                sort=("Power", True),
            ),
            timeline(
                Face(
                    title="Relays that were silent or over a limit",
                    description="A relay is here while no frame comes from it, or while a "
                    f"policy of it is over its limit or has cut it off; {MOST} at most.",
                    unit=look.WORD,
                    width=WHOLE,
                    height=6,
                    words={
                        "0": ("no relay", look.GREEN),
                        "1": ("silent", look.GREY),
                        "2": ("over", look.RED),
                    },
                ),
                PromQL(
                    expr=else_none(named(f"topk({MOST}, {_troubled()})"), "name"),
                    legend="{{name}}",
                ),
            ),
        ],
    )


def _troubled() -> str:
    """Return 1 for a silent relay, 2 for one that is over a limit."""
    over = f"2 * max by (ieee) ({_OVER}) > 0"
    silent = f"max by (ieee) (zigbee_relay_up{{{SITE}}}) == 0"
    return f"({over} or ({silent}) + 1)"


OVERVIEW: Final = Board(
    name="overview",
    title="Relays: overview",
    description="All relays: power, energy, cost, who is on, over a limit or silent.",
    variables=[SITES],
    rows=[_now(), _over_time(), ENERGY, _relays()],
)
