"""Rules that only say what they would do: dry run, and the monitor mode of the service."""

from dataclasses import dataclass
from typing import Final

from collector.model.clock import Now
from collector.model.command import CommandOutcome
from collector.model.decision import EventKind, PolicyEvent
from collector.model.policy import ChannelKey
from collector.policy.arbiter import Arbiter
from collector.policy.channel import ChannelMemory
from collector.policy.cut import reason
from collector.policy.record import Record, action_of
from collector.policy.rulebook import Rulebook, Seat, SeatKey
from collector.policy.view import Contact, House

NEVER: Final = float("-inf")
FOREVER: Final = float("inf")
NOBODY_WOULD: Final = "it would keep it off no longer"


@dataclass(slots=True)
class _Would:
    """One channel as one rule would have left it."""

    memory: ChannelMemory  # of what it would have switched
    off: bool = False
    owed: bool = False  # it would have cut it from ON
    foreign: int = 0  # how often somebody else had decided


class DryRun:
    """Decides as the arbiter does, for each rule alone; nothing is ever sent."""

    def __init__(
        self, house: House, rulebook: Rulebook, arbiter: Arbiter, record: Record
    ) -> None:
        self._house = house
        self._rulebook = rulebook
        self._arbiter = arbiter
        self._record = record
        self._would: dict[tuple[SeatKey, ChannelKey], _Would] = {}

    def look(self, channel: ChannelKey, now: Now) -> float:
        """Say what would be sent now; return when (mono, s) to look again."""
        due = FOREVER
        for seat in self._rulebook.imagined(channel):
            view = self._house.view(channel)
            if view is not None and channel[1] not in view.protected:
                contact = view.contacts[channel[1]]
                due = min(due, self._look(seat, channel, contact, now))
        return due

    def disown(self, seat: Seat) -> None:
        """A rule is reset or gone: what it would have done is forgotten."""
        for channel in seat.channels:
            self._would.pop((seat.key, channel), None)

    def take_up(self, seat: Seat, now: Now) -> None:
        """A rule that only spoke acts from now on: what is on was never cut."""
        for channel in seat.channels:
            view = self._house.view(channel)
            if view is not None and view.is_on(channel[1]):
                seat.judge.withdraw(channel, now)

    # --------------------------------------------------------------------------------

    def _look(
        self, seat: Seat, channel: ChannelKey, contact: Contact, now: Now
    ) -> float:
        would = self._would.setdefault(
            (seat.key, channel), _Would(ChannelMemory(channel))
        )
        real = self._arbiter.memory(channel)
        if contact.on is False or real.foreign != would.foreign:
            would.off = would.owed = False  # somebody else has decided
            would.foreign = real.foreign
        if would.off:
            keeps = channel in seat.verdict.hold or channel in seat.verdict.cut
            return FOREVER if keeps else self._back(seat, would, now)
        if contact.on is False or channel not in seat.verdict.cut:
            return FOREVER
        due = self._due(seat, would, contact)
        if due > now.mono:
            return due
        would.off, would.owed = True, contact.on is True
        self._say(seat, would, False, now)
        return FOREVER

    def _due(self, seat: Seat, would: _Would, contact: Contact) -> float:
        """Return the earliest moment (mono, s) for an OFF."""
        if seat.protection:
            return NEVER
        spared = max(contact.changed, would.memory.switched_at)
        spared += self._arbiter.limits.min_on_seconds
        return max(spared, self._arbiter.memory(would.memory.key).override_until)

    def _back(self, seat: Seat, would: _Would, now: Now) -> float:
        """The rule keeps the channel off no longer."""
        memory = would.memory
        if would.owed:
            due = memory.restore_due(self._arbiter.limits, now.mono)
            if due > now.mono:
                return due
            if not self._arbiter.permits.may_close(memory.key, now):
                memory.due = FOREVER
                memory.look_again(now.mono)
                return memory.due
            seat.judge.restored(memory.key, now)
            self._say(seat, would, True, now)
        would.off = would.owed = False
        return FOREVER

    def _say(self, seat: Seat, would: _Would, on: bool, now: Now) -> None:
        ieee, channel = would.memory.key
        would.memory.switched(on, now.mono)
        self._record.add(
            PolicyEvent(
                kind=EventKind.DECISION,
                at=now.wall,
                ieee=ieee,
                channel=channel,
                rule=seat.name,
                action=action_of(on),
                mode=seat.mode,
                reason=NOBODY_WOULD if on else reason(seat),
                inputs=() if on else seat.judge.inputs(self._house, now),
                outcome=CommandOutcome.WOULD_ACT,
            )
        )
