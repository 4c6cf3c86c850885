"""Every kind of policy that a person may write."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from collector.config.policy_base import (
    GroupPolicy,
    LatchedPolicy,
    RelayPolicy,
    class_field,
)
from collector.config.policy_parts import (
    HINT_RATED,
    HINT_SILENT,
    Cron,
    Found,
    WhenStale,
    either,
)
from collector.config.relay import Name
from collector.config.section import NoBoolean, Seconds, problem
from collector.config.tariff import Hours
from collector.config.threshold import Threshold
from collector.model.policy import RELAY_AMPERES, PolicyClass

_Positive = Annotated[float, Field(gt=0), NoBoolean]
_DAY_MINUTES = 24 * 60
FUSES = frozenset({"B", "C", "D"})


class InverseTime(LatchedPolicy):
    """The more current, the sooner."""

    hints: ClassVar = {"when_stale": HINT_SILENT}

    kind: Literal["inverse_time"] = Field(description="the more current, the sooner")
    policy_class: PolicyClass = class_field(PolicyClass.PROTECTION)
    rated_current_a: Annotated[float, Field(gt=0, le=RELAY_AMPERES), NoBoolean] = Field(
        description="A that may flow for ever, 10 at most"
    )
    curve: Literal["SI", "VI", "EI", "B", "C", "D"] = Field(
        description="IEC 60255-151: SI, VI, EI; or a fuse: B, C, D"
    )
    tms: _Positive | None = Field(
        None, description="time multiplier of SI, VI and EI; 1 if left out"
    )
    when_stale: WhenStale = Field(description="what silence of it means")

    @property
    def judged(self) -> str:
        """The current."""
        return "current"

    def contradictions(self) -> Found:
        """Return what is wrong, the curve included."""
        found = super().contradictions()
        if self.curve in FUSES and self.tms is not None:
            sentence = f"fuse {self.curve} has none; remove it, or take SI, VI or EI"
            found.append(("tms", sentence))
        return found


class Standby(LatchedPolicy):
    """Below so many watts for so long: off."""

    hints: ClassVar = {"when_stale": HINT_SILENT}

    kind: Literal["standby"] = Field(description="off what idles")
    policy_class: PolicyClass = class_field(PolicyClass.ECONOMY)
    below: _Positive = Field(description="W")
    for_seconds: Seconds = Field(description="s without a break below it")
    when_stale: WhenStale = Field(description="what silence of the power means")


class Schedule(RelayPolicy):
    """Off outside of the allowed hours; what it has cut it releases at the next ones."""

    refused: ClassVar = {
        "restore": "a schedule releases at the next allowed hour; remove it"
    }
    hints: ClassVar = {"when_stale": HINT_SILENT}

    kind: Literal["schedule"] = Field(description="off outside of the allowed hours")
    policy_class: PolicyClass = class_field(PolicyClass.ECONOMY)
    allowed: Hours | None = Field(
        None, description='local time "HH:MM-HH:MM", the end exclusive'
    )
    cron: Cron | None = Field(None, description="instead of allowed: two cron lines")
    when_stale: WhenStale = Field(description="what silence of the relay means")

    def contradictions(self) -> Found:
        """Return what is wrong, the hours included."""
        hours = either(allowed=self.allowed, cron=self.cron)
        return [*super().contradictions(), *hours]


class EnergyBudget(RelayPolicy):
    """So much energy in a period; then off until the next."""

    refused: ClassVar = {
        "restore": "an energy_budget releases with the next period; remove it"
    }
    hints: ClassVar = {"when_stale": HINT_SILENT}

    kind: Literal["energy_budget"] = Field(description="so much energy in a period")
    policy_class: PolicyClass = class_field(PolicyClass.ECONOMY)
    per: Literal["day", "week", "month"] = Field(
        description="local calendar period; a week begins on Monday"
    )
    limit_kwh: _Positive = Field(description="kWh of each relay in a period")
    when_stale: WhenStale = Field(description="what silence of the power means")


_REFUSED_IN_GROUPS = {
    "restore": "it restores by itself, as the margin allows; remove it"
}


class Budget(GroupPolicy):
    """The sum of the members' power or current stays below a limit."""

    refused: ClassVar = _REFUSED_IN_GROUPS
    hints: ClassVar = {"when_stale": HINT_RATED}

    kind: Literal["budget"] = Field(description="a limit of a sum")
    policy_class: PolicyClass = class_field(PolicyClass.PROTECTION)
    limit_w: _Positive | None = Field(None, description="W of all members together")
    limit_a: _Positive | None = Field(None, description="A of all members together")
    parent: Name | None = Field(
        None, description="the budget that this one is a part of, by its name"
    )

    def contradictions(self) -> Found:
        """Return what is wrong, the limit included."""
        limit = either(limit_w=self.limit_w, limit_a=self.limit_a)
        return [*super().contradictions(), *limit]


def _whole_windows(value: int) -> int:
    if _DAY_MINUTES % value:
        raise problem(f"a day has no whole number of windows of {value} min; try 15")
    return value


class Demand(GroupPolicy):
    """The mean power of each clock window stays below a limit."""

    refused: ClassVar = _REFUSED_IN_GROUPS
    hints: ClassVar = {"when_stale": HINT_RATED}

    kind: Literal["demand"] = Field(description="a limit of a window's mean power")
    policy_class: PolicyClass = class_field(PolicyClass.ECONOMY)
    limit_w: _Positive = Field(description="W, mean of a window over all members")
    window_minutes: Annotated[
        int, Field(ge=1, le=_DAY_MINUTES), AfterValidator(_whole_windows), NoBoolean
    ] = Field(15, description="min; windows begin at whole multiples since midnight")


Policy: TypeAlias = Annotated[
    Threshold | InverseTime | Budget | Demand | EnergyBudget | Schedule | Standby,
    Field(discriminator="kind"),
]
