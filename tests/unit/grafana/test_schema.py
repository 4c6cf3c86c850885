"""Every dashboard is valid against the schema of Grafana 11.6."""

import copy
from collections.abc import Callable

import pytest

from tests.unit.grafana.boards import BOARDS, Json
from tests.unit.grafana.schema import wrongs


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())
def test_a_dashboard_is_as_grafana_wants_it(board: Json) -> None:
    assert wrongs(board) == []
    assert board["schemaVersion"] == 41


def _panel(board: Json, kind: str = "timeseries") -> Json:
    found: Json = next(each for each in board["panels"] if each["type"] == kind)
    return found


def _strange_key(board: Json) -> None:
    board["titel"] = "a word that no key is"


def _text_for_number(board: Json) -> None:
    _panel(board)["gridPos"]["w"] = "24"


def _true_for_number(board: Json) -> None:
    _panel(board)["id"] = True


def _null_for_flag(board: Json) -> None:
    board["templating"]["list"][0]["type"] = None


def _strange_word(board: Json) -> None:
    _panel(board)["options"]["legend"]["placement"] = "left"


def _without_a_key(board: Json) -> None:
    del board["templating"]


def _strange_panel(board: Json) -> None:
    _panel(board)["type"] = "graph"


def _strange_query(board: Json) -> None:
    _panel(board)["targets"][0]["query"] = "up"


def _strange_field(board: Json) -> None:
    _panel(board)["fieldConfig"]["defaults"]["custom"]["lineWith"] = 1


def _strange_override(board: Json) -> None:
    override = _panel(board, "table")["fieldConfig"]["overrides"][0]
    override["properties"][0]["id"] = "custom.widht"


def _wrong_override(board: Json) -> None:
    override = _panel(board, "table")["fieldConfig"]["overrides"][0]
    override["properties"][0] = {"id": "decimals", "value": "two"}


def _list_for_object(board: Json) -> None:
    board["annotations"] = []


def _strange_annotation(board: Json) -> None:
    annotation = {
        "name": "cut",
        "datasource": {"type": "prometheus"},
        "enable": True,
        "iconColor": "red",
        "titleFromat": "a word that no key is",
    }
    board["annotations"] = {"list": [annotation]}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_strange_key, "$.titel: there is no such key"),
        (_text_for_number, ".gridPos.w: '24' is no int"),
        (_true_for_number, ".id: True is no int"),
        (_null_for_flag, ".list[0].type: None is no VariableType"),
        (_strange_word, ".legend.placement: 'left' is no LegendPlacement"),
        (_without_a_key, "$.templating: is missing"),
        (_strange_panel, ".type: 'graph' is none of ("),
        (_strange_query, ".targets[0].query: there is no such key"),
        (_strange_field, ".defaults.custom.lineWith: there is no such key"),
        (_strange_override, ".properties[0].id: 'custom.widht' is none of ("),
        (_wrong_override, ".properties[0].value: 'two' is no float"),
        (_list_for_object, "$.annotations: [] is no object"),
        (_strange_annotation, ".list[0].titleFromat: there is no such key"),
    ],
)
def test_what_is_wrong_is_found_with_its_path(
    spoil: Callable[[Json], None], said: str
) -> None:
    board = copy.deepcopy(BOARDS["overview"])
    spoil(board)
    found = wrongs(board)
    assert any(said in each for each in found), found
