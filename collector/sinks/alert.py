"""One alerting or recording rule of Prometheus, and how severe it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from collector.model.policy import Mode, PolicyClass, Rule
from collector.sinks import promql

CRITICAL: Final = "critical"
WARNING: Final = "warning"
INFO: Final = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alerting rule; its texts are templates."""

    name: str
    severity: str
    expr: str
    seconds: float = 0.0  # it fires when `expr` has held for so long
    labels: Mapping[str, str] = field(default_factory=dict)
    summary: str
    description: str

    def document(self, rule: str | None, runbook_url: str) -> dict[str, Any]:
        """Return it as it stands in a rule file, labelled with its policy, if it has one.

        `runbook_url`: of a page with a section for each alert.
        """
        labels = {"severity": self.severity, **self.labels}
        title = ""
        if rule is not None:
            labels["rule"], title = rule, f"{promql.literal(rule)}: "
        wait = {"for": promql.duration(self.seconds)} if self.seconds > 0 else {}
        return {
            "alert": self.name,
            "expr": self.expr,
            **wait,
            "labels": {name: promql.literal(text) for name, text in labels.items()},
            "annotations": {
                "summary": title + self.summary,
                "description": self.description,
                "runbook_url": promql.literal(f"{runbook_url}#{self.name.lower()}"),
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A recording rule."""

    name: str  # level:metric:operation
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return it as it stands in a rule file."""
        labels = {"labels": dict(self.labels)} if self.labels else {}
        return {"record": self.name, "expr": self.expr, **labels}


def severity(rule: Rule, protection: str, economy: str) -> str:
    """Return the severity by the policy's class; what switches nothing, never more than info."""
    if rule.mode is not Mode.ENFORCE:
        return INFO
    return protection if rule.policy_class is PolicyClass.PROTECTION else economy
