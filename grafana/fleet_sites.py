"""Fleet: which sites need somebody, and a table of all."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.links import OVERVIEW_OF_ROW, OVERVIEW_OF_SERIES, RELAY_OF_SERIES
from grafana.panels import WHOLE, Column, Face, Panel, ranking, series, table
from grafana.promql import SITE
from grafana.sources import PromQL

_MOST: Final = 10
# 20,000 relays have 100,000 series of states and more, and Prometheus holds 50 million
# values for a query at most.
_POINTS: Final = 150
# A site without any is 0, and not nothing.
_NONE: Final = f"0 * count by (site) (zigbee_relay_up{{{SITE}}})"
_OVER: Final = (
    "count by (site) (count by (site, ieee) "
    f'(zigbee_relay_policy_state{{{SITE}, state=~"over|latched"}} == 1)) or {_NONE}'
)
_SILENT: Final = f"count by (site) (zigbee_relay_up{{{SITE}}} == 0) or {_NONE}"
_INFLUX: Final = "zigbee_collector_influx_spool"
# An empty spool has no oldest point: its age is 0.
_AGE: Final = (
    f"max by (site) (time() - {_INFLUX}_oldest_timestamp_seconds{{{SITE}}}"
    f" or on (job, instance) 0 * {_INFLUX}_points{{{SITE}}})"
)


def _by_site(title: str, description: str, expr: str) -> Panel:
    """Return the sites where something is the case for the most relays."""
    return series(
        Face(
            title=title,
            description=f"{description} The {_MOST} sites with the most.",
            unit=look.NUMBER,
            width=12,
            decimals=0,
            lowest=0,
            points=_POINTS,
            link=OVERVIEW_OF_SERIES,
        ),
        PromQL(expr=f"topk({_MOST}, {expr})", legend="{{site}}"),
        stacked=True,
    )


def _kinds(title: str, description: str, expr: str, label: str) -> Panel:
    """Return how many there are of each kind."""
    return ranking(
        Face(
            title=title,
            description=description,
            unit=look.NUMBER,
            width=6,
            decimals=0,
            lowest=0,
        ),
        PromQL(expr=f"sort_desc({expr})", legend=f"{{{{{label}}}}}", instant=True),
    )


WORST: Final = Row(
    title="Who needs somebody",
    panels=[
        _by_site(
            "Relays over a limit, or cut off",
            "Relays of which a policy is over its limit or latched.",
            _OVER,
        ),
        _by_site(
            "Relays silent",
            "Relays without a frame for availability.timeout_seconds.",
            _SILENT,
        ),
        series(
            Face(
                title="Oldest point that waits for InfluxDB",
                description="How old the oldest point is that a site's server has not "
                f"got; the {_MOST} sites with the oldest.",
                unit=look.SECONDS,
                width=12,
                lowest=0,
                points=_POINTS,
                link=OVERVIEW_OF_SERIES,
                no_value="no InfluxDB",
            ),
            PromQL(expr=f"topk({_MOST}, {_AGE})", legend="{{site}}"),
        ),
        ranking(
            Face(
                title="Weakest links",
                description=f"The {_MOST} relays with the lowest link quality (0 to "
                "255) of the last frame. A click shows the relay.",
                unit=look.NUMBER,
                width=12,
                lowest=0,
                highest=255,
                thresholds=look.steps(look.RED, (30, look.ORANGE), (60, look.GREEN)),
                link=RELAY_OF_SERIES,
            ),
            PromQL(
                expr=f"sort(bottomk({_MOST}, zigbee_relay_link_quality_lqi{{{SITE}}}))",
                legend="{{site}} {{ieee}}",
                instant=True,
            ),
        ),
        _kinds(
            "Firmware of the relays",
            "How many relays have each firmware.",
            f"count by (firmware) (zigbee_relay_info{{{SITE}}})",
            "firmware",
        ),
        _kinds(
            "Versions of the collectors",
            "How many collectors have each version.",
            f"count by (version) (zigbee_collector_build_info{{{SITE}}})",
            "version",
        ),
        series(
            Face(
                title="Relays up",
                description="Of all sites together: relays that are known, and those of "
                "which frames come.",
                unit=look.NUMBER,
                width=12,
                decimals=0,
                lowest=0,
                points=_POINTS,
            ),
            PromQL(expr=f"count(zigbee_relay_up{{{SITE}}})", legend="known"),
            PromQL(expr=f"sum(zigbee_relay_up{{{SITE}}})", legend="up"),
        ),
    ],
)


def _sites() -> Panel:
    version = f"max by (site, version) (zigbee_collector_build_info{{{SITE}}})"
    vectors = (
        f'min by (site) (up{{job="collector", {SITE}}})',
        f"count by (site) (zigbee_relay_up{{{SITE}}})",
        f"sum by (site) (zigbee_relay_up{{{SITE}}})",
        f"sum by (site) (zigbee_relay_power_watts{{{SITE}}})",
        _OVER,
        _SILENT,
        f"min by (site) (zigbee_collector_radio_connected{{{SITE}}})",
        _AGE,
        f"topk by (site) (1, {version})",
    )
    columns = [
        Column(name="site", title="Site", link=OVERVIEW_OF_ROW),
        Column(name="Value #A", title="Collector up", words=look.YES_IS_GOOD),
        Column(name="Value #B", title="Relays"),
        Column(name="Value #C", title="Up"),
        Column(name="Value #D", title="Power", unit=look.WATT),
        Column(name="Value #E", title="Over, cut"),
        Column(name="Value #F", title="Silent"),
        Column(name="Value #G", title="Radio", words=look.YES_IS_GOOD),
        Column(name="Value #H", title="Spool waits", unit=look.SECONDS),
        Column(name="version", title="Version"),
    ]
    return table(
        Face(
            title="Sites",
            description="Every site as it is now. Where its collector is down the other "
            "cells are empty. A click on the name shows its relays.",
            unit=look.NUMBER,
            width=WHOLE,
            height=12,
        ),
        columns,
        *(PromQL(expr=each, instant=True, table=True) for each in vectors),
        key="site",
        sort=("Silent", True),
    )


SITE_TABLE: Final = Row(title="Sites", panels=[_sites()])
