"""Grafana's alerts are Prometheus' rules: they cannot drift, and Grafana can read them."""

import re
from typing import Any, Final

import pytest
import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.models import alerting as models, expr, prometheus

from grafana import alerting
from grafana.files import HERE

ALERTING: Final = HERE / alerting.FOLDER
NAMES: Final = [f"{name}-rules" for name in alerting.SETS]

plugins.register_default_plugins()


def prometheus_rules() -> dict[str, dict[str, Any]]:
    """Return the alerts of deploy/prometheus/rules, each with its group's interval."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(alerting.RULES.glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    assert rule["alert"] not in found
                    found[rule["alert"]] = {**rule, "interval": group["interval"]}
    return found


def grafana_groups() -> list[dict[str, Any]]:
    """Return the groups of the committed files."""
    return [
        group
        for name in NAMES
        for group in yaml.safe_load(
            (ALERTING / f"{name}.yaml").read_text(encoding="utf-8")
        )["groups"]
    ]


def grafana_rules() -> dict[str, dict[str, Any]]:
    rules = [rule for group in grafana_groups() for rule in group["rules"]]
    assert len({rule["uid"] for rule in rules}) == len(rules)
    return {rule["title"]: rule for rule in rules}


def test_each_alert_of_prometheus_is_one_of_grafana() -> None:
    ours, theirs = grafana_rules(), prometheus_rules()
    assert len(theirs) >= 25
    assert set(ours) == set(theirs)
    for name, rule in theirs.items():
        made = ours[name]
        assert made["data"][0]["model"]["expr"] == rule["expr"]
        assert made["for"] == rule.get("for", "0s")
        assert made["labels"] == rule["labels"]
        # No rule of ours shows its value: the texts are the same in both.
        assert made["annotations"] == rule["annotations"]


@pytest.mark.parametrize("name", sorted(prometheus_rules()))
def test_grafana_can_read_it(name: str) -> None:
    made = grafana_rules()[name]
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", made["uid"])
    assert set(made) <= FIELDS
    query, there, true = models.Rule.from_json(made).data
    assert made["condition"] == true.ref_id == "C"
    assert isinstance(query.model, prometheus.Dataquery)
    assert query.model.instant is True
    assert query.model.range_val is False
    assert query.datasource_uid == "prometheus"
    assert isinstance(there.model, expr.TypeMath)
    assert isinstance(true.model, expr.TypeThreshold)
    # A series of 0 or less fires, too: it is asked whether there is one.
    assert there.model.expression == "is_number($A) || is_nan($A) || is_inf($A)"
    assert true.model.expression == there.ref_id
    assert made["noDataState"] == "OK"


# What Grafana's reader of rule files knows, as far as it is used.
FIELDS: Final = {
    "uid",
    "title",
    "condition",
    "data",
    "noDataState",
    "execErrState",
    "for",
    "labels",
    "annotations",
    "isPaused",
}


def test_groups_have_intervals_that_grafana_allows() -> None:
    asked = {
        group["name"]: group["interval"]
        for name in alerting.SETS
        for group in yaml.safe_load(
            (alerting.RULES / f"{name}.yml").read_text(encoding="utf-8")
        )["groups"]
    }
    made = {group["name"]: group["interval"] for group in grafana_groups()}
    assert set(made) == set(asked)
    for name, interval in made.items():
        seconds = int(interval.removesuffix("s"))
        assert seconds % 10 == 0
        assert 0 <= seconds - int(asked[name].removesuffix("s")) < 10


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("15s", "20s"), ("30s", "30s"), ("1m", "60s"), ("1h", "3600s"), ("1m31s", "100s")],
)
def test_intervals_are_rounded_up(wanted: str, given: str) -> None:
    assert alerting.interval(wanted) == given


def test_templates() -> None:
    assert alerting.template("{{ $labels.name }}") == "{{ $labels.name }}"
    assert (
        alerting.template("{{ $value | humanize }} W, {{ $values }}")
        == "{{ $values.A.Value | humanize }} W, {{ $values }}"
    )
    assert alerting.template("the value of a query") == "the value of a query"
    with pytest.raises(ValueError, match="no such function"):
        alerting.template('{{ with printf "up" | query }}x{{ end }}')
    with pytest.raises(ValueError, match="no such function"):
        alerting.template('{{ "up" | query | first | value }}')


RULE: Final = {"alert": "A", "expr": "up == 0", "labels": {}, "annotations": {}}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"alert": "Relay Hot"}, "in a name only"),
        ({"labels": None}, "A has no labels"),
        ({"annotations": {"summary": 1}}, "summary is no text"),
        ({"labels": {"who": "{{ $labels.ieee }}"}}, "cannot be a template"),
        ({"keep_firing_for": "5m"}, "keep_firing_for"),
        ({"alert": "A" * 34}, "too long"),
    ],
)
def test_what_grafana_cannot_do_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        alerting.alert({**RULE, **more})


def test_notifications_follow_alertmanager() -> None:
    document = yaml.safe_load((ALERTING / "notifications.yaml").read_text())
    source = yaml.safe_load((alerting.RULES.parent / "alertmanager.yml").read_text())
    (policy,) = document["policies"]
    models.NotificationPolicy.from_json(policy)
    receivers = {each["name"] for each in document["contactPoints"]}
    assert receivers == {each["name"] for each in source["receivers"]}
    for mine, theirs in zip(policy["routes"], source["route"]["routes"], strict=True):
        assert mine["receiver"] == theirs["receiver"] in receivers
        assert ["".join((n, o, f'"{v}"')) for n, o, v in mine["object_matchers"]] == (
            theirs["matchers"]
        )
        for key in ("group_wait", "group_interval", "repeat_interval"):
            assert mine.get(key) == theirs.get(key)
    assert policy["receiver"] == source["route"]["receiver"] in receivers
    assert set(source["route"]["group_by"]) < set(policy["group_by"])
    for point in document["contactPoints"]:
        (receiver,) = point["receivers"]
        models.ContactPoint.from_json(receiver)
        assert re.fullmatch(r"\$\{RELAY_ENERGY_\w+\}", receiver["settings"]["url"])
