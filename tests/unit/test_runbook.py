"""Rules, runbook and promtool's cases know what the code exports, and each other."""

import re
from copy import deepcopy
from typing import Any

import pytest
import typer

from collector.cli import app
from collector.model.status import RelayStatus
from collector.sinks.families import FAMILIES
from tests.prometheus.rule_files import (
    DEPLOYED,
    OF_PROMETHEUS,
    RULES,
    RUNBOOK,
    TESTS,
    alerts,
    exported,
    loaded,
    names,
    rules,
    sections,
    undescribed,
    unknown_series,
    untested,
)
from tests.unit.sinks.every_policy import BOILER, EVERYTHING, document

ALERTS = {rule["alert"]: rule for rule in alerts()}
OF_THE_COMMAND = {
    rule["alert"]
    for group in document(*EVERYTHING.rules, root=EVERYTHING.root)["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


def changed(alert: str, **keys: Any) -> list[dict[str, Any]]:
    """The rules of every file, one of them otherwise."""
    copies = deepcopy(list(rules()))
    next(each for each in copies if each.get("alert") == alert).update(keys)
    return copies


def test_every_series_that_a_rule_asks_for_is_exported() -> None:
    assert unknown_series(rules()) == []


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("zigbee_relay_online == 0", "RelayGone: zigbee_relay_online"),
        ("zigbee_relay_up{addr='x'} == 0", None),
        ('zigbee_relay_up{addr="x"} == 0', "RelayGone: zigbee_relay_up{addr}"),
        ("relay:zigbee_relay_up:avg7d", "RelayGone: relay:zigbee_relay_up:avg7d"),
    ],
)
def test_a_series_or_label_that_was_renamed_is_found(
    expression: str, fault: str | None
) -> None:
    found = unknown_series(changed("RelayGone", expr=expression))
    assert found == ([] if fault is None else [fault])


def test_a_rule_whose_metric_the_code_has_renamed_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fewer = [each for each in FAMILIES if each.name != "zigbee_relay_up"]
    monkeypatch.setattr("tests.prometheus.rule_files.FAMILIES", fewer)
    assert "RelayGone: zigbee_relay_up" in unknown_series(rules())


def test_alerts_need_no_recording_rule() -> None:
    assert [name for name, rule in ALERTS.items() if ":zigbee_" in rule["expr"]] == []


def test_alerts_stand_apart_from_recording_rules() -> None:
    for path in RULES:
        kinds = {"record" in rule for rule in rules([path])}
        assert kinds == {path.name == "recording.yml"}, path.name


def test_every_rule_has_cases_of_promtool() -> None:
    assert untested(rules(), map(loaded, TESTS)) == []


def test_a_rule_without_a_case_is_found() -> None:
    documents = [loaded(path) for path in TESTS]
    for each in documents:
        for case in each["tests"]:
            case["alert_rule_test"] = [
                moment
                for moment in case.get("alert_rule_test", ())
                if moment["alertname"] != "RelayHot" or not moment["exp_alerts"]
            ]
            case["promql_expr_test"] = [
                asked
                for asked in case.get("promql_expr_test", ())
                if "relay:zigbee_relay_up:avg1d" not in asked["expr"]
            ]
    assert set(untested(rules(), documents)) == {
        "RelayHot never fires",
        "relay:zigbee_relay_up:avg1d is never asked for",
    }


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_every_alert_says_how_severe_it_is_and_where_to_read_on(name: str) -> None:
    rule = ALERTS[name]
    assert re.fullmatch("([A-Z][a-z]+)+", name)
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    link = f"deploy/runbook.md#{name.lower()}"
    assert rule["annotations"]["runbook_url"] == link


def test_no_alert_is_there_twice() -> None:
    assert len(alerts()) == len(ALERTS)


def test_every_recording_rule_is_named_level_metric_operation() -> None:
    for rule in rules():
        if "record" in rule:
            level, metric, _ = rule["record"].split(":")
            assert level in {"relay", "site"}
            assert {metric, f"{metric}_total"} & set(exported())


def test_a_recorded_series_never_leaves_the_five_minutes_of_a_query() -> None:
    for group in loaded(DEPLOYED / "rules" / "recording.yml")["groups"]:
        amount, unit = re.fullmatch(r"(\d+)([sm])", group["interval"]).groups()  # type: ignore[union-attr]
        assert int(amount) * {"s": 1, "m": 60}[unit] < 300


def test_the_runbook_has_a_section_for_every_alert_and_for_no_other() -> None:
    assert undescribed([*ALERTS, *OF_THE_COMMAND], RUNBOOK) == []
    assert set(sections(RUNBOOK)) == set(ALERTS) | OF_THE_COMMAND


def test_an_alert_without_a_section_or_a_heading_is_found() -> None:
    without = RUNBOOK.replace("### RelayGone\n", "").replace(
        "**What to do:** Nothing yet.", "Nothing yet."
    )
    assert undescribed(ALERTS, without) == [
        "RelayPolicyApproaching lacks a heading or its words",
        "RelayGone has no section",
    ]


def test_the_runbook_names_only_series_that_are_exported() -> None:
    families = {each.removesuffix("_bucket") for each in exported()}
    assert names(RUNBOOK) - families - OF_PROMETHEUS == set()


def test_the_runbook_names_only_commands_that_there_are() -> None:
    group: Any = typer.main.get_command(app)
    asked = re.findall(r"`collector ([a-z]+)(?: ([a-z]+))?", RUNBOOK)
    assert len(asked) > 5
    for name, below in asked:
        command = group.commands[name]
        if below:
            assert below in command.commands, f"collector {name} {below}"


def test_the_names_are_those_of_the_command_where_both_mean_the_same() -> None:
    protection = {rule["alert"] for rule in rules([DEPLOYED / "rules/protection.yml"])}
    # The collector's own file has what the command says of the radio.
    assert protection == OF_THE_COMMAND - {"RelayPoliciesBlind"}


def test_a_relay_always_has_the_series_that_its_name_is_joined_from() -> None:
    """Also one that never sent anything: else its alerts would be lost."""
    (info,) = (each for each in FAMILIES if each.sample_name == "zigbee_relay_info")
    ((labels, value),) = info.series(RelayStatus(ieee=BOILER, name="boiler"))
    assert (dict(zip(info.labels, labels, strict=True))["name"], value) == ("boiler", 1)


def test_readme_names_every_alert() -> None:
    readme = (DEPLOYED.parents[1] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`((?:Relay|Collector)[A-Z]\w+)`", section))
    assert (
        named == {rule["alert"] for rule in rules() if "alert" in rule} | OF_THE_COMMAND
    )
