"""Grafana-managed alerts, made of the rules that Prometheus evaluates otherwise."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

PROMETHEUS_UID: Final = "prometheus"
RULES: Final = Path(__file__).parents[1] / "deploy" / "prometheus" / "rules"
SETS: Final = ("relays", "protection", "collector")
# Grafana does not look there: who mounts provisioning/ would be notified twice.
FOLDER: Final = "provisioning/managed-alerts"
HEAD: Final = """\
# For those who have no Alertmanager: the alerts of deploy/prometheus/rules, evaluated by
# Grafana. Written from those rules by `python -m grafana`. Use them in place of
# Prometheus' own, not beside them: else everything is notified twice. So they lie where
# Grafana does not look; deploy/compose.grafana-alerts.yaml puts them there, and says what
# else that takes. Elsewhere: mount this folder at /etc/grafana/provisioning/alerting, take
# `alerting` out of prometheus.yml, and give Grafana the environment variables
# RELAY_ENERGY_URGENT_URL and RELAY_ENERGY_PEOPLE_URL, the addresses that alerts are posted
# to: it refuses a receiver without one. Grafana knows no inhibition: one cause may raise
# several alerts here. notifications.yaml replaces all notification policies of a Grafana.
"""
MAIL: Final = """\
# By mail instead, a receiver of a contact point; Grafana's own settings [smtp] say how:
#       - uid: energy-mail
#         type: email
#         settings: {addresses: people@home.example, singleEmail: true}
"""

_EXPRESSION: Final = "__expr__"  # Grafana's own evaluation, as a data source
_STEP: Final = 10  # s; Grafana evaluates at multiples of it only
_WINDOW: Final = 600  # s, from which Grafana takes an instant query's end
_UID_MOST: Final = 40
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION: Final = re.compile(r"(\d+)([smhd])")
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")  # what a uid of Grafana may consist of

# Prometheus' templates that mean something else in Grafana, or nothing.
_VALUE: Final = re.compile(r"\$value\b")
_UNKNOWN: Final = re.compile(
    r"\{\{[^}]*\b(query|first|label|sortByLabel|value)\b[^}]*\}\}"
)


class RuleError(ValueError):
    """A file of Prometheus or Alertmanager of which nothing for Grafana can be made."""


def documents(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the files: name -> what it says."""
    seen: set[str] = set()
    for name in SETS:
        path = RULES / f"{name}.yml"
        try:
            groups = [_group(each, folder) for each in _groups(path)]
            _note(groups, seen)
        except RuleError as error:
            message = f"{path.name}: {error}"
            raise RuleError(message) from None
        yield f"{name}-rules", {"apiVersion": 1, "groups": groups}
    yield "notifications", _notifications()


def _read(path: Path) -> dict[str, Any]:
    """Return what a file says; a file that says nothing is refused."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"it cannot be read: {error.strerror}"
        raise RuleError(message) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"it is not YAML: {' '.join(str(error).split())}"
        raise RuleError(message) from None
    if not isinstance(found, dict):
        message = "it holds no mapping"
        raise RuleError(message)
    return found


def _groups(path: Path) -> list[dict[str, Any]]:
    groups = _read(path).get("groups")
    if not isinstance(groups, list):
        message = "it has no groups"
        raise RuleError(message)
    for group in groups:
        _demand(group, "a group", name=str, rules=list)
        for rule in group["rules"]:
            _demand(rule, f"a rule of the group {group['name']}", expr=str)
    return groups


def _demand(found: Any, what: str, **kinds: type) -> None:
    """Refuse what lacks one of these keys, or has something else there."""
    for key, kind in kinds.items():
        if not isinstance(found, dict) or not isinstance(found.get(key), kind):
            message = f"{what} has no {key}, or not what is expected there"
            raise RuleError(message)


def _note(groups: list[dict[str, Any]], seen: set[str]) -> None:
    """Grafana takes no file where two alerts have one uid: refuse the second."""
    for rule in (rule for group in groups for rule in group["rules"]):
        if rule["title"] in seen:
            message = f"{rule['title']}: another alert has this name"
            raise RuleError(message)
        seen.add(rule["title"])


def _group(group: Mapping[str, Any], folder: str) -> dict[str, Any]:
    return {
        "orgId": 1,
        "name": group["name"],
        "folder": folder,
        "interval": interval(str(group.get("interval", "1m"))),
        "rules": [alert(rule) for rule in group["rules"] if "alert" in rule],
    }


def interval(wanted: str) -> str:
    """Return the interval that Grafana allows: the next multiple of ten seconds."""
    if not re.fullmatch(f"(?:{_DURATION.pattern})+", wanted):
        message = f"an interval of {wanted} is not known here"
        raise RuleError(message)
    seconds = sum(int(n) * _UNITS[unit] for n, unit in _DURATION.findall(wanted))
    return f"{-(-seconds // _STEP) * _STEP}s"


def alert(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of Prometheus as one of Grafana."""
    _refuse(rule)
    return {
        "uid": _uid(rule["alert"]),
        "title": rule["alert"],
        "condition": "C",
        "data": [_query(rule["expr"]), _there(), _true()],
        # No series is what Prometheus calls "not firing".
        "noDataState": "OK",
        "execErrState": "Error",
        "for": rule.get("for", "0s"),
        "labels": {key: _label(text) for key, text in rule["labels"].items()},
        "annotations": {
            key: template(text) for key, text in rule["annotations"].items()
        },
        "isPaused": False,
    }


def _refuse(rule: Mapping[str, Any]) -> None:
    """Refuse a rule that Grafana cannot have, or that nobody could read."""
    name = rule["alert"]
    _demand(rule, name, labels=dict, annotations=dict)
    for key, text in (*rule["labels"].items(), *rule["annotations"].items()):
        if not isinstance(text, str):
            message = f"{name}: {key} is no text"
            raise RuleError(message)
    if "keep_firing_for" in rule:
        message = f"{name}: Grafana 11 has no keep_firing_for"
        raise RuleError(message)


def _uid(name: str) -> str:
    uid = f"energy-{name}"
    if len(uid) > _UID_MOST:
        message = f"{name}: the name is too long for Grafana"
        raise RuleError(message)
    if not _NAME.fullmatch(uid):
        message = f"{name}: Grafana takes A-Z, a-z, 0-9, _ and - in a name only"
        raise RuleError(message)
    return uid


def template(text: str) -> str:
    """Return a text of Prometheus as one of Grafana; only what both know passes."""
    if _UNKNOWN.search(_VALUE.sub("", text)):
        message = f"Grafana has no such function: {text}"
        raise RuleError(message)
    return _VALUE.sub("$values.A.Value", text)


def _label(text: str) -> str:
    if "$" in text:  # Grafana would take it for an environment variable
        message = f"a label cannot be a template: {text}"
        raise RuleError(message)
    return text


def _query(expression: str) -> dict[str, Any]:
    return {
        "refId": "A",
        "relativeTimeRange": {"from": _WINDOW, "to": 0},
        "datasourceUid": PROMETHEUS_UID,
        "model": {
            "refId": "A",
            "datasource": {"type": "prometheus", "uid": PROMETHEUS_UID},
            "editorMode": "code",
            "expr": expression,
            "instant": True,
            "range": False,
        },
    }


def _there() -> dict[str, Any]:
    """Return 1 for each series: to Prometheus also a series of 0 is an alert."""
    words = "is_number($A) || is_nan($A) || is_inf($A)"
    return _expression("B", {"type": "math", "expression": words})


def _true() -> dict[str, Any]:
    above = {"evaluator": {"type": "gt", "params": [0]}}
    return _expression(
        "C", {"type": "threshold", "expression": "B", "conditions": [above]}
    )


def _expression(name: str, model: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "refId": name,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": _EXPRESSION,
        "model": {
            "refId": name,
            "datasource": {"type": _EXPRESSION, "uid": _EXPRESSION},
            **model,
        },
    }


def _notifications() -> dict[str, Any]:
    """Return receivers and routes, as alertmanager.yml has them."""
    return {
        "apiVersion": 1,
        "contactPoints": [
            _receiver("urgent", "RELAY_ENERGY_URGENT_URL"),
            _receiver("people", "RELAY_ENERGY_PEOPLE_URL"),
        ],
        "policies": [_policy()],
    }


def _receiver(name: str, variable: str) -> dict[str, Any]:
    return {
        "orgId": 1,
        "name": name,
        "receivers": [
            {
                "uid": f"energy-{name}",
                "type": "webhook",
                "settings": {"url": f"${{{variable}}}", "httpMethod": "POST"},
                "disableResolveMessage": False,
            }
        ],
    }


def _policy() -> dict[str, Any]:
    """Return the tree of alertmanager.yml; Grafana wants its folder among the groups."""
    path = RULES.parent / "alertmanager.yml"
    try:
        source = _read(path)
        _demand(source, "the file", route=dict)
        _demand(source["route"], "the route", routes=list, group_by=list)
    except RuleError as error:
        message = f"{path.name}: {error}"
        raise RuleError(message) from None
    root = dict(source["route"])
    routes = root.pop("routes")
    return {
        "orgId": 1,
        **root,
        "group_by": ["grafana_folder", *root["group_by"]],
        "routes": [_route(each) for each in routes],
    }


def _route(route: Mapping[str, Any]) -> dict[str, Any]:
    matchers = [_matcher(each) for each in route["matchers"]]
    rest = {key: value for key, value in route.items() if key != "matchers"}
    return {**rest, "object_matchers": matchers}


def _matcher(text: str) -> list[str]:
    found = re.fullmatch(r'(\w+)(=~|!~|!=|=)"(.*)"', text)
    if found is None:
        message = f"not a matcher: {text}"
        raise RuleError(message)
    return list(found.groups())
