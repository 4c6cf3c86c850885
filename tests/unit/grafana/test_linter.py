"""Every dashboard keeps the rules, and each rule finds what breaks it."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.unit.grafana import lint
from tests.unit.grafana.boards import BOARDS, Json, kind, panels, variables

UIDS: Final = {board["uid"]: board for board in BOARDS.values()}


@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())
def test_a_dashboard_keeps_a_rule(
    board: Json, rule: Callable[[Json], Iterator[str]]
) -> None:
    assert list(rule(board)) == []


def test_uids_and_titles_are_each_dashboards_own() -> None:
    assert len(UIDS) == len(BOARDS)
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS)


def links(part: object) -> Iterator[str]:
    """Yield every URL that leads to a dashboard."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "url" and isinstance(value, str):
                yield value
            else:
                yield from links(value)
    elif isinstance(part, list):
        for each in part:
            yield from links(each)


def dead(url: str, board: Json) -> list[str]:
    """Return why a link of a dashboard leads nowhere."""
    parts = urlsplit(url)
    target = UIDS.get(parts.path.removeprefix("/d/").partition("/")[0])
    if target is None:
        return [f"no dashboard {parts.path}"]
    wrong = []
    there = {each["name"] for each in variables(target)}
    for name, _ in parse_qsl(parts.query):
        if name.startswith("var-") and name.removeprefix("var-") not in there:
            wrong.append(f"no variable {name}")
    for name in re.findall(r"\$\{(\w+):queryparam}", parts.query):
        if name not in {each["name"] for each in variables(board)}:
            wrong.append(f"no variable {name} here")
        if name not in there:
            wrong.append(f"no variable {name} there")
    # A data source of one type means nothing to a dashboard of the other.
    if "datasource" in parts.query and kind(board) != kind(target):
        wrong.append("of another type")
    return wrong


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())
def test_every_link_leads_somewhere(board: Json) -> None:
    ours = [url for url in links(board) if url.startswith("/d/")]
    assert {url: wrong for url in ours if (wrong := dead(url, board))} == {}
    fields = set(re.findall(r"\$\{__\w+\.\w+\.(\w+)}", json.dumps(ours)))
    assert fields <= {"ieee", "rule", "instance", "site", "name"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/d/relay-energy-none", ["no dashboard /d/relay-energy-none"]),
        ("/d/relay-energy-overview?var-realy=a", ["no variable var-realy"]),
        (
            "/d/relay-energy-overview?${sight:queryparam}",
            ["no variable sight here", "no variable sight there"],
        ),
        ("/d/relay-energy-overview?var-site=a&${datasource:queryparam}", []),
    ],
)
def test_a_dead_link_is_found(url: str, said: list[str]) -> None:
    assert dead(url, BOARDS["overview"]) == said


def _first(board: Json, kind_of_panel: str = "stat") -> Json:
    return next(each for each in panels(board) if each["type"] == kind_of_panel)


def _ask(board: Json, expression: str) -> None:
    _first(board)["targets"][0]["expr"] = expression


def _wider(board: Json) -> None:
    _first(board)["gridPos"]["w"] = 25


SPOILT: Final[dict[str, tuple[Callable[[Json], object], str]]] = {
    "fixed source": (
        lambda board: _first(board)["datasource"].update(uid="P1809F7CD0C75ACF3"),
        "the data source is",
    ),
    "fixed source of a query": (
        lambda board: _first(board)["targets"][0]["datasource"].update(uid="mine"),
        "A: the data source is",
    ),
    "no variable": (
        lambda board: board["templating"]["list"].pop(1),
        "$site is no variable",
    ),
    "no unit": (
        lambda board: _first(board)["fieldConfig"]["defaults"].pop("unit"),
        "all has the unit None",
    ),
    "strange unit": (
        lambda board: _first(board)["fieldConfig"]["defaults"].update(unit="kWh"),
        "all has the unit 'kWh'",
    ),
    "strange unit of a column": (
        lambda board: _first(board, "table")["fieldConfig"]["overrides"].append(
            {
                "matcher": {"id": "byName", "options": "Power"},
                "properties": [{"id": "unit", "value": "W"}],
            }
        ),
        "Power has the unit 'W'",
    ),
    "no title": (lambda board: _first(board).update(title=" "), "no title"),
    "no description": (lambda board: _first(board).pop("description"), "no descrip"),
    "rate over a step": (
        lambda board: _ask(board, "rate(zigbee_relay_commands_total[$__interval])"),
        "rate over [$__interval]",
    ),
    "fixed window": (
        lambda board: _ask(board, "increase(zigbee_relay_commands_total[7m])"),
        "[7m] is fixed",
    ),
    "irate": (
        lambda board: _ask(board, "irate(zigbee_relay_commands_total[1h])"),
        "irate sees two samples",
    ),
    "bare counter": (
        lambda board: _ask(board, "sum(zigbee_relay_commands_total)"),
        "is a counter",
    ),
    "rate of a gauge": (
        lambda board: _ask(board, "rate(zigbee_relay_power_watts[$__rate_interval])"),
        "is no counter",
    ),
    "no site": (
        lambda board: _ask(board, "sum(zigbee_relay_power_watts)"),
        "of whichever site",
    ),
    "no job": (lambda board: _ask(board, 'up{site=~"$site"}'), "of whichever job"),
    "two queries of one name": (
        lambda board: _first(board)["targets"].append(_first(board)["targets"][0]),
        "refIds ['A', 'A']",
    ),
    "no legend": (
        lambda board: _first(board)["targets"].append(
            {"refId": "B", "expr": "vector(0)", "legendFormat": "__auto"}
        ),
        "B has no legend",
    ),
    "unused variable": (
        lambda board: board["templating"]["list"].append(
            {"name": "spare", "type": "custom", "query": "a,b"}
        ),
        "spare is used nowhere",
    ),
    "too wide": (_wider, "lies outside of the grid"),
    "one upon the other": (
        lambda board: _first(board)["gridPos"].update(x=4),
        "lies upon",
    ),
    "id twice": (lambda board: _first(board).update(id=1), "ids of panels"),
    "locked": (lambda board: board.update(editable=False), "editable: False"),
    "time zone": (lambda board: board.update(timezone="utc"), "timezone: 'utc'"),
    "long uid": (
        lambda board: board.update(uid=f"relay-energy-{28 * 'a'}"),
        "uid of 41 characters",
    ),
    "no tag": (lambda board: board.update(tags=[]), "tag relay-energy"),
    "no links": (lambda board: board.update(links=[]), "no link to the others"),
}


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT.keys())
def test_what_breaks_a_rule_is_found(
    spoil: Callable[[Json], object], said: str
) -> None:
    board = copy.deepcopy(BOARDS["overview"])
    spoil(board)
    found = [each for rule in lint.RULES for each in rule(board)]
    assert any(said in each for each in found), found
