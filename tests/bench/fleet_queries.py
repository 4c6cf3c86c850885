"""The queries of the fleet dashboard, with Grafana's variables filled in."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DASHBOARD: Final = Path(__file__).parents[2] / "grafana" / "dashboards" / "fleet.json"
# All sites, and the ranges of a dashboard that shows the last hour.
VARIABLES: Final = {
    "__interval": "15s",
    "__range": "1h",
    "__rate_interval": "1m",
    "site": ".*",
    "relay": ".*",
    "currency": ".*",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query, ready to be sent."""

    title: str
    expression: str


def fleet_queries(dashboard: Path = DASHBOARD) -> list[Query]:
    """Return those of the dashboard; one that several panels ask only once."""
    first: dict[str, Query] = {}
    for query in queries_of(json.loads(dashboard.read_text())):
        first.setdefault(query.expression, query)
    counted: Counter[str] = Counter()
    queries = []
    for query in first.values():
        counted[query.title] += 1
        times = counted[query.title]
        title = query.title if times == 1 else f"{query.title} ({times})"
        queries.append(Query(title, query.expression))
    return queries


def queries_of(
    dashboard: Mapping[str, Any], variables: Mapping[str, str] = VARIABLES
) -> Iterator[Query]:
    """Yield the Prometheus queries of every panel, also of those within rows."""
    for panel in dashboard.get("panels", []):
        for target in panel.get("targets", []):
            if target.get("expr"):
                title = f"{panel.get('title', '')} {target.get('refId', '')}".strip()
                yield Query(title, filled_in(target["expr"], variables))
        yield from queries_of(panel, variables)


def filled_in(expression: str, variables: Mapping[str, str]) -> str:
    """Replace $name, ${name} and ${name:format}; KeyError where one is not known."""
    return re.sub(
        r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))",
        lambda found: variables[found[1] or found[2]],
        expression,
    )
