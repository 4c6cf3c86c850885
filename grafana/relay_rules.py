"""Relay: what the policies think of it and did to it."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.links import PROTECTION
from grafana.panels import WHOLE, Face, series, timeline
from grafana.promql import RATE, RELAY, else_none, happened, state_number
from grafana.sources import PromQL

_ACTIONS: Final = f"zigbee_relay_policy_actions_total{{{RELAY}}}"
_COMMANDS: Final = f"zigbee_relay_commands_total{{{RELAY}}}"

RULES: Final = Row(
    title="Policies",
    panels=[
        timeline(
            Face(
                title="State of each policy",
                description="What each policy was in for this relay. Latched: it has cut "
                "the relay off. Stale: a value that it needs is too old.",
                unit=look.WORD,
                words=look.STATE,
                link=PROTECTION,
                no_value="no policy",
            ),
            PromQL(expr=state_number(RELAY, "rule"), legend="{{rule}}"),
        ),
        series(
            Face(
                title="Margin to each policy",
                description="How far each policy is from acting: 100 % at rest, 0 % at "
                "its limit, negative beyond it. `root` is the relay's own rating, 10 A and "
                "2500 W.",
                unit=look.RATIO,
                decimals=0,
                highest=1,
                thresholds=look.margin(),
                link=PROTECTION,
                no_value="no policy",
            ),
            PromQL(
                expr=f"min by (rule) (zigbee_relay_policy_margin_ratio{{{RELAY}}})",
                legend="{{rule}}",
            ),
        ),
        series(
            Face(
                title="What policies did",
                description="Actions of policies, or what they would have done "
                "(would_act), by how they ended.",
                unit=look.NUMBER,
                decimals=0,
                lowest=0,
                interval="1m",
                width=12,
            ),
            PromQL(
                expr=else_none(
                    "sum by (rule, channel, action, outcome) "
                    f"({happened(_ACTIONS, RATE)})",
                    "rule",
                ),
                legend="{{rule}} {{action}} {{channel}} {{outcome}}",
            ),
            stacked=True,
            bars=True,
        ),
        series(
            Face(
                title="Commands",
                description="Commands to the contacts, by who wanted them and how they "
                "ended.",
                unit=look.NUMBER,
                decimals=0,
                lowest=0,
                interval="1m",
                width=WHOLE // 2,
            ),
            PromQL(
                expr=else_none(
                    f"sum by (channel, origin, outcome) ({happened(_COMMANDS, RATE)})",
                    "origin",
                ),
                legend="{{origin}} {{channel}} {{outcome}}",
            ),
            stacked=True,
            bars=True,
        ),
    ],
)
