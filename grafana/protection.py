"""Protection: what the policies see, decide and do."""

from typing import Final

from grafana import look
from grafana.board import Board, Row, choice, event
from grafana.figures import count
from grafana.links import RELAY_OF_ROW, RELAY_OF_SERIES
from grafana.overview import SITES
from grafana.panels import WHOLE, Column, Face, ranking, stat, table, timeline
from grafana.promql import RATE, RULE, SITE, happened, named, state_number
from grafana.protection_acts import ACTS, COMMANDS
from grafana.protection_limits import DEMAND, MARGINS
from grafana.sources import PromQL

_RULES: Final = choice(
    "rule",
    "Policy",
    'label_values(zigbee_relay_policy_margin_ratio{site=~"$site"}, rule)',
    several=True,
)
_WHERE: Final = f"{SITE}, {RULE}"
_MARGIN: Final = f"zigbee_relay_policy_margin_ratio{{{_WHERE}}}"
_ACTIONS: Final = f"zigbee_relay_policy_actions_total{{{_WHERE}}}"
_FAILED: Final = (
    f'zigbee_relay_policy_actions_total{{{_WHERE}, action="off", '
    'outcome=~"failed|refused|unknown"}'
)
_MOST: Final = 20


def _in_state(state: str) -> str:
    """Return how many pairs of policy and relay are in a state; none is 0."""
    found = f'zigbee_relay_policy_state{{{_WHERE}, state="{state}"}} == 1'
    return f"count({found}) or vector(0)"


def _now() -> Row:
    return Row(
        title="Now",
        panels=[
            count(
                "Latched",
                "Relays that a policy has cut off; counted once for each policy.",
                _in_state("latched"),
                bad=True,
            ),
            count(
                "Over the limit",
                "Relays that are over a policy's limit, and not yet cut off; counted "
                "once for each policy.",
                _in_state("over"),
                bad=True,
            ),
            count(
                "Without a value",
                "Policies that cannot judge a relay, as a value is too old: what happens "
                "then is the policy's when_stale.",
                _in_state("stale"),
                bad=True,
            ),
            count(
                "Cut-offs that failed",
                "Cut-offs by policies in the range shown that were refused, failed, or "
                "ended nobody knows how. The load may still be on.",
                f"ceil(sum({happened(_FAILED, '$__range')})) or vector(0)",
                instant=True,
                bad=True,
            ),
            count(
                "Contact faults",
                "Contacts that are reported open and carry power: they may be welded.",
                f"sum(zigbee_relay_contact_fault{{{SITE}}}) or vector(0)",
                bad=True,
            ),
            stat(
                Face(
                    title="Lowest margin",
                    description="How far the nearest policy is from acting: 100 % at "
                    "rest, 0 % at its limit, negative beyond it.",
                    unit=look.RATIO,
                    width=4,
                    height=4,
                    decimals=0,
                    thresholds=look.margin(),
                    no_value="no policy",
                ),
                PromQL(expr=f"min({_MARGIN})"),
                sparkline=True,
            ),
        ],
    )


def _keyed(vector: str) -> str:
    """Return a vector of policy and relay with a key that a table can join by."""
    return f'label_join({vector}, "key", " ", "rule", "ieee")'


def _states() -> Row:
    state = state_number(_WHERE, "rule", "ieee")
    margin = _keyed(f"min by (rule, ieee) ({_MARGIN})")
    return Row(
        title="Policies",
        panels=[
            timeline(
                Face(
                    title="State of each policy",
                    description="The worst state that a policy was in for any of its "
                    "relays. Latched: it has cut off. Stale: a value is too old. "
                    "Suspended: a person's word stands above it for a while.",
                    unit=look.WORD,
                    width=12,
                    height=10,
                    words=look.STATE,
                ),
                PromQL(expr=state_number(_WHERE, "rule"), legend="{{rule}}"),
            ),
            ranking(
                Face(
                    title="Lowest margins now",
                    description=f"The {_MOST} pairs of policy and relay that are nearest "
                    "to acting, the nearest first; red is beyond the limit.",
                    unit=look.RATIO,
                    width=12,
                    height=10,
                    decimals=0,
                    lowest=0,
                    highest=1,
                    thresholds=look.margin(),
                    link=RELAY_OF_SERIES,
                ),
                PromQL(
                    expr=f"sort({named(f'bottomk({_MOST}, {_MARGIN})')})",
                    legend="{{rule}}: {{name}}",
                    instant=True,
                ),
            ),
            table(
                Face(
                    title="Policies and relays",
                    description="The state and margin of each policy for each of its "
                    "relays; a policy of several relays has a row for each. A click on "
                    "a name shows the relay.",
                    unit=look.NUMBER,
                    width=WHOLE,
                    height=10,
                ),
                [
                    Column(name="rule", title="Policy"),
                    Column(name="name", title="Relay", link=RELAY_OF_ROW),
                    Column(name="ieee", title="Address", width=190),
                    Column(name="Value #A", title="State", words=look.STATE),
                    Column(
                        name="Value #B", title="Margin", unit=look.RATIO, decimals=0
                    ),
                ],
                PromQL(expr=_keyed(named(state)), instant=True, table=True),
                PromQL(expr=f"max by (key) ({margin})", instant=True, table=True),
                key="key",
                sort=("Margin", False),
            ),
        ],
    )


PROTECTION_BOARD: Final = Board(
    name="protection",
    title="Protection",
    description="Policies: their state and margins, what they decided, and whether it "
    "was done.",
    variables=[SITES, _RULES],
    annotations=[
        event(
            "Policies",
            look.RED,
            expr=f"{named(happened(_ACTIONS, RATE))} > 0",
            title="{{rule}}: {{action}} {{name}}/{{channel}}",
            text="{{outcome}}, {{mode}}",
        )
    ],
    rows=[_now(), _states(), MARGINS, ACTS, COMMANDS, DEMAND],
)
