"""What the engine wants done; its parts add to it, one step of the line takes it."""

from dataclasses import dataclass, field
from typing import TypeAlias

from collector.model.command import SwitchCommand, SwitchResult
from collector.model.decision import PolicyEvent
from collector.model.quantity import Quantity

Item: TypeAlias = tuple[str, Quantity, str | None]  # ieee, what is to be read, channel


@dataclass(slots=True)
class Effects:
    """Everything that one step brought about."""

    commands: list[SwitchCommand] = field(default_factory=list)
    events: list[PolicyEvent] = field(default_factory=list)
    reads: dict[Item, None] = field(default_factory=dict)  # at HIGH urgency, in order
    finished: dict[int, SwitchResult] = field(default_factory=dict)  # by command
    unknown: list[tuple[str, str]] = field(default_factory=list)  # contacts given up
    urgent: bool = False  # a latch, a count or an override is to be on disk soon

    def read_power(self, ieee: str) -> None:
        """Ask for a relay's power."""
        self.reads[ieee, Quantity.POWER, None] = None

    def read_state(self, ieee: str, channel: str) -> None:
        """Ask for a contact's state."""
        self.reads[ieee, Quantity.STATE, channel] = None

    def take(self) -> "Effects":
        """Return all of it, and begin anew; itself where it is empty."""
        news = self.commands or self.events or self.reads or self.unknown
        if not (news or self.finished or self.urgent):
            return NOTHING
        taken = Effects(
            commands=self.commands,
            events=self.events,
            reads=self.reads,
            finished=self.finished,
            unknown=self.unknown,
            urgent=self.urgent,
        )
        self.commands, self.events, self.unknown = [], [], []
        self.reads, self.finished, self.urgent = {}, {}, False
        return taken


NOTHING = Effects()
