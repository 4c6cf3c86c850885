"""What holds for every policy: the wear of contacts, and the relay's own rating."""

from typing import Annotated, Literal

from pydantic import Field

from collector.config.section import NoBoolean, Section, Wait
from collector.model.policy import (
    MOST_OVERRIDE_SECONDS,
    RELAY_AMPERES,
    RELAY_WATTS,
    SwitchLimits,
)

_SPARED = SwitchLimits()


class Limits(Section):
    """What spares contacts; a cut-off is never held back by it."""

    min_on_seconds: Wait = Field(
        _SPARED.min_on_seconds,
        description="s that a channel stays on before an economy rule switches it off",
    )
    min_off_seconds: Wait = Field(
        _SPARED.min_off_seconds, description="s that a channel stays off at least"
    )
    cool_down_seconds: Wait = Field(
        _SPARED.cool_down_seconds, description="s after any command before a restore"
    )
    switches_per_hour: Annotated[int, Field(ge=1), NoBoolean] = Field(
        _SPARED.switches_per_hour,
        description="commands to a channel in an hour; after these no restore",
    )
    switches_per_day: Annotated[int, Field(ge=1), NoBoolean] = Field(
        _SPARED.switches_per_day,
        description="commands to a channel in a day; after these no restore",
    )
    override_seconds: Annotated[
        float, Field(ge=0, le=MOST_OVERRIDE_SECONDS), NoBoolean
    ] = Field(
        _SPARED.override_seconds,
        description="s for which a person's command suspends economy rules, 7 days at most",
    )


class Root(Section):
    """The relay's own rating, a built-in rule of every relay; it can only be lowered."""

    action: Literal["alarm", "enforce"] = Field(
        "alarm",
        description="alarm only, or enforce: off after 60 s, at once at 1.5 times",
    )
    current_a: Annotated[float, Field(gt=0, le=RELAY_AMPERES), NoBoolean] = Field(
        RELAY_AMPERES, description="A of both channels together, 10 at most"
    )
    power_w: Annotated[float, Field(gt=0, le=RELAY_WATTS), NoBoolean] = Field(
        RELAY_WATTS, description="W of both channels together, 2500 at most"
    )
