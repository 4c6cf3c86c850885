"""Rules that a dashboard of ours keeps; each yields what breaks it.

Those of Grafana's dashboard-linter (template-datasource, panel-datasource,
panel-title-description, panel-units, target-rate-interval, template and target of job and
instance, uneditable), and our own. A site takes the place of job and instance: one
collector is one target, and its site says which.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from grafana_foundation_sdk.models import units

from tests.unit.grafana.boards import (
    Json,
    annotations,
    is_source,
    kind,
    panels,
    targets,
    used_variables,
    variables,
)
from tests.unit.grafana.promql import Selector, asked

UNITS: Final = {
    value
    for name, value in vars(units).items()
    if name[0].isupper() and isinstance(value, str)
}
# Of Grafana itself: $__range, ${__field.labels.x}, ${__url_time_range} …
_OWN: Final = ("__", "timeFilter")
_SOURCE: Final = "${datasource}"
_COUNTS: Final = ("_total", "_bucket", "_sum", "_count")
_OF_COUNTERS: Final = frozenset(("rate", "increase", "resets"))
# What a title or description says where a window is fixed.
_FIXED: Final = {
    "15m": ("15 minutes", "quarter"),
    "1h": ("hour",),
    "1d": ("day",),
    "30d": ("month", "30 days"),
}
_CHOSEN: Final = ("$__rate_interval", "$__range", "$__interval")
_SHOWN: Final = ("timeseries", "stat", "bargauge", "state-timeline", "gauge")

Wrongs = Iterator[str]


def source_is_a_variable(board: Json) -> Wrongs:
    first = variables(board)[0]
    if not is_source(first) or first["name"] != "datasource":
        yield "the first variable does not choose the data source"
    asking = [*panels(board), *annotations(board)]
    asking += [target for _, target in targets(board)]
    asking += [each for each in variables(board) if each["type"] == "query"]
    for each in asking:
        source = each.get("datasource") or {}
        if (source.get("type"), source.get("uid")) != (kind(board), _SOURCE):
            yield f"{_called(each)}: the data source is {source}"


def panels_say_what_they_are(board: Json) -> Wrongs:
    if not board.get("description"):
        yield "the dashboard has no description"
    for panel in panels(board):
        for key in ("title", "description"):
            if not str(panel.get(key) or "").strip():
                yield f"{_called(panel)}: no {key}"
    faces = Counter((each["title"], each["type"]) for each in panels(board))
    for (title, of_type), times in faces.items():
        if times > 1:
            yield f"{title}: {times} panels of type {of_type} have this title"


def units_are_grafanas(board: Json) -> Wrongs:
    for panel in panels(board):
        config = panel.get("fieldConfig") or {}
        found = [("all", (config.get("defaults") or {}).get("unit"))]
        for override in config.get("overrides") or []:
            field = override["matcher"].get("options")
            found += [
                (field, each.get("value"))
                for each in override["properties"]
                if each["id"] == "unit"
            ]
        for field, unit in found:
            if unit not in UNITS:
                yield f"{_called(panel)}: {field} has the unit {unit!r}"


def windows_are_grafanas(board: Json) -> Wrongs:
    for panel, target in _expressions(board):
        said = f"{panel.get('title')} {panel.get('description')}".lower()
        for one in asked(target["expr"]).selectors:
            yield from _window(one, said, _called(panel))


def _window(one: Selector, said: str, called: str) -> Wrongs:
    inner = one.within[-1] if one.within else ""
    if inner == "rate" and one.window != "$__rate_interval":
        yield f"{called}: rate over [{one.window}]"
    if inner in ("irate", "idelta"):
        yield f"{called}: {inner} sees two samples of the step only"
    if one.window is None or one.window in _CHOSEN:
        return
    words = _FIXED.get(one.window, ())
    if not any(word in said for word in words):
        yield f"{called}: [{one.window}] is fixed, and the title does not say so"


def counters_are_counted(board: Json) -> Wrongs:
    for panel, target in _expressions(board):
        selectors = asked(target["expr"]).selectors
        # A series that was not there a while ago began with its first count.
        born = {one.name for one in selectors if one.offset}
        for one in selectors:
            inner = one.within[-1] if one.within else ""
            counter = one.name.endswith(_COUNTS)
            if not counter and inner in ("rate", "increase"):
                yield f"{_called(panel)}: {one.name} is no counter"
            zero = rf"\b0 \* sum by \([^)]*\) \({one.name}"
            well = one.name in born or re.search(zero, target["expr"])
            if counter and inner not in _OF_COUNTERS and not well:
                yield f"{_called(panel)}: {one.name} is a counter, not within rate"


def sites_are_asked_for(board: Json) -> Wrongs:
    """Every selector says of which site, relay or target; names are joined to it."""
    for panel, target in _expressions(board):
        for one in asked(target["expr"]).selectors:
            chosen = [each for each in one.matchers.values() if used_variables(each)]
            if not chosen and not one.name.endswith("_info"):
                yield f"{_called(panel)}: {one.name} of whichever site"
            ours = one.name.startswith("zigbee_") or ":" in one.name
            if not ours and not {"job", "instance"} & set(one.matchers):
                yield f"{_called(panel)}: {one.name} of whichever job"


def targets_have_names(board: Json) -> Wrongs:
    for panel in panels(board):
        names = [target.get("refId") for target in panel["targets"]]
        if not all(names) or len(set(names)) != len(names) or not names:
            yield f"{_called(panel)}: refIds {names}"


def series_are_told_apart(board: Json) -> Wrongs:
    """With more than one query a series without a legend is a line without a name."""
    for panel, target in targets(board):
        table = "table" in (target.get("format"), target.get("resultFormat"))
        legend = target.get("legendFormat", target.get("alias"))
        if panel["type"] not in _SHOWN or table or len(panel["targets"]) == 1:
            continue
        if legend in (None, "", "__auto"):
            yield f"{_called(panel)}: {target['refId']} has no legend"


def variables_are_used(board: Json) -> Wrongs:
    names = [each["name"] for each in variables(board)]
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{name}: {times} variables"
    used: set[str] = set()
    for part in ("panels", "annotations", "templating"):
        used |= used_variables(str(board[part]))
    used |= {str(each["repeat"]) for each in board["panels"] if each.get("repeat")}
    for name in sorted(set(names) - used):
        yield f"{name} is used nowhere"
    for name in sorted(used - set(names)):
        if not name.startswith(_OWN):
            yield f"${name} is no variable"


def panels_lie_side_by_side(board: Json) -> Wrongs:
    taken: dict[tuple[int, int], str] = {}
    for panel in [*board["panels"], *panels(board)]:
        at = panel["gridPos"]
        if at["x"] < 0 or at["w"] < 1 or at["x"] + at["w"] > 24 or at["h"] < 1:
            yield f"{_called(panel)}: lies outside of the grid: {at}"
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                other = taken.setdefault((x, y), _called(panel))
                if other != _called(panel):
                    yield f"{_called(panel)}: lies upon {other} at {x}, {y}"


def numbers_are_its_own(board: Json) -> Wrongs:
    every = [each.get("id") for each in board["panels"]]
    every += [
        each.get("id") for row in board["panels"] for each in row.get("panels") or []
    ]
    if None in every or len(set(every)) != len(every):
        yield f"ids of panels: {every}"


def dashboard_is_as_agreed(board: Json) -> Wrongs:
    wanted = {"timezone": "browser", "editable": True}
    for key, value in wanted.items():
        if board.get(key) != value:
            yield f"{key}: {board.get(key)!r}"
    if not re.fullmatch(r"relay-energy-[a-z0-9-]+", board["uid"]):
        yield f"uid {board['uid']}"
    if len(board["uid"]) > 40:
        yield f"uid of {len(board['uid'])} characters; Grafana takes 40"
    if "relay-energy" not in board["tags"]:
        yield "tag relay-energy"
    if not any(each["tags"] == ["relay-energy"] for each in board["links"]):
        yield "no link to the others"


RULES: Final[tuple[Callable[[Json], Wrongs], ...]] = (
    source_is_a_variable,
    panels_say_what_they_are,
    units_are_grafanas,
    windows_are_grafanas,
    counters_are_counted,
    sites_are_asked_for,
    targets_have_names,
    series_are_told_apart,
    variables_are_used,
    panels_lie_side_by_side,
    numbers_are_its_own,
    dashboard_is_as_agreed,
)


def _expressions(board: Json) -> Iterator[tuple[Json, Json]]:
    for panel, target in targets(board):
        if "expr" in target:
            yield panel, target
    for each in annotations(board):
        if "expr" in each:
            yield each, each


def _called(each: Json) -> str:
    return str(each.get("title") or each.get("name") or each.get("refId"))
