"""How Grafana asks Prometheus for a panel: its variables, its steps and its ranges."""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.servers.dashboard_demo import Asked, Series
from tests.unit.grafana.boards import VARIABLE, Json, is_source, variables

SCRAPE: Final = 15  # s, what a data source is told of its Prometheus
_RANGE: Final = 300  # s, what a reader of a new demonstration looks at
_POINTS: Final = 1000  # of a panel of that width
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# "now/d" is from midnight on; a test that runs at midnight would see nothing.
_TO_DATE: Final = {"now/d": 12 * 3600, "now/w": 3 * 86400, "now/M": 20 * 86400}
_CHOSEN: Final = "boiler"  # the relay of the demonstration that is overloaded


@dataclass(slots=True)
class Reader:
    """A person before a dashboard: what each variable is set to."""

    server: Asked
    values: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def choose(self, board: Json) -> None:
        """Set every variable as Grafana does at first: all, or one of its values."""
        for variable in variables(board):
            if is_source(variable):
                self.values[variable["name"]] = "prometheus"
                continue
            found = self._options(variable)
            self.options[variable["name"]] = found
            assert found, f"variable {variable['name']} has no value"
            self.values[variable["name"]] = _value(variable, found)

    def _options(self, variable: Json) -> list[tuple[str, str]]:
        """Return text and value of each choice."""
        if variable["type"] != "query":
            return [(each.strip(),) * 2 for each in str(variable["query"]).split(",")]
        query = self.filled(variable["query"]["query"])
        return sorted(set(_matching(variable["regex"], self._texts(query))))

    def _texts(self, query: str) -> list[str]:
        inner = query.partition("(")[2].removesuffix(")")
        if query.startswith("query_result("):
            return [_as_text(each) for each in self.server.now(inner)]
        assert query.startswith("label_values("), query
        metric, _, label = inner.rpartition(",")
        match = {"match[]": metric.strip()} if metric else {}
        return list(self.server.ask(f"label/{label.strip()}/values", **match))

    def filled(self, text: str, own: Mapping[str, str] | None = None) -> str:
        """Return a text with the value of each variable."""
        values = {**self.values, **(own or {})}

        def value(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            assert name in values, f"{found[0]} is no variable"
            return values[name]

        return VARIABLE.sub(value, text)

    def asked(self, panel: Json, target: Json) -> tuple[str, dict[str, Any]]:
        """Return the path and the parameters of a target's request."""
        seconds = _relative(panel.get("timeFrom"))
        least = _duration(target.get("interval") or panel.get("interval") or "15s")
        step = max(least, math.ceil(seconds / (panel.get("maxDataPoints") or _POINTS)))
        own = {
            "__interval": f"{step}s",
            "__interval_ms": str(step * 1000),
            "__range": f"{seconds}s",
            "__range_s": str(seconds),
            "__rate_interval": f"{max(step + SCRAPE, 4 * SCRAPE)}s",
        }
        query = self.filled(target["expr"], own)
        now = time.time()
        if target.get("instant"):
            return "query", {"query": query, "time": now}
        # Grafana rounds both ends down to a step, in the reader's time zone: here UTC.
        end = now - now % step
        start = end - math.ceil(seconds / step) * step
        return "query_range", {"query": query, "start": start, "end": end, "step": step}

    def answer(self, panel: Json, target: Json) -> list[Series]:
        """Return the series of a target; each has `values`."""
        path, parameters = self.asked(panel, target)
        found: list[Series] = self.server.ask(path, **parameters)["result"]
        for each in found:
            if "value" in each:
                each["values"] = [each.pop("value")]
        return found


def _value(variable: Json, found: list[tuple[str, str]]) -> str:
    if variable.get("includeAll"):
        return str(variable.get("allValue") or "|".join(value for _, value in found))
    for text, value in found:
        if _CHOSEN in text:
            return value
    return found[0][1]


def _as_text(series: Series) -> str:
    """Return a result as the variable's regex sees it."""
    labels = dict(series["metric"])
    name = labels.pop("__name__", "")
    inside = ",".join(f'{key}="{value}"' for key, value in labels.items())
    at, value = series["value"]
    return f"{name}{{{inside}}} {value} {round(float(at) * 1000)}"


def _matching(regex: str, texts: list[str]) -> list[tuple[str, str]]:
    """Return text and value of each text in which the regex of a variable is found."""
    if not regex:
        return [(text, text) for text in texts]
    pattern = re.compile(regex.strip("/").replace("(?<", "(?P<"))
    merged = []
    for text in texts:
        groups: dict[str, str] = {}
        for found in pattern.finditer(text):
            groups.update({k: v for k, v in found.groupdict().items() if v})
            if not found.groupdict():
                first = found[1] if pattern.groups else found[0]
                merged.append((first, first))
        if groups:
            value = groups.get("value", groups.get("text", ""))
            merged.append((groups.get("text", value), value))
    return merged


def _relative(text: str | None) -> int:
    if text is None:
        return _RANGE
    return _TO_DATE[text] if text in _TO_DATE else _duration(text)


def _duration(text: str) -> int:
    found = re.fullmatch(r"(?:now-|>)?(\d+)([smhdw])", text)
    assert found, f"{text} is no duration"
    return int(found[1]) * _SECONDS[found[2]]
