"""Fleet: many sites with many relays each; every query gathers by site first."""

from typing import Final

from grafana import look
from grafana.board import Board, Row
from grafana.figures import count
from grafana.fleet_sites import SITE_TABLE, WORST
from grafana.links import COLLECTOR, OVERVIEW_OF_SERIES
from grafana.overview import SITES
from grafana.panels import Face, Panel, ranking, series, stat
from grafana.promql import SITE, kwh
from grafana.sources import PromQL

_MOST: Final = 10
_POWER: Final = f"sum by (site) (zigbee_relay_power_watts{{{SITE}}})"
_ENERGY: Final = (
    f"sum by (site) (increase(zigbee_relay_energy_joules_total{{{SITE}}}[$__range]))"
)
_COST: Final = f"increase(zigbee_relay_energy_cost_total{{{SITE}}}[$__range])"
_OVER: Final = (
    "count by (site, ieee) "
    f'(zigbee_relay_policy_state{{{SITE}, state=~"over|latched"}} == 1)'
)
_TARGETS: Final = f'up{{job="collector", {SITE}}}'


def _now() -> Row:
    return Row(title="Now", panels=[*_relays(), *_failures(), *_sums()])


def _relays() -> list[Panel]:
    return [
        count(
            "Sites",
            "Sites of which Prometheus reads a collector, or tries to.",
            f"count(count by (site) ({_TARGETS}))",
        ),
        count(
            "Relays",
            "All relays that the collectors know.",
            f"count(zigbee_relay_up{{{SITE}}})",
        ),
        count(
            "Relays up",
            "Relays of which frames come.",
            f"sum(zigbee_relay_up{{{SITE}}})",
        ),
        count(
            "Relays silent",
            "Relays without a frame for availability.timeout_seconds. Those of a "
            "collector that is down are not among them: nothing is known of them.",
            f"count(zigbee_relay_up{{{SITE}}} == 0) or vector(0)",
            bad=True,
        ),
        count(
            "Relays over a limit, or cut off",
            "Relays of which a policy is over its limit or latched.",
            f"count({_OVER}) or vector(0)",
            bad=True,
        ),
    ]


def _failures() -> list[Panel]:
    no_radio = f"zigbee_collector_radio_connected{{{SITE}}} == 0"
    return [
        count(
            "Collectors down",
            "Targets of the job `collector` that Prometheus cannot read.",
            f"count({_TARGETS} == 0) or vector(0)",
            bad=True,
            link=COLLECTOR,
        ),
        count(
            "Sites without radio",
            "Sites of which a coordinator is not open or does not answer.",
            f"count(count by (site) ({no_radio})) or vector(0)",
            bad=True,
            link=COLLECTOR,
        ),
    ]


def _sums() -> list[Panel]:
    return [
        stat(
            Face(
                title="Power",
                description="Active power of all relays whose value is fresh, in W.",
                unit=look.WATT,
                width=8,
                height=4,
                points=100,
            ),
            PromQL(expr=f"sum(zigbee_relay_power_watts{{{SITE}}})"),
            sparkline=True,
        ),
        stat(
            Face(
                title="Energy in the range shown",
                description="Of all relays, in kWh: calibrated increments of registers.",
                unit=look.KILOWATT_HOUR,
                width=6,
                height=4,
                decimals=1,
            ),
            PromQL(expr=kwh(f"sum({_ENERGY})"), instant=True),
        ),
        stat(
            Face(
                title="Cost in the range shown, by currency",
                description="In the currencies of the tariffs. Sites without a tariff "
                "have no cost.",
                unit=look.NUMBER,
                width=6,
                height=4,
                decimals=2,
                no_value="no tariff",
            ),
            PromQL(
                expr=f"sum by (currency) ({_COST})",
                legend="{{currency}}",
                instant=True,
            ),
        ),
    ]


def _power() -> Row:
    return Row(
        title="Power and energy",
        panels=[
            series(
                Face(
                    title="Power by site",
                    description=f"The {_MOST} greatest at each moment, one upon the "
                    "other, and the rest together.",
                    unit=look.WATT,
                    width=16,
                    height=10,
                    lowest=0,
                    points=300,
                    link=OVERVIEW_OF_SERIES,
                ),
                PromQL(expr=f"topk({_MOST}, {_POWER})", legend="{{site}}"),
                PromQL(
                    expr=f"sum({_POWER}) - sum(topk({_MOST}, {_POWER})) > 0.5",
                    legend="all others",
                ),
                stacked=True,
            ),
            ranking(
                Face(
                    title="Energy by site",
                    description=f"The {_MOST} sites that took the most in the range "
                    "shown, in kWh.",
                    unit=look.KILOWATT_HOUR,
                    width=8,
                    height=10,
                    decimals=1,
                    lowest=0,
                    link=OVERVIEW_OF_SERIES,
                ),
                PromQL(
                    expr=f"sort_desc(topk({_MOST}, {kwh(_ENERGY)}))",
                    legend="{{site}}",
                    instant=True,
                ),
            ),
        ],
    )


FLEET: Final = Board(
    name="fleet",
    title="Fleet",
    description="Many sites: relays, power, energy, and which site needs somebody. Each "
    "target of Prometheus needs the label `site`.",
    variables=[SITES],
    rows=[_now(), _power(), WORST, SITE_TABLE],
    refresh="1m",
)
