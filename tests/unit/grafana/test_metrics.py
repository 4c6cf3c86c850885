"""The dashboards ask only for what the collector exposes, with labels that it has."""

import re
from typing import Any, Final

import pytest
import yaml

from grafana.files import HERE
from tests.unit.grafana import boards
from tests.unit.grafana.boards import BOARDS, Json
from tests.unit.grafana.metrics import TARGET, known
from tests.unit.grafana.promql import Selector, asked

KNOWN: Final = known()
RULES: Final = HERE.parent / "deploy" / "prometheus" / "rules" / "recording.yml"


def wrongs(expression: str) -> list[str]:
    """Return what an expression asks for in vain."""
    found = asked(expression)
    wrong = [each for one in found.selectors for each in _of_selector(one)]
    there = set(TARGET) | found.made
    for one in found.selectors:
        there |= _labels(one.name)
    unknown = sorted(found.labels - there) if not _recorded(found.selectors) else []
    return wrong + [f"no label {label}" for label in unknown]


def _of_selector(one: Selector) -> list[str]:
    if ":" in one.name:
        return [] if one.name in recording() else [f"no rule {one.name}"]
    if one.name not in KNOWN:
        return [f"no metric {one.name}"]
    strange = set(one.matchers) - KNOWN[one.name] - TARGET
    return [f"{one.name} has no label {label}" for label in sorted(strange)]


def _labels(name: str) -> frozenset[str]:
    return KNOWN.get(name, frozenset())


def _recorded(selectors: list[Selector]) -> bool:
    return any(":" in one.name for one in selectors)


def recording() -> set[str]:
    """Return the names that the recording rules make."""
    if not RULES.is_file():
        return set()
    document: Any = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return {
        rule["record"]
        for group in document["groups"]
        for rule in group["rules"]
        if "record" in rule
    }


@pytest.mark.parametrize(
    "board", boards.of_kind("prometheus").values(), ids=boards.of_kind("prometheus")
)
def test_every_metric_and_label_is_exposed(board: Json) -> None:
    wrong = {
        where: found
        for where, expression in boards.promql(board)
        if (found := wrongs(expression))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "board", boards.of_kind("prometheus").values(), ids=boards.of_kind("prometheus")
)
def test_every_label_of_a_legend_is_there(board: Json) -> None:
    for panel, target in boards.targets(board):
        found = asked(target["expr"])
        there = TARGET.union(
            found.made, *(_labels(one.name) for one in found.selectors)
        )
        if _recorded(found.selectors):
            continue
        named = set(re.findall(r"\{\{\s*(\w+)\s*}}", target["legendFormat"]))
        assert named <= there, panel["title"]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("sum(zigbee_relay_power_watt)", ["no metric zigbee_relay_power_watt"]),
        ("zigbee_relay_energy_joules", ["no metric zigbee_relay_energy_joules"]),
        (
            'zigbee_relay_up{channel="l1"}',
            ["zigbee_relay_up has no label channel"],
        ),
        ("sum by (name) (zigbee_relay_up)", ["no label name"]),
        (
            "zigbee_relay_up * on (ieee) group_left (nmae) zigbee_relay_info",
            ["no label nmae"],
        ),
        ("zigbee_collector_influx_points", ["no metric zigbee_collector_influx_points"]),
        ("process_resident_memory", ["no metric process_resident_memory"]),
        ("relay:power_watts:none", ["no rule relay:power_watts:none"]),
        ("zigbee_collector_command_duration_seconds", ["no metric zigbee_collector_command_duration_seconds"]),
    ],
)  # fmt: skip
def test_a_wrong_name_is_found(expression: str, said: list[str]) -> None:
    assert wrongs(expression) == said


@pytest.mark.parametrize(
    "expression",
    [
        'sum by (site) (zigbee_relay_power_watts{site=~"$site"}) > bool 2 or vector(0)',
        "sum by (le) (rate(zigbee_collector_scrape_duration_seconds_bucket[5m]))",
        'label_replace(zigbee_relay_info, "who", "$1", "name", "(.*)") * on (who) up',
        'zigbee_collector_influx_points_total{outcome="dropped", job="collector"}',
        "zigbee_collector_mqtt_messages_total{direction='out'} + time() - 2 * 1e3",
        "process_resident_memory_bytes and on (instance) zigbee_collector_build_info",
    ],
)
def test_what_the_collector_exposes_is_known(expression: str) -> None:
    assert wrongs(expression.replace("'", '"')) == []


def test_there_are_dashboards() -> None:
    assert "overview" in BOARDS
