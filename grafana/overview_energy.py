"""Overview: energy and its cost."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.links import RELAY_OF_SERIES
from grafana.panels import Face, Panel, ranking, series, stat
from grafana.promql import SITE, coming, kwh, named
from grafana.sources import PromQL

MOST: Final = 20  # series of a graph; more are not told apart
_JOULES: Final = f"zigbee_relay_energy_joules_total{{{SITE}}}"
_COST: Final = f"increase(zigbee_relay_energy_cost_total{{{SITE}}}[$__range])"


def _bars(title: str, description: str, every: str, span: str) -> Panel:
    top = f"topk({MOST}, {coming(_JOULES, every)})"
    return series(
        Face(
            title=title,
            description=f"{description} The {MOST} relays that took the most.",
            unit=look.KILOWATT_HOUR,
            width=12,
            interval=every,
            relative=span,
            lowest=0,
            link=RELAY_OF_SERIES,
        ),
        PromQL(expr=kwh(named(top, window=every)), legend="{{name}}"),
        stacked=True,
        bars=True,
    )


def _most(title: str, description: str, relative: str) -> Panel:
    top = f"topk(10, increase({_JOULES}[$__range]))"
    return ranking(
        Face(
            title=title,
            description=description,
            unit=look.KILOWATT_HOUR,
            width=6,
            lowest=0,
            relative=relative,
            link=RELAY_OF_SERIES,
        ),
        PromQL(
            expr=f"sort_desc({kwh(named(top))})",
            legend="{{name}}",
            instant=True,
        ),
    )


def _cost(title: str, description: str, relative: str) -> Panel:
    return stat(
        Face(
            title=title,
            description=f"{description}, in the currency of the tariff. Without a "
            "tariff there is no cost.",
            unit=look.NUMBER,
            width=6,
            decimals=2,
            relative=relative,
            no_value="no tariff",
        ),
        PromQL(
            expr=f"sum by (currency, period) ({_COST})",
            legend="{{period}} ({{currency}})",
            instant=True,
        ),
    )


ENERGY: Final = Row(
    title="Energy and cost",
    panels=[
        _bars(
            "Energy per hour",
            "The last two days: what each relay took in the hour that begins at each "
            "bar; the last is not over yet.",
            "1h",
            "2d",
        ),
        _most(
            "Energy today, by relay",
            "The ten relays that took the most since midnight.",
            "now/d",
        ),
        _cost("Cost today, by tariff period", "Since midnight", "now/d"),
        _bars(
            "Energy per day",
            "The last 30 days: what each relay took in the day that begins at each "
            "bar; the last is not over yet. Days begin at midnight in the time zone of your "
            "browser, before a change of clocks an hour beside it.",
            "1d",
            "30d",
        ),
        _most(
            "Energy this month, by relay",
            "The ten relays that took the most since the first of the month.",
            "now/M",
        ),
        _cost(
            "Cost this month, by tariff period", "Since the first of the month", "now/M"
        ),
    ],
)
