"""What is known of the relays, as a table for people."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

TABLE_WIDTH = 124
JOULES_PER_KWH = 3.6e6
UNKNOWN = "-"

_COLUMNS = (
    ("power", "power_w", "{:.1f} W"),
    ("voltage", "voltage_v", "{:.1f} V"),
    ("current", "current_a", "{:.3f} A"),
    ("chip", "temperature_c", "{:.0f} °C"),
)


def relay_table(relays: list[dict[str, Any]]) -> Table:
    """Return the table; what is not known is a dash, never 0."""
    table = Table()
    for title in ("name", "address", "status", "l1", "l2"):
        table.add_column(title, no_wrap=title != "name", overflow="fold")
    for title, _, _ in _COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("energy", "firmware", "LQI"):
        table.add_column(title, justify="right", no_wrap=True)
    for relay in relays:
        # Text, not markup: a name may hold brackets.
        table.add_row(*(Text(cell) for cell in _row(relay)))
    return table


def show(table: Table) -> None:
    """Print a table."""
    console = Console()
    # A table that is cut is of no use: a narrow terminal wraps its lines instead.
    console.width = max(console.width, TABLE_WIDTH)
    console.print(table)


def _row(relay: dict[str, Any]) -> list[str]:
    energy = relay["energy"]
    kwh = None if energy is None else energy["total_j"] / JOULES_PER_KWH
    return [
        relay["name"] if relay["name"] != relay["ieee"] else UNKNOWN,
        relay["ieee"],
        relay["availability"],
        _contact(relay["channels"]["l1"]["on"]),
        _contact(relay["channels"]["l2"]["on"]),
        *(_text(relay[key], form) for _, key, form in _COLUMNS),
        _text(kwh, "{:.3f} kWh"),
        _text(relay["firmware"], "{}"),
        _text(relay["link_quality"], "{}"),
    ]


def _text(value: float | None, form: str) -> str:
    return UNKNOWN if value is None else form.format(value)


def _contact(on: bool | None) -> str:
    return {True: "on", False: "off", None: UNKNOWN}[on]
