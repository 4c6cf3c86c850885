"""The dashboards that are committed, and walks through them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from grafana.files import HERE

Json = dict[str, Any]

BOARDS: Final[Mapping[str, Json]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((HERE / "dashboards").glob("*.json"))
}
_NAME: Final = "([A-Za-z_]\\w*)"  # $1 is what a label_replace found
VARIABLE: Final = re.compile(rf"\$(?:\{{{_NAME}(?:\.\w+)*(?::\w+)?\}}|{_NAME})")


def panels(board: Json) -> Iterator[Json]:
    """Yield every panel with data: no rows, but what lies in them."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        elif panel["type"] != "text":
            yield panel


def targets(board: Json) -> Iterator[tuple[Json, Json]]:
    """Yield each panel with each of its targets."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield panel, target


def variables(board: Json) -> list[Json]:
    """Return the template variables."""
    return list(board["templating"]["list"])


def annotations(board: Json) -> list[Json]:
    """Return the annotations that are asked of a data source."""
    return list(board["annotations"].get("list", []))


def kind(board: Json) -> str:
    """Return the type of the data source: prometheus or influxdb."""
    (found,) = (each["query"] for each in variables(board) if is_source(each))
    return str(found)


def is_source(variable: Json) -> bool:
    """Say whether a variable chooses the data source."""
    return bool(variable["type"] == "datasource")


def of_kind(wanted: str) -> Mapping[str, Json]:
    """Return the dashboards of one type of data source."""
    return {name: board for name, board in BOARDS.items() if kind(board) == wanted}


def used_variables(text: str) -> set[str]:
    """Return the names behind each `$name`, `${name}`, `${name:format}` of a text."""
    return {first or second for first, second in VARIABLE.findall(text)}


def promql(board: Json) -> Iterator[tuple[str, str]]:
    """Yield every expression of Prometheus with where it stands."""
    for panel, target in targets(board):
        yield f"{panel['title']}/{target['refId']}", target["expr"]
    for each in annotations(board):
        if "expr" in each:
            yield f"annotation {each['name']}", each["expr"]
    for variable in variables(board):
        if variable["type"] == "query":
            query = variable["query"]["query"]
            if not query.startswith("label_values("):
                query = query.removeprefix("query_result(").removesuffix(")")
            else:
                query = query.removeprefix("label_values(").rpartition(",")[0]
            yield f"variable {variable['name']}", query
