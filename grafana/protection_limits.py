"""Protection: how near the policies come to acting, and the window of a demand."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.links import RELAY_OF_SERIES
from grafana.panels import WHOLE, Face, series
from grafana.promql import RULE, SITE, named
from grafana.sources import PromQL

_MOST: Final = 20
_MARGIN: Final = f"zigbee_relay_policy_margin_ratio{{{SITE}, {RULE}}}"
_POWER: Final = f"zigbee_relay_power_watts{{{SITE}}}"

MARGINS: Final = Row(
    title="Margins",
    panels=[
        series(
            Face(
                title="Lowest margin of each policy",
                description="How far each policy was from acting for the nearest of its "
                "relays: 100 % at rest, 0 % at its limit, negative beyond it.",
                unit=look.RATIO,
                width=12,
                decimals=0,
                highest=1,
                thresholds=look.margin(),
            ),
            PromQL(expr=f"min by (rule) ({_MARGIN})", legend="{{rule}}"),
        ),
        series(
            Face(
                title="Lowest margins, by relay",
                description=f"The {_MOST} pairs of policy and relay that were nearest to "
                "acting at each moment.",
                unit=look.RATIO,
                width=12,
                decimals=0,
                highest=1,
                thresholds=look.margin(),
                link=RELAY_OF_SERIES,
            ),
            PromQL(
                expr=named(f"bottomk({_MOST}, {_MARGIN})"),
                legend="{{rule}}: {{name}}",
            ),
        ),
    ],
)

DEMAND: Final = Row(
    title="Demand",
    panels=[
        series(
            Face(
                title="Power and its mean of 15 minutes",
                description="Power of all relays of a site, and its mean over the 15 "
                "minutes before each moment. A demand policy works with windows that "
                "begin at the full quarter of an hour: at their ends both are the same.",
                unit=look.WATT,
                width=WHOLE // 2,
                lowest=0,
            ),
            PromQL(expr=f"sum by (site) ({_POWER})", legend="power {{site}}"),
            PromQL(
                expr=f"sum by (site) (avg_over_time({_POWER}[15m]))",
                legend="mean of 15 minutes {{site}}",
            ),
        ),
        series(
            Face(
                title="Margin of policies that several relays share",
                description="Budgets and demands have one margin, the same for each of "
                "their relays. That of a demand falls when the energy of the window so "
                "far, and the power now to its end, come near to the limit.",
                unit=look.RATIO,
                width=WHOLE // 2,
                decimals=0,
                highest=1,
                thresholds=look.margin(),
                no_value="no policy of several relays",
            ),
            PromQL(
                expr=f"min by (site, rule) ({_MARGIN})"
                f" == max by (site, rule) ({_MARGIN})"
                f" and count by (site, rule) ({_MARGIN}) > 1",
                legend="{{rule}} {{site}}",
            ),
        ),
    ],
)
