"""The policies as a table for people."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from collector.cli.table import UNKNOWN

_COLUMNS = ("rule", "kind", "class", "mode", "relay", "state", "margin", "reason")


def policy_table(policies: list[dict[str, Any]]) -> Table:
    """Return a line for each rule and relay; what is not known is a dash, never 0."""
    table = Table()
    for title in _COLUMNS:
        table.add_column(
            title,
            justify="right" if title == "margin" else "left",
            no_wrap=title in {"kind", "class", "mode", "state", "margin"},
            overflow="fold",
        )
    for policy in policies:
        for row in _rows(policy):
            # Text, not markup: a name may hold brackets.
            table.add_row(*(Text(cell) for cell in row))
    return table


def _rows(policy: dict[str, Any]) -> Iterator[list[str]]:
    head = [policy["name"], policy["kind"], policy["class"], policy["mode"]]
    if not policy["relays"]:
        yield [*head, *[UNKNOWN] * 4]
    for relay in policy["relays"]:
        held = [
            one["channel"] for one in policy["held"] if one["ieee"] == relay["ieee"]
        ]
        state = f"{relay['state']} ({', '.join(held)} off)" if held else relay["state"]
        margin = relay["margin"]
        yield [
            *head,
            relay["name"],
            state,
            UNKNOWN if margin is None else f"{margin * 100:.0f} %",
            relay["reason"] or UNKNOWN,
        ]
