"""What one step of the line brought about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.model.command import SettingWrite, SwitchCommand, SwitchResult
from collector.model.decision import PolicyEvent
from collector.model.frame import ReadRequest
from collector.model.reading import Reading, Rejection
from collector.model.status import Availability


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecodable:
    """A frame that made no sense, and why."""

    cluster: int
    reason: str  # a short fixed word, fit for a label


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer of the line to one frame or one tick."""

    readings: tuple[Reading, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    reads: tuple[ReadRequest, ...] = ()  # what the core wants read, most urgent first
    changes: frozenset[str] = frozenset()  # relays whose lasting state has changed
    availability: Mapping[str, Availability] | None = None  # only what has changed
    unknown_tags: tuple[int, ...] = ()
    undecodable: Undecodable | None = None
    response: bool = False  # the end of somebody's request: nothing was measured
    truncated: bool = False  # a structure broke off: the readings came before
    next_due: float = float("inf")  # mono, s: nothing can happen before, without input
    commands: tuple[SwitchCommand, ...] = ()  # to be sent at once, cut-offs first
    decisions: tuple[PolicyEvent, ...] = ()  # for the record
    # How people's commands ended, by the number that `request` gave.
    finished: Mapping[int, SwitchResult] = field(default_factory=dict)
    writes: tuple[SettingWrite, ...] = ()  # settings that the configuration asks for
    urgent: bool = False  # latches, counts or overrides are to be on disk soon
