"""A toy relay: two contacts, what hangs on them, and everything that fails."""

from dataclasses import dataclass, field

from collector.model.command import AttemptResult, SwitchCommand
from collector.model.quantity import CHANNELS

HAND, COMMAND, UNKNOWN_CODE = 0x03, 0x07, 0x0E  # origins of a change


@dataclass
class ToyRelay:
    """Faults are switches; a number is so many times."""

    ieee: str
    watts: dict[str, float] = field(default_factory=lambda: {"l1": 0.0, "l2": 0.0})
    on: dict[str, bool] = field(default_factory=lambda: {"l1": True, "l2": False})
    volts: float | None = None  # None: the meter does not tell
    dead: bool = False  # hears and says nothing
    deaf: bool = False  # commands are not answered, and not done
    lost_answers: bool = False  # commands are done and reported, and not answered
    mute: bool = False  # commands are done and answered, and not reported
    away: bool = False  # not on the network: nothing can be sent
    refuses: int = 0  # commands that get an error
    stuck: set[str] = field(default_factory=set)  # welded: opens for the report only
    frozen: set[str] = field(default_factory=set)  # does not move, and says so
    bounces: int = 0  # OFFs that are followed by an ON of its own

    @property
    def power(self) -> float:
        """What the meter shows, W."""
        return sum(
            self.watts[name] for name in CHANNELS if self.on[name] or name in self.stuck
        )

    def take(self, command: SwitchCommand) -> AttemptResult:
        """Do what is asked for, or what is wrong with it."""
        if self.away:
            return AttemptResult.NOT_SENT
        if self.dead or self.deaf:
            return AttemptResult.NO_ANSWER
        if self.refuses > 0:
            self.refuses -= 1
            return AttemptResult.REFUSED
        if command.channel not in self.frozen:
            self.on[command.channel] = command.on
        return AttemptResult.NO_ANSWER if self.lost_answers else AttemptResult.ANSWERED

    def reports(self, command: SwitchCommand) -> list[tuple[bool, int]]:
        """Return what is told of the contact after a command: (on, origin)."""
        told = []
        quiet = self.dead or self.deaf or self.away or self.mute
        if not quiet and self.on[command.channel] is command.on:
            told.append((command.on, COMMAND))
            if self.bounces > 0 and not command.on:
                self.bounces -= 1
                self.on[command.channel] = True
                told.append((True, UNKNOWN_CODE))
        return told
