"""kind: threshold, and the limits that make sense for each quantity."""

from typing import ClassVar, Literal

from pydantic import Field

from collector.config.policy_base import LatchedPolicy, class_field
from collector.config.policy_parts import (
    HINT_SILENT,
    Found,
    Quiet,
    WhenStale,
    either,
)
from collector.config.section import Number, Wait
from collector.model.policy import PolicyClass

# Beyond these no value is believed, or there is none: such a limit is never reached.
_RANGES = {
    "power": (0.0, 20_000.0),
    "apparent_power": (0.0, 20_000.0),
    "current": (0.0, 90.0),
    "voltage": (0.0, 400.0),
    "temperature": (-40.0, 125.0),
    "power_factor": (0.0, 1.0),
}
UNITS = {
    "power": " W",
    "apparent_power": " VA",
    "current": " A",
    "voltage": " V",
    "temperature": " °C",
    "power_factor": "",
}
_OTHER = {"above": "below", "below": "above"}


class Threshold(LatchedPolicy):
    """Beyond a limit for a continuous time, or far beyond it at once."""

    hints: ClassVar = {"when_stale": HINT_SILENT}

    kind: Literal["threshold"] = Field(description="a limit of one quantity")
    policy_class: PolicyClass = class_field(PolicyClass.PROTECTION)
    quantity: Literal[
        "power", "voltage", "current", "temperature", "apparent_power", "power_factor"
    ] = Field(description="what is judged; fixes the unit: W, V, A, °C, VA, a ratio")
    above: Number | None = Field(
        None, description="acts above this, in the quantity's unit"
    )
    below: Number | None = Field(
        None, description="acts below this, in the quantity's unit"
    )
    clear: Number | None = Field(
        None, description="where it clears, on the good side; the limit if left out"
    )
    for_seconds: Wait = Field(0.0, description="s without a break beyond the limit")
    instant_above: Number | None = Field(
        None, description="second stage of `above`: without delay and grace"
    )
    quiet: Quiet | None = Field(None, description="other limits at other hours")
    when_stale: WhenStale = Field(description="what silence of it means")

    @property
    def judged(self) -> str:
        """The quantity of the configuration."""
        return self.quantity

    @property
    def side(self) -> str:
        """The word for where it acts: above or below."""
        return "above" if self.above is not None else "below"

    def contradictions(self) -> Found:
        """Return what is wrong, the limits of both times of day included."""
        found = [*super().contradictions(), *self._limits("", self)]
        limited = self.above is not None or self.below is not None
        if self.quiet is not None:
            found += self._limits("quiet.", self.quiet)
            other = _OTHER[self.side]
            if limited and getattr(self.quiet, other) is not None:
                sentence = f"the policy acts {self.side} its limit; say {self.side}"
                found.append((f"quiet.{other}", sentence))
        if limited and self.instant_above is not None:
            found += self._instant(self.instant_above)
        return found

    def _limits(self, path: str, part: "Threshold | Quiet") -> Found:
        """Return what is wrong with one pair of limits."""
        given = {key: getattr(part, key) for key in ("above", "below")}
        found = either(**given)
        found += _outside(self.quantity, {**given, "clear": part.clear})
        if not found:
            found = self._clears(part)
        return [(f"{path}{where}", sentence) for where, sentence in found]

    def _clears(self, part: "Threshold | Quiet") -> Found:
        side = "above" if part.above is not None else "below"
        limit: float = getattr(part, side)
        clear = limit if part.clear is None else part.clear
        wrong = "higher" if side == "above" else "lower"
        if clear > limit if side == "above" else clear < limit:
            sentence = f"must not be {wrong} than {side}, which is {limit:g}"
            return [("clear", sentence)]
        if clear == limit and self.restored_when_clear and not self.hunts:
            sentence = f"when_clear needs a gap to {side}, which is {limit:g}"
            return [("clear", sentence)]
        return []

    def _instant(self, instant: float) -> Found:
        limits = [part.above for part in (self, self.quiet) if part is not None]
        highest = max((limit for limit in limits if limit is not None), default=None)
        if highest is None:
            sentence = "is the second stage of above; give above, or remove it"
        elif instant <= highest:
            sentence = f"must be higher than above, which is {highest:g}"
        else:
            return _outside(self.quantity, {"instant_above": instant})
        return [("instant_above", sentence)]


def _outside(quantity: str, limits: dict[str, float | None]) -> Found:
    low, high = _RANGES[quantity]
    between = f"{quantity} lies between {low:g} and {high:g}{UNITS[quantity]}"
    return [
        (key, f"{between}; choose a limit there")
        for key, limit in limits.items()
        if limit is not None
        and not (low <= limit <= high if key == "clear" else low < limit < high)
    ]
