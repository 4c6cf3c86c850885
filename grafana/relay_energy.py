"""Relay: energy and its cost."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.panels import Face, Panel, series, stat
from grafana.promql import RELAY, coming, else_none, kwh
from grafana.sources import PromQL

_ENERGY: Final = f"zigbee_relay_energy_joules_total{{{RELAY}}}"
_COST: Final = f"zigbee_relay_energy_cost_total{{{RELAY}}}"


def _bars(every: str, title: str, description: str, *, span: str) -> Panel:
    return series(
        Face(
            title=title,
            description=description,
            unit=look.KILOWATT_HOUR,
            width=12,
            lowest=0,
            relative=span,
            interval=every,
        ),
        PromQL(expr=kwh(f"sum({coming(_ENERGY, every)})"), legend="energy"),
        bars=True,
        calculations=False,
    )


ENERGY: Final = Row(
    title="Energy and cost",
    panels=[
        _bars(
            "1h",
            "Energy per hour",
            "The last two days: what the relay took in the hour that begins at each "
            "bar, in kWh; the last is not over yet.",
            span="2d",
        ),
        _bars(
            "1d",
            "Energy per day",
            "The last 30 days: what the relay took in the day that begins at each bar, "
            "in kWh; the last is not over yet. Days begin at midnight in the "
            "time zone of your browser, before a change of clocks an hour beside it.",
            span="30d",
        ),
        stat(
            Face(
                title="Cost this month, by tariff period",
                description="Since the first of the month, in the currency of the "
                "tariff. Without a tariff there is no cost.",
                unit=look.NUMBER,
                width=8,
                height=6,
                decimals=2,
                relative="now/M",
                no_value="no tariff",
            ),
            PromQL(
                expr=f"sum by (currency, period) (increase({_COST}[$__range]))",
                legend="{{period}} ({{currency}})",
                instant=True,
            ),
        ),
        series(
            Face(
                title="Energy register",
                description="What the relay's own register says, calibrated, in kWh. It "
                "may be set back; the energy above does not fall with it.",
                unit=look.KILOWATT_HOUR,
                width=8,
                height=6,
                decimals=3,
            ),
            PromQL(
                expr=kwh(f"zigbee_relay_energy_register_joules{{{RELAY}}}"),
                legend="register",
            ),
            calculations=False,
        ),
        stat(
            Face(
                title="Register resets, gaps, outages",
                description="In the range shown: times that the register fell, times "
                "without register and power (nobody measured that energy), and power "
                "outages that the relay counted.",
                unit=look.NUMBER,
                width=8,
                height=6,
                decimals=0,
                thresholds=look.steps(look.GREEN, (1, look.ORANGE)),
            ),
            *(
                PromQL(
                    expr=f"ceil(sum(increase(zigbee_relay_{name}{{{RELAY}}}[$__range])))",
                    legend=legend,
                    instant=True,
                )
                for name, legend in (
                    ("energy_register_resets_total", "resets"),
                    ("energy_gaps_total", "gaps"),
                    ("power_outages_total", "outages"),
                )
            ),
        ),
        series(
            Face(
                title="Cost",
                description="What the relay's energy cost in the hour that begins at "
                "each bar, by tariff period, in the currency of the tariff.",
                unit=look.NUMBER,
                width=24,
                height=6,
                decimals=3,
                lowest=0,
                interval="1h",
                relative="2d",
                no_value="no tariff",
            ),
            PromQL(
                expr=else_none(
                    f"sum by (currency, period) ({coming(_COST, '1h')})", "period"
                ),
                legend="{{period}} {{currency}}",
            ),
            stacked=True,
            bars=True,
        ),
    ],
)
