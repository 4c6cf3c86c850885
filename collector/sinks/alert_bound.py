"""A limit of a vector of PromQL, and the two alerts that it gives."""

from dataclasses import dataclass
from typing import Final

from collector.model.policy import Rule
from collector.policy.verdict import APPROACHING
from collector.sinks.alert import CRITICAL, INFO, WARNING, Alert, severity
from collector.sinks.promql import VALUE, number, spoken

NEAR: Final = "RelayPolicyApproaching"
OVER: Final = "RelayPolicyOver"
NEAR_SECONDS: Final = 60.0
# For the engine to do what it says, and for a scrape to see that it did.
SLACK_SECONDS: Final = 60.0
ASK: Final = "`collector policy list` shows what the policy does about it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A limit of a vector, in the words of its alerts."""

    what: str  # a template, such as "power of boiler"
    vector: str
    limit: float
    clear: float | None = None  # near from here on, if it is within a tenth
    below: bool = False  # True: it must not fall below
    unit: str = " W"
    near_too: str = ""  # what follows the comparison in `near`
    over_too: str = ""  # … and in `over`
    valued: bool = True  # the value of the expression is that of the vector

    @property
    def over(self) -> str:
        """Return the expression of beyond the limit."""
        return f"{self.vector} {self._sign} {number(self.limit)}{self.over_too}"

    @property
    def near(self) -> str:
        """Return the expression of so near that a person may want to know."""
        return f"{self.vector} {self._sign} {number(self._near)}{self.near_too}"

    @property
    def over_words(self) -> str:
        """Return such as "above 2200 W"."""
        return self._words(self.limit)

    @property
    def near_words(self) -> str:
        """Return such as "above 2000 W"."""
        return self._words(self._near)

    @property
    def _sign(self) -> str:
        return "<" if self.below else ">"

    @property
    def _near(self) -> float:
        """The margin that the engine calls approaching, or the clear limit.

        A tenth of a voltage is half of all voltages.
        """
        step = abs(self.limit) * APPROACHING
        if self.clear is not None and self.clear != self.limit:
            step = min(step, abs(self.limit - self.clear)) or step
        return self.limit + (step if self.below else -step)

    def _words(self, limit: float) -> str:
        return f"{'below' if self.below else 'above'} {number(limit)}{self.unit}"


def near_alert(bound: Bound, **labels: str) -> Alert:
    """Return the alert that a limit is near; an information, whatever the class."""
    return Alert(
        name=NEAR,
        severity=INFO,
        expr=bound.near,
        seconds=NEAR_SECONDS,
        labels=labels,
        summary=f"{bound.what} is near its limit",
        description=f"It is {bound.near_words}{_value(bound)}. The limit is "
        f"{number(bound.limit)}{bound.unit}.",
    )


def over_alert(
    rule: Rule, bound: Bound, seconds: float, reason: str = "", **labels: str
) -> Alert:
    """Return the alert that a limit is passed for longer than the policy allows, s.

    A load that was cut in time still stands in the last scrape: hence the slack.
    """
    allowed = (
        f"It has been so for longer than the {spoken(seconds)} that the policy allows"
        if seconds > 0
        else "The policy allows that for no time at all"
    )
    return Alert(
        name=OVER,
        severity=severity(rule, CRITICAL, WARNING),
        expr=bound.over,
        seconds=seconds + SLACK_SECONDS,
        labels=labels,
        summary=f"{bound.what} is {bound.over_words}",
        description=f"{reason or allowed}{_value(bound)}. {ASK}",
    )


def _value(bound: Bound) -> str:
    return f": {VALUE}{bound.unit} now" if bound.valued else ""
