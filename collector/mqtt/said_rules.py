"""What was last said of the rules of one relay, and when each came to its state."""

from collections.abc import Mapping
from typing import Any, Final

from collector.model.clock import Now
from collector.model.decision import RuleStatus

MARGIN_SECONDS: Final = 10.0  # between two messages in which no state has changed


class SaidRules:
    """The rules of one relay on its topic `policy`."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[str, str]] = {}  # state, and since when
        self._document: dict[str, Any] | None = None
        self._at = float("-inf")  # monotonic s

    def forget(self) -> None:
        """The broker may have forgotten it: say it again."""
        self._document = None

    def news(self, rules: Mapping[str, RuleStatus], now: Now) -> dict[str, Any] | None:
        """Return what is to be said, or None where it has been."""
        at = now.wall.isoformat(timespec="seconds")
        changed = self._since.keys() != rules.keys()
        for name, rule in rules.items():
            if self._since.get(name, ("", ""))[0] != rule.state.value:
                self._since[name] = rule.state.value, at
                changed = True
        self._since = {name: self._since[name] for name in rules}
        waited = now.mono - self._at >= MARGIN_SECONDS
        if not (changed or waited or self._document is None):
            return None
        document = {
            name: {
                "state": rule.state.value,
                "margin": None if rule.margin is None else round(rule.margin, 3),
                "since": self._since[name][1],
            }
            for name, rule in rules.items()
        }
        if document == self._document:
            return None
        self._document, self._at = document, now.mono
        return document
