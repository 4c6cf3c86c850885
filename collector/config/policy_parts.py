"""The parts that policies share: silence, restoring, relays and channels by name."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from collector.config.cron import plain_cron
from collector.config.section import (
    NoBoolean,
    Number,
    Seconds,
    Section,
    Wait,
    problem,
    problems,
)
from collector.config.tariff import Hours
from collector.model.policy import Restore

Found = list[tuple[str, str]]  # (where, sentence)

EVERY = "*"  # every relay, listed or not
_OFF_AFTER = "{off_after_seconds: T}"


def _known(words: tuple[str, ...], section: str) -> BeforeValidator:
    """Return what refuses all but `words`, and tells of the section beside them."""
    listed = ", ".join(words)

    def check(value: Any) -> Any:
        if value not in words:
            raise problem(f"expected {listed} or {section}")
        return value

    return BeforeValidator(check)


def _form(value: Any) -> str:
    return "section" if isinstance(value, Mapping | Section) else "word"


def either(**given: object) -> Found:
    """Return what is wrong where exactly one of several keys must be given."""
    keys = [key for key, value in given.items() if value is not None]
    if not keys:
        sentence = f"this required key is missing: {' or '.join(given)}"
        return [("|".join(given), sentence)]
    if len(keys) > 1:
        return [(keys[-1], f"{' and '.join(keys)} are both given; remove one")]
    return []


class Silent(Section):
    """Off, after so much silence."""

    off_after_seconds: Wait = Field(
        description="s of silence beyond the staleness limit before off; the time "
        "starts anew with the collector and when the radio is back"
    )


class Restoring(Section):
    """An automatic restore, so many times; then off until a person resets the rule."""

    after_seconds: Wait | None = Field(
        None, description="s after the condition ended: the cut, and its first reading"
    )
    when_clear: Literal[True] | None = Field(
        None, description="true: once the quantity is beyond `clear`"
    )
    at_most: Annotated[int, Field(ge=1), NoBoolean] = Field(
        description="restores within `within_seconds`; after these, a person must come"
    )
    within_seconds: Seconds = Field(
        Restore().within_seconds, description="s in which restores are counted"
    )

    @model_validator(mode="after")
    def _one_moment_that_can_run_out(self) -> Self:
        found = either(after_seconds=self.after_seconds, when_clear=self.when_clear)
        if found:
            raise problems(found)
        least = (self.at_most - 1) * (self.after_seconds or 0.0)
        if least >= self.within_seconds:
            raise problem(
                f"{self.at_most} restores {self.after_seconds:g} s apart never fall "
                f"into {self.within_seconds:g} s, so it would retry for ever; "
                f"make it more than {least:g}",
                "within_seconds",
            )
        return self


class Quiet(Section):
    """Other limits at other hours."""

    hours: Hours = Field(description='local time "HH:MM-HH:MM", the end exclusive')
    above: Number | None = Field(None, description="limit in these hours")
    below: Number | None = Field(None, description="limit in these hours")
    clear: Number | None = Field(
        None, description="where it clears in these hours; the limit if left out"
    )


def _cron_line(value: str) -> str:
    try:
        plain_cron(value)
    except ValueError as error:
        raise problem(str(error)) from None
    return " ".join(value.split())


CronLine = Annotated[str, AfterValidator(_cron_line)]


class Cron(Section):
    """When a channel may go on, and when it must go off, as cron lines."""

    on: CronLine = Field(
        description="minute hour day month weekday, local time; 1-5 is Monday to Friday"
    )
    off: CronLine = Field(description="minute hour day month weekday, local time")

    @model_validator(mode="after")
    def _two_moments(self) -> Self:
        if plain_cron(self.on) == plain_cron(self.off):
            raise problem("on and off come at the same moments; change one", "off")
        return self


def _listed(value: Any) -> Any:
    """Take "*" for a list of one."""
    return (EVERY,) if value == EVERY else value


def _all_or_some(values: tuple[str, ...]) -> tuple[str, ...]:
    if EVERY in values and len(values) > 1:
        raise problem(f'"{EVERY}" is every relay; remove the others')
    return values


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise problem(f"{value} is listed twice; remove one", str(index))
    return values


def _channel(value: str) -> str:
    relay, slash, channel = value.rpartition("/")
    if not slash or not relay.strip() or channel not in {"l1", "l2"}:
        raise problem('expected a relay and its channel, such as "boiler/l1"')
    return f"{relay.strip()}/{channel}"


RelayRef = Annotated[str, Field(min_length=1)]  # name or address, or "*"
RelayRefs = Annotated[
    tuple[RelayRef, ...],
    Field(min_length=1),
    AfterValidator(_all_or_some),
    BeforeValidator(_listed),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": EVERY},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
SwitchOff = Annotated[
    tuple[Literal["l1", "l2"], ...], Field(min_length=1), AfterValidator(_once)
]
ChannelRef = Annotated[str, AfterValidator(_channel)]
ChannelRefs = tuple[ChannelRef, ...]

_MANUAL = ("manual",)
_RESTORING = "{after_seconds: T, at_most: N} or {when_clear: true, at_most: N}"
RestoreKey = Annotated[
    Annotated[Literal["manual"], _known(_MANUAL, _RESTORING), Tag("word")]
    | Annotated[Restoring, Tag("section")],
    Discriminator(_form),
]

WhenStale = Annotated[
    Annotated[
        Literal["off", "keep", "assume_overload"],
        _known(("off", "keep", "assume_overload"), _OFF_AFTER),
        Tag("word"),
    ]
    | Annotated[Silent, Tag("section")],
    Discriminator(_form),
]
WhenStaleRated = Literal["assume_rated", "keep", "off"]
HINT_SILENT = f"say what silence means: off, {_OFF_AFTER}, keep or assume_overload"
HINT_RATED = "say what silence of a member means: assume_rated, keep or off"
