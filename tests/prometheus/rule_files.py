"""The rule files, the tests of promtool for them, and the runbook, as plain data."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.metrics import MetricWrapperBase

from collector.events import influx, instruments, mqtt
from collector.sinks.families import FAMILIES

ROOT = Path(__file__).parents[2]
DEPLOYED = ROOT / "deploy" / "prometheus"
RULES = sorted((DEPLOYED / "rules").glob("*.yml"))
TESTS = sorted(Path(__file__).parent.glob("*.yml"))
RUNBOOK = (ROOT / "deploy" / "runbook.md").read_text(encoding="utf-8")
HEADINGS = ("**What it means:**", "**What to look at:**", "**What to do:**")
# What Prometheus adds to every target.
OF_PROMETHEUS = {"up"}
OF_TARGETS = {"instance", "job", "site"}

Rule = dict[str, Any]


class Fill:
    """A spool with something in it."""

    points, size, dead = 1, 1, 1
    oldest: int | None = 1


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules(paths: Iterable[Path] = RULES) -> Iterator[Rule]:
    for path in paths:
        for group in loaded(path)["groups"]:
            yield from group["rules"]


def alerts(of: Iterable[Rule] | None = None) -> list[Rule]:
    return [rule for rule in (rules() if of is None else of) if "alert" in rule]


def exported() -> dict[str, set[str]]:
    """Every series that the collector can export, with the names of its labels."""
    found = {each.sample_name: {"ieee", *each.labels} for each in FAMILIES}
    end = influx.watch_influx(Fill())
    try:
        families = list(instruments.REGISTRY.collect())
    finally:
        end()
    for module in (instruments, influx, mqtt):
        for value in vars(module).values():
            if isinstance(value, MetricWrapperBase):
                families += value.collect()
                # Where no label set is known yet there is no sample to ask.
                for each in value.collect():
                    suffix = "_total" if each.type == "counter" else ""
                    found[each.name + suffix] = set(value._labelnames)
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def names(text: str) -> set[str]:
    """The names of series in an expression or a sentence."""
    words = re.findall(r"[a-zA-Z_:][\w:]*", text)
    ours = ("zigbee_", "process_")
    return {word for word in words if word.startswith(ours) or ":zigbee_" in word}


def unknown_series(of: Iterable[Rule]) -> list[str]:
    """Series that an expression asks for and nobody exports or records; labels, too."""
    known, all_rules = exported(), list(of)
    known |= {rule["record"]: set() for rule in all_rules if "record" in rule}
    faults = []
    for rule in all_rules:
        said = rule.get("alert") or rule["record"]
        faults += [f"{said}: {each}" for each in names(rule["expr"]) - set(known)]
        for series, matchers in re.findall(r"([\w:]+)\{([^}]*)\}", rule["expr"]):
            labels = set(re.findall(r"(\w+)(?:=|!=|=~|!~)\"", matchers)) - OF_TARGETS
            wrong = labels - known.get(series, set()) if labels else set()
            faults += [f"{said}: {series}{{{label}}}" for label in wrong]
    return faults


def untested(of: Iterable[Rule], documents: Iterable[Any]) -> list[str]:
    """Alerts that no case lets fire or keeps quiet; records that no case asks for."""
    cases = [case for document in documents for case in document["tests"]]
    moments = [each for case in cases for each in case.get("alert_rule_test", ())]
    fires = {each["alertname"] for each in moments if each["exp_alerts"]}
    quiet = {each["alertname"] for each in moments if not each["exp_alerts"]}
    asked = [each for case in cases for each in case.get("promql_expr_test", ())]
    tested = names(" ".join(each["expr"] for each in asked if each["exp_samples"]))
    all_rules = list(of)
    named = [rule["alert"] for rule in all_rules if "alert" in rule]
    records = [rule["record"] for rule in all_rules if "record" in rule]
    return [
        *(f"{name} never fires" for name in named if name not in fires),
        *(f"{name} is never quiet" for name in named if name not in quiet),
        *(f"{name} is never asked for" for name in records if name not in tested),
    ]


def sections(text: str) -> dict[str, str]:
    """The runbook's sections by the name of their alert."""
    parts = re.split(r"^### (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def undescribed(alert_names: Iterable[str], text: str) -> list[str]:
    """Alerts without a section that has the three headings, each with words below."""
    known = sections(text)
    faults = []
    for name in alert_names:
        if name not in known:
            faults.append(f"{name} has no section")
            continue
        words = re.split(r"^(\*\*[^*]+:\*\*)", known[name], flags=re.MULTILINE)
        said = [word.strip() for word in words[1:]]
        if tuple(said[0::2]) != HEADINGS or not all(said[1::2]):
            faults.append(f"{name} lacks a heading or its words")
    return faults
