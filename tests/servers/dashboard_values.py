"""What values are sensible: by the unit in which a panel shows them."""

import math
import time
from collections.abc import Iterator
from typing import Final

from tests.servers.dashboard_demo import Series
from tests.unit.grafana.boards import Json

_DAY: Final = 86_400.0
# unit -> the least and the greatest that the demonstration can have.
_SENSIBLE: Final = {
    "watt": (0, 10_000),
    "voltamp": (0, 12_000),
    "kwatth": (0, 10),
    "volt": (180, 260),
    "amp": (0, 40),
    "celsius": (0, 90),
    "percentunit": (-10, 1.5),
    "s": (0, _DAY),
    "bytes": (0, 4e9),
    "cps": (0, 1_000),
    "short": (0, 100_000),
    "none": (0, 100_000),
}
_WORDS: Final = ("string", "bool_on_off")


def wrong_values(panel: Json, target: Json, found: list[Series]) -> Iterator[str]:
    """Yield the values of a target that make no sense in its unit."""
    unit, words = _shown(panel, target)
    for series in found:
        values = [float(value) for _, value in series["values"]]
        real = [value for value in values if not math.isnan(value)]
        if not real:
            yield f"not a number: {series['metric']}"
        for value in real:
            if not _sensible(value, unit, words):
                yield f"{value} {unit} {words or ''}: {series['metric']}"
                break


def _shown(panel: Json, target: Json) -> tuple[str, set[str]]:
    """Return the unit in which a target's values are shown, and the words for them."""
    config = panel["fieldConfig"]
    defaults = config["defaults"]
    unit, words = str(defaults["unit"]), _words(defaults.get("mappings"))
    if target.get("format") != "table":
        return unit, words
    many = len(panel.get("targets", ())) != 1
    name = f"Value #{target['refId']}" if many else "Value"
    for each in _properties(panel, _title(panel, name)):
        if each["id"] == "unit":
            unit = str(each["value"])
        if each["id"] == "mappings":
            words = _words(each["value"])
    return unit, words


def column(panel: Json, name: str) -> tuple[str, str]:
    """Return title and unit of a column of a table."""
    title = _title(panel, name)
    unit = panel["fieldConfig"]["defaults"]["unit"]
    for each in _properties(panel, title):
        if each["id"] == "unit":
            unit = each["value"]
    return title, str(unit)


def _title(panel: Json, name: str) -> str:
    for each in panel.get("transformations", ()):
        if each["id"] == "organize":
            name = each["options"]["renameByName"].get(name, name)
    return str(name)


def _properties(panel: Json, title: str) -> Iterator[Json]:
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"] == {"id": "byName", "options": title}:
            yield from override["properties"]


def _words(mappings: list[Json] | None) -> set[str]:
    return {
        word
        for each in mappings or ()
        if each["type"] == "value"
        for word in each["options"]
    }


def _sensible(value: float, unit: str, words: set[str]) -> bool:
    if words:
        return f"{value:g}" in words
    if unit == "dateTimeFromNow":  # ms; of a demonstration that just started
        return time.time() - _DAY < value / 1000 < time.time() + 60
    if unit in _WORDS:
        return value in (0, 1)
    if unit.startswith("currency"):
        return 0 <= value < 10
    least, greatest = _SENSIBLE[unit]
    return least <= value <= greatest
