"""Collector: what its rows have in common."""

from typing import Final

from grafana import look
from grafana.panels import Face, Panel, series
from grafana.promql import SITE
from grafana.sources import PromQL

COLLECTOR: Final = f'{SITE}, instance=~"$instance"'


def of_collector(metric: str, where: str = "") -> str:
    """Return a metric that other programs have, too, of collectors only."""
    chosen = f"{COLLECTOR}, {where}" if where else COLLECTOR
    return f"({metric}{{{chosen}}} and on (job, instance) zigbee_collector_build_info)"


def lines(
    title: str,
    description: str,
    unit: str,
    *queries: tuple[str, str],
    stacked: bool = False,
) -> Panel:
    """Return values over time; each query with its legend."""
    return series(
        Face(title=title, description=description, unit=unit, width=12, lowest=0),
        *(PromQL(expr=expr, legend=legend) for expr, legend in queries),
        stacked=stacked,
    )


def bars(title: str, description: str, *queries: tuple[str, str]) -> Panel:
    """Return how often something happened."""
    return series(
        Face(
            title=title,
            description=description,
            unit=look.NUMBER,
            width=12,
            decimals=0,
            lowest=0,
            interval="1m",
        ),
        *(PromQL(expr=expr, legend=legend) for expr, legend in queries),
        stacked=True,
        bars=True,
    )
