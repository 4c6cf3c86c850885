"""What a replay has found: what was decided, and what would have been off."""

from dataclasses import dataclass, field
from datetime import datetime

from collector.model.decision import PolicyEvent


@dataclass(slots=True, kw_only=True)
class OffTime:
    """A channel that the rules would have kept off."""

    ieee: str
    channel: str
    rule: str
    start: datetime
    end: datetime | None = None  # None: still off at the end of the recording
    joules: float = 0.0  # energy that would not have flowed


@dataclass(slots=True)
class Report:
    """Everything that the rules have decided."""

    events: list[PolicyEvent] = field(default_factory=list)
    off: list[OffTime] = field(default_factory=list)
    samples: int = 0
    first: datetime | None = None
    last: datetime | None = None
