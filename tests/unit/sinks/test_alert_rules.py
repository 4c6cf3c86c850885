import re
from dataclasses import replace
from datetime import time

import pytest
import yaml
from hypothesis import given, strategies as st

from collector.events import REGISTRY
from collector.model.policy import (
    Hours,
    Limit,
    Mode,
    PolicyClass,
    Restore,
    RestoreKind,
    RootSettings,
    Rule,
    StaleAction,
    StaleRule,
    StandbyRule,
)
from collector.model.quantity import Quantity
from collector.sinks.alert_rules import alert_rules
from collector.sinks.families import FAMILIES
from tests.unit.sinks.every_policy import (
    BOILER,
    EVERYTHING,
    RULES,
    document,
    found,
    named,
    of,
    overload,
)


def test_without_policies_there_are_the_relays_own_limits() -> None:
    groups = document()["groups"]
    assert [group["name"] for group in groups] == ["relays", "relay root"]
    root = groups[1]["rules"]
    limits = [
        rule["expr"].partition(" > ")[2] for rule in root if "Over" in rule["alert"]
    ]
    assert limits == ["2500", "3750", "10", "15"]
    assert {rule["labels"]["rule"] for rule in root} == {"root"}


def test_lowered_limits_of_the_relays_are_the_limits_of_their_alerts() -> None:
    root = document(root=RootSettings(power_w=1800, current_a=7.5))["groups"][1][
        "rules"
    ]
    limits = [
        rule["expr"].partition(" > ")[2] for rule in root if "Over" in rule["alert"]
    ]
    assert limits == ["1800", "2700", "7.5", "11.25"]


def test_a_root_that_only_alarms_has_no_latch_and_no_cut_off() -> None:
    acts = {"RelayCutOffFailed", "RelayPolicyLatched"}
    for enforce, expected in ((False, set()), (True, acts)):
        root = document(root=RootSettings(enforce=enforce))["groups"][1]["rules"]
        assert {rule["alert"] for rule in root} & acts == expected


def test_every_alert_says_how_severe_it_is_and_where_to_read_on() -> None:
    for group in alert_rules(EVERYTHING, runbook_url="https://r.test/{{x}}")["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                assert re.fullmatch("([A-Z][a-z]+)+", rule["alert"])
                assert rule["labels"]["severity"] in {"critical", "warning", "info"}
                assert set(rule["annotations"]) == {
                    "summary",
                    "description",
                    "runbook_url",
                }
                runbook = rule["annotations"]["runbook_url"]
                page = 'https://r.test/{{ "{{" }}x}}'
                assert runbook == f"{page}#{rule['alert'].lower()}"
            else:
                assert len(rule["record"].split(":")) == 3


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_every_policy_has_an_alert_for_silence_and_for_its_failed_cut_off(
    rule: Rule,
) -> None:
    alerts = {each.get("alert") for each in of(rule)}
    assert "RelayPolicyBlind" in alerts
    assert ("RelayCutOffFailed" in alerts) == (rule.mode is Mode.ENFORCE)


def test_every_series_is_one_that_the_collector_exports() -> None:
    exported = {family.sample_name for family in FAMILIES}
    exported |= {f"{metric.name}" for metric in REGISTRY.collect()}
    own = alert_rules(EVERYTHING, runbook_url="R")["groups"]
    rules = [rule for group in own for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    for rule in rules:
        names = set(re.findall(r"[a-z:_]*zigbee_[a-z:_0-9]+", rule["expr"]))
        assert names <= exported | recorded


def test_no_two_alerts_have_one_name_and_the_same_labels() -> None:
    seen = [
        (rule.get("alert"), rule.get("record"), *sorted(rule.get("labels", {}).items()))
        for group in alert_rules(EVERYTHING, runbook_url="R")["groups"]
        for rule in group["rules"]
    ]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("policy_class", "mode", "over", "blind"),
    [
        (PolicyClass.PROTECTION, Mode.ENFORCE, "critical", "warning"),
        (PolicyClass.ECONOMY, Mode.ENFORCE, "warning", "info"),
        (PolicyClass.PROTECTION, Mode.DRY_RUN, "info", "info"),
        (PolicyClass.ECONOMY, Mode.DRY_RUN, "info", "info"),
    ],
)
def test_severity_follows_class_and_mode(
    policy_class: PolicyClass, mode: Mode, over: str, blind: str
) -> None:
    rules = of(overload(policy_class=policy_class, mode=mode))
    severities = {rule["alert"]: rule["labels"]["severity"] for rule in rules}
    assert severities["RelayPolicyOver"] == over
    assert severities["RelayPolicyBlind"] == blind
    assert severities["RelayPolicyApproaching"] == "info"


def test_in_monitor_mode_there_is_no_alert_of_what_nobody_does() -> None:
    acts = {
        "RelayPolicyLatched",
        "RelayCutOffFailed",
        "RelayRestoreFailed",
        "RelayPolicyAlarm",
    }
    for monitor in (False, True):
        groups = alert_rules(replace(EVERYTHING, monitor=monitor), runbook_url="R")
        told = {
            rule.get("alert") for group in groups["groups"] for rule in group["rules"]
        }
        assert told & acts == (set() if monitor else acts)


def test_in_monitor_mode_policies_only_inform() -> None:
    groups = alert_rules(replace(EVERYTHING, monitor=True), runbook_url="R")["groups"]
    severities = {
        group["name"]: {
            rule["labels"]["severity"] for rule in group["rules"] if "alert" in rule
        }
        for group in groups
    }
    for rule in RULES:
        assert severities[f"policy {rule.name}"] == {"info"}
    # The rating of a relay is no policy of anybody: the root only alarms anyway.
    assert severities["relay root"] == {"critical", "info"}
    blind = found(groups[0]["rules"], "RelayPoliciesBlind")
    assert blind["labels"]["severity"] == "warning"


@pytest.mark.parametrize(
    ("rules", "root", "severity"),
    [
        ((overload(),), RootSettings(), "critical"),
        ((overload(mode=Mode.DRY_RUN),), RootSettings(), "warning"),
        ((named(StandbyRule),), RootSettings(), "warning"),
        ((), RootSettings(enforce=True), "critical"),
        ((), RootSettings(), "warning"),
    ],
)
def test_blindness_is_critical_where_something_is_protected(
    rules: tuple[Rule, ...], root: RootSettings, severity: str
) -> None:
    common = document(*rules, root=root)["groups"][0]["rules"]
    assert found(common, "RelayPoliciesBlind")["labels"]["severity"] == severity


@pytest.mark.parametrize(
    ("restore", "quiet", "expr", "wait"),
    [
        (Restore(), None, "", None),
        (Restore(kind=RestoreKind.AFTER, after_seconds=600), None, "", "660s"),
        (Restore(kind=RestoreKind.WHEN_CLEAR), None, " and on (ieee) {} < 245", "60s"),
        (Restore(kind=RestoreKind.WHEN_CLEAR), 240, " and on (ieee) {} < 240", "60s"),
        (Restore(kind=RestoreKind.WHEN_CLEAR), 250, " and on (ieee) {} < 245", "60s"),
    ],
)
def test_a_latch_is_told_of_when_only_a_person_can_end_it(
    restore: Restore, quiet: float | None, expr: str, wait: str | None
) -> None:
    hours = Hours(start=time(22), end=time(6))
    rule = overload(
        quantity=Quantity.VOLTAGE,
        limit=Limit(trip=253, clear=245),
        quiet=(hours, Limit(trip=260, clear=quiet)) if quiet else None,
        restore=restore,
    )
    latched = found(of(rule), "RelayPolicyLatched")
    series = f'zigbee_relay_voltage_volts{{ieee="{BOILER}"}}'
    state = 'zigbee_relay_policy_state{rule="overload",state="latched"} == 1'
    assert latched["expr"] == state + expr.format(series)
    assert latched.get("for") == wait


def test_what_is_meant_to_stay_off_is_no_latch_to_tell_of() -> None:
    latching = {
        rule.name
        for rule in RULES
        if any(each.get("alert") == "RelayPolicyLatched" for each in of(rule))
    }
    assert latching == {each.name for each in RULES[:5] if each.mode is Mode.ENFORCE}


@pytest.mark.parametrize(
    ("stale", "sentence"),
    [
        (StaleRule(action=StaleAction.OFF), "switch off"),
        (StaleRule(action=StaleAction.OFF, after_seconds=90), "switch off after 90 s"),
        (
            StaleRule(action=StaleAction.OFF, after_seconds=900),
            "switch off after 15 min",
        ),
        (StaleRule(action=StaleAction.KEEP), "keep everything as it is"),
        (StaleRule(action=StaleAction.ASSUME_OVERLOAD), "take it for an overload"),
        (
            StaleRule(action=StaleAction.ASSUME_RATED),
            "count the rated power of what was on last",
        ),
    ],
)
def test_an_alert_of_silence_says_what_the_policy_does(
    stale: StaleRule, sentence: str
) -> None:
    blind = found(of(overload(when_stale=stale)), "RelayPolicyBlind")
    assert f"the policy says: {sentence}. " in blind["annotations"]["description"]


@given(name=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30))
def test_any_name_stays_what_it_is(name: str) -> None:
    rule = overload(name, relays=None)
    written = yaml.safe_dump(document(rule), sort_keys=False, allow_unicode=True)
    group = yaml.safe_load(written)["groups"][-1]
    assert group["name"] == f"policy {name}"
    latched = found(group["rules"], "RelayPolicyLatched")
    label = latched["labels"]["rule"]
    # What Prometheus makes of the template, and of the string in the expression.
    assert label.replace('{{ "{{" }}', "{{") == name
    quoted = re.search(r'rule="((?:[^"\\]|\\.)*)"', latched["expr"])
    assert quoted is not None
    assert re.sub(r"\\(.)", r"\1", quoted[1]) == name
