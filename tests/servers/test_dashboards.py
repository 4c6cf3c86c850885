"""Every panel of every dashboard, asked of a Prometheus that scrapes the demonstration."""

import json
import math
import re
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.integration.simulator_world import LOOPBACK
from tests.servers.dashboard_demo import Asked, Series, demonstration
from tests.servers.dashboard_queries import Reader
from tests.servers.dashboard_values import column, wrong_values
from tests.unit.grafana.boards import Json, annotations, of_kind, panels, variables

# The first test waits until the heater of the demonstration was cut off.
pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(150)]

BOARDS: Final = of_kind("prometheus")
PANELS: Final = [
    pytest.param(board, panel, id=f"{name}-{panel['title']}")
    for name, board in BOARDS.items()
    for panel in panels(board)
]
_NEVER: Final = "it never happens on the demonstration"
# Targets and annotations without anything on the demonstration -> why.
EMPTY: Final[dict[tuple[str, str, str], str]] = {
    ("overview", "Power by relay", "B"): "it has less than 20 relays",
    ("fleet", "Power by site", "B"): "it has one site",
    ("relay", "Settings and faults", "B"): "nobody has written it",
    ("collector", "Starts", ""): "it is started once",
    ("collector", "Radio lost", ""): _NEVER,
    ("relay", "Switched on", ""): "the heater is restored two minutes later",
    ("relay", "Power outages", ""): _NEVER,
    ("relay", "Energy register fell", ""): _NEVER,
}
# A panel of what ought not to happen shows one series of this name, and 0.
NONE: Final = "none"
REST: Final = "all others"  # the legend of a sum, which is nobody's own


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with demonstration(tmp_path_factory.mktemp("dashboards")) as server:
        yield server


@pytest.fixture(scope="module")
def readers(demo: Asked) -> dict[str, Reader]:
    """Return who reads each dashboard, with all variables chosen."""
    found = {}
    for name, board in BOARDS.items():
        found[board["uid"]] = reader = Reader(demo)
        try:
            reader.choose(board)
        except AssertionError as error:
            error.add_note(name)
            raise
    return found


def _name(board: Json) -> str:
    return str(board["uid"]).removeprefix("relay-energy-")


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_has_sensible_data(
    board: Json, panel: Json, readers: dict[str, Reader]
) -> None:
    reader = readers[board["uid"]]
    wrong: dict[str, Any] = {}
    for target in panel["targets"]:
        found = reader.answer(panel, target)
        empty = (_name(board), panel["title"], target["refId"]) in EMPTY
        if bool(found) == empty:
            wrong[target["refId"]] = f"{len(found)} series", reader.asked(panel, target)
        said = [*_nameless(target, found), *wrong_values(panel, target, found)]
        said += _linkless(panel, target, found)
        if said:
            wrong[f"{target['refId']} values"] = said
    assert wrong == {}


def _nameless(target: Json, found: list[Series]) -> Iterator[str]:
    """Yield the series that a legend does not tell from others."""
    if target.get("format") == "table":
        return
    legend = target["legendFormat"]
    names = []
    for series in found:
        if list(series["metric"].values()) == [NONE]:
            continue
        for label in re.findall(r"\{\{\s*(\w+)\s*}}", legend):
            if not series["metric"].get(label):
                yield f"{legend}: no {label} in {series['metric']}"
        name = legend
        for label, value in series["metric"].items():
            name = name.replace(f"{{{{{label}}}}}", value)
        names.append(name)
    if len(set(names)) < len(names):
        yield f"series of the same name: {sorted(names)}"


def _linkless(panel: Json, target: Json, found: list[Series]) -> Iterator[str]:
    """Yield the series without a label that a link behind their values needs."""
    labels = set(re.findall(r"\$\{__field\.labels\.(\w+)", json.dumps(panel)))
    for series in found:
        names = {NONE, target.get("legendFormat")} & {*series["metric"].values(), REST}
        if labels - set(series["metric"]) and not names:
            yield f"no {labels} for a link: {series['metric']}"


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_an_expression_can_be_formatted(
    board: Json, panel: Json, demo: Asked, readers: dict[str, Reader]
) -> None:
    for target in panel["targets"]:
        query = readers[board["uid"]].asked(panel, target)[1]["query"]
        assert demo.ask("format_query", query=query)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())
def test_a_dashboards_events_happened(
    board: Json, demo: Asked, readers: dict[str, Reader]
) -> None:
    wrong: dict[str, Any] = {}
    for each in annotations(board):
        target = {**each, "interval": each.get("step")}
        found = readers[board["uid"]].answer({}, target)
        values = [float(value) for one in found for _, value in one["values"]]
        empty = (_name(board), each["name"], "") in EMPTY
        if any(values) == empty:
            wrong[each["name"]] = readers[board["uid"]].asked({}, target)
        labels = set(re.findall(r"\{\{\s*(\w+)\s*}}", str(each)))
        for one in found:
            if missing := labels - set(one["metric"]):
                wrong[f"{each['name']} text"] = missing, one["metric"]
        query = readers[board["uid"]].asked({}, target)[1]["query"]
        assert demo.ask("format_query", query=query)
    assert wrong == {}


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())
def test_variables_are_names_to_the_reader(
    board: Json, readers: dict[str, Reader]
) -> None:
    """A site is shown as it is called; a relay by its name, and asked by its address."""
    options = readers[board["uid"]].options
    assert options.get("site", [("demo", "demo")]) == [("demo", "demo")]
    if "relay" in options:
        assert [text for text, _ in options["relay"]] == ["bath", "boiler", "floor"]
        addresses = {value for _, value in options["relay"]}
        assert addresses == {f"00:15:8d:00:03:a0:00:0{index}" for index in range(3)}
    assert set(options) == {each["name"] for each in variables(board)} - {"datasource"}


def test_nothing_is_allowed_to_be_empty_that_is_not_asked() -> None:
    asked = {
        (_name(board), panel["title"], target["refId"])
        for board in BOARDS.values()
        for panel in panels(board)
        for target in panel["targets"]
    } | {
        (_name(board), each["name"], "")
        for board in BOARDS.values()
        for each in annotations(board)
    }
    assert set(EMPTY) <= asked
    assert all(EMPTY.values())


WATTS: Final[Json] = {"fieldConfig": {"defaults": {"unit": "watt"}, "overrides": []}}
TABLE: Final[Json] = {
    "type": "table",
    "fieldConfig": {
        "defaults": {"unit": "none"},
        "overrides": [
            {
                "matcher": {"id": "byName", "options": "Voltage"},
                "properties": [{"id": "unit", "value": "volt"}],
            }
        ],
    },
    "transformations": [
        {"id": "organize", "options": {"renameByName": {"Value #A": "Voltage"}}}
    ],
}


@pytest.mark.parametrize(
    ("panel", "target", "value", "bad"),
    [
        (WATTS, {"refId": "A"}, "3200", False),
        (WATTS, {"refId": "A"}, "3200000", True),
        (WATTS, {"refId": "A"}, "-4", True),
        (WATTS, {"refId": "A"}, "NaN", True),
        (WATTS, {"refId": "A"}, "+Inf", True),
        (TABLE, {"refId": "A", "format": "table"}, "231.5", False),
        (TABLE, {"refId": "A", "format": "table"}, "2.315", True),
        (TABLE, {"refId": "B", "format": "table"}, "2.315", False),
    ],
)
def test_a_senseless_value_is_found(
    panel: Json, target: Json, value: str, bad: bool
) -> None:
    series = [{"metric": {}, "values": [[time.time(), value]]}]
    assert bool(list(wrong_values(panel, target, series))) is bad
    assert math.isnan(float("nan"))
    assert column(TABLE, "Value #A") == ("Voltage", "volt")
