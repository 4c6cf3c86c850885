"""What kinds of policies share: names, relays, restoring, groups."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from collector.config.policy_parts import (
    ChannelRefs,
    Found,
    RelayRef,
    RelayRefs,
    RestoreKey,
    Restoring,
    SwitchOff,
    WhenStaleRated,
    either,
)
from collector.config.relay import Name
from collector.config.section import Section, Wait, problems
from collector.model.policy import ROOT, PolicyClass

# What a cut takes away: `when_clear` would switch for ever.
_ENDED_BY_THE_CUT = {"power", "current", "apparent_power", "power_factor"}


def class_field(default: PolicyClass) -> Any:
    """Return the field of the key `class`, a word that Python keeps to itself."""
    return Field(
        default,
        alias="class",
        description="protection is never suspended; economy yields to a person's word "
        f"for a while; {default} if left out",
    )


class PolicyBase(Section):
    """What every kind has."""

    name: Name = Field(description="one of its own; the label `rule` of metrics")
    mode: Literal["enforce", "dry_run"] = Field(
        "enforce", description="dry_run: the same decisions, logged, without a command"
    )

    def contradictions(self) -> Found:
        """Return what cannot be meant together in this policy alone."""
        if self.name == ROOT:
            return [("name", f'"{ROOT}" is the built-in rule of each relay; rename')]
        return []

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        found = self.contradictions()
        if found:
            raise problems(found)
        return self


class RelayPolicy(PolicyBase):
    """A rule of its own for each relay that it names."""

    relay: RelayRef | None = Field(
        None, description='a relay by name or IEEE address, or "*" for every relay'
    )
    relays: RelayRefs | None = Field(
        None, description='several relays, or "*": a rule of its own for each'
    )
    switch_off: SwitchOff = Field(description="channels, in the order of cutting")

    @property
    def named(self) -> tuple[str, ...]:
        """The relays as they are written; ("*",) is every relay."""
        return (self.relay,) if self.relay is not None else self.relays or ()

    def contradictions(self) -> Found:
        """Return what is wrong, the choice of relays included."""
        return [
            *super().contradictions(),
            *either(relay=self.relay, relays=self.relays),
        ]


class LatchedPolicy(RelayPolicy):
    """A rule that keeps off what it has cut, until it is restored."""

    grace_seconds: Wait = Field(
        0.0, description="s after a switch-on that do not count, for inrush"
    )
    restore: RestoreKey = Field(
        "manual", description="how the cut is undone; manual: when a person resets it"
    )

    @property
    def judged(self) -> str:
        """The quantity that it judges."""
        return "power"

    @property
    def restored_when_clear(self) -> bool:
        """Whether the quantity itself lets it go."""
        return isinstance(self.restore, Restoring) and self.restore.when_clear is True

    @property
    def hunts(self) -> bool:
        """Whether each cut would restore itself, and each restore be cut."""
        return self.restored_when_clear and self.judged in _ENDED_BY_THE_CUT

    def contradictions(self) -> Found:
        """Return what is wrong, the way back included."""
        found = super().contradictions()
        if self.hunts:
            sentence = (
                f"the cut itself clears {self.judged}, so it would switch for ever; "
                "give after_seconds instead"
            )
            found.append(("restore.when_clear", sentence))
        return found


class GroupPolicy(PolicyBase):
    """One rule over several relays, which sheds channels one at a time."""

    members: RelayRefs = Field(
        description='relays by name or IEEE address whose sum counts, or "*" for all'
    )
    shed: Annotated[ChannelRefs, Field(min_length=1)] = Field(
        description="channels such as boiler/l1; the first is shed first"
    )
    last_resort: ChannelRefs = Field(
        (), description="channels that are shed only when all of `shed` are off"
    )
    min_shed_w: Wait = Field(
        0.0, description="W below which a channel is not worth shedding"
    )
    shed_interval_seconds: Wait = Field(
        10.0, description="s for the effect of one, before the next is shed"
    )
    restore_interval_seconds: Wait = Field(
        300.0, description="s between two restores, in reverse order"
    )
    when_stale: WhenStaleRated = Field(
        description="silent members: assume_rated, keep or off"
    )
