"""Protection: what the policies did, and how long it took."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.links import RELAY_OF_SERIES
from grafana.panels import Face, Panel, series
from grafana.promql import (
    RATE,
    RULE,
    SITE,
    channel_named,
    else_none,
    happened,
    quantile,
)
from grafana.sources import PromQL

_BAD: Final = 'outcome=~"failed|refused|unknown"'
_ACTIONS: Final = f"zigbee_relay_policy_actions_total{{{SITE}, {RULE}}}"
_FAILED: Final = (
    f'zigbee_relay_policy_actions_total{{{SITE}, {RULE}, action!="alarm", {_BAD}}}'
)
_COMMANDS: Final = f"zigbee_relay_commands_total{{{SITE}}}"
_BAD_COMMANDS: Final = f"zigbee_relay_commands_total{{{SITE}, {_BAD}}}"
_LATENCY: Final = "zigbee_collector_command_duration_seconds"
_DECISION: Final = "zigbee_collector_policy_decision_duration_seconds"


def _times(
    title: str, description: str, expr: str, legend: str, *, width: int = 12
) -> Panel:
    """Return how often something happened, as bars."""
    return series(
        Face(
            title=title,
            description=description,
            unit=look.NUMBER,
            width=width,
            decimals=0,
            lowest=0,
            interval="1m",
        ),
        PromQL(expr=expr, legend=legend),
        stacked=True,
        bars=True,
    )


def _quick(title: str, description: str, histogram: str, *by: str) -> Panel:
    """Return how long something took. A time without any is 0, and not nothing."""
    bucket, none = (
        f"{histogram}_bucket{{{SITE}}}",
        f"rate({histogram}_count{{{SITE}}}[{RATE}])",
    )
    none = f"0 * sum by ({', '.join(by)}) ({none})"
    return series(
        Face(
            title=title,
            description=description,
            unit=look.SECONDS,
            width=12,
            lowest=0,
            interval="1m",
        ),
        *(
            PromQL(
                expr=f"{quantile(share, bucket, *by)} >= 0 or {none}",
                legend=f"{{{{origin}}}} {legend}" if by else legend,
            )
            for share, legend in ((0.5, "half"), (0.99, "99 %"))
        ),
        bars=True,
    )


ACTS: Final = Row(
    title="Decisions",
    panels=[
        _times(
            "Decisions",
            "What policies did by how it ended; would_act is what a policy of a dry run "
            "would have done. An alarm counts as failed.",
            else_none(
                f"sum by (rule, action, outcome) ({happened(_ACTIONS, RATE)})", "rule"
            ),
            "{{rule}} {{action}} {{outcome}}",
            width=8,
        ),
        _times(
            "Cut-offs and restores that failed",
            "Actions that were refused, failed, or ended nobody knows how, by relay. "
            "The load may still be on.",
            else_none(
                "topk(20, sum by (rule, ieee, channel, action, outcome) "
                f"({happened(_FAILED, RATE)}))",
                "rule",
            ),
            "{{rule}} {{action}} {{ieee}}/{{channel}} {{outcome}}",
            width=8,
        ),
        series(
            Face(
                title="Contact faults",
                description="Contacts that are reported open and carry power: they may "
                "be welded. 1 while it is so.",
                unit=look.NUMBER,
                width=8,
                decimals=0,
                lowest=0,
                thresholds=look.none_is_good(),
                link=RELAY_OF_SERIES,
            ),
            PromQL(
                expr=else_none(
                    channel_named(f"(zigbee_relay_contact_fault{{{SITE}}} == 1)"),
                    "name",
                ),
                legend="{{name}}/{{channel}} {{channel_name}}",
            ),
        ),
    ],
)

COMMANDS: Final = Row(
    title="Commands",
    panels=[
        _quick(
            "Time to decide",
            "From a frame's arrival to the commands that policies decided on it; the "
            "half and 99 of 100 were faster. 0 where nothing was decided.",
            _DECISION,
        ),
        _quick(
            "Latency of commands",
            "From a decision to the outcome of its command, retries included, by who "
            "wanted it; the half and 99 of 100 were faster. 0 where there was none.",
            _LATENCY,
            "origin",
        ),
        _times(
            "Commands",
            "Commands to contacts by who wanted them and how they ended.",
            else_none(
                f"sum by (origin, outcome) ({happened(_COMMANDS, RATE)})", "origin"
            ),
            "{{origin}} {{outcome}}",
        ),
        _times(
            "Commands that were not confirmed",
            "Refused: not sent, or the relay answered with an error. Failed: the relay "
            "answers, and its contact or its power says no. Unknown: given up; nobody "
            "knows the contact until it is read.",
            else_none(
                "topk(20, sum by (ieee, channel, origin, outcome) "
                f"({happened(_BAD_COMMANDS, RATE)}))",
                "origin",
            ),
            "{{origin}} {{ieee}}/{{channel}} {{outcome}}",
        ),
    ],
)
