"""What follows from the end of a command, whichever end it was."""

from typing import Protocol

from collector.model.clock import Now
from collector.model.command import CommandOutcome, Origin, SwitchResult
from collector.model.policy import ChannelKey
from collector.policy.alarms import Alarms
from collector.policy.channel import ChannelMemory
from collector.policy.effects import Effects
from collector.policy.pending import Pending
from collector.policy.record import Record
from collector.policy.view import House


class Channels(Protocol):
    """What the arbiter lends: its memory, and who waits for a place."""

    waiting: dict[ChannelKey, None]
    alarms: Alarms

    def memory(self, channel: ChannelKey) -> ChannelMemory:
        """Return what is remembered of a channel."""

    def touch(self, channel: ChannelKey, now: Now) -> None:
        """Look at a channel in this step."""


class Outcomes:
    """Keeps contact and memory true, and says what a person must know."""

    def __init__(
        self, channels: Channels, house: House, effects: Effects, record: Record
    ) -> None:
        self._channels = channels
        self._house = house
        self._effects = effects
        self._record = record

    def ended(
        self, pending: Pending, outcome: CommandOutcome, detail: str, now: Now
    ) -> None:
        """Record the outcome, and look at who waited for the place."""
        channel, order = pending.order.channel, pending.order
        contact = self._house.relays[channel[0]].contacts[channel[1]]
        contact.moving = False
        memory = self._channels.memory(channel)
        self._record.ended(pending, outcome, detail, now)
        if order.origin is not Origin.POLICY:
            result = _result(pending, outcome, detail, now)
            self._effects.finished[pending.number] = result
        if outcome is CommandOutcome.CONFIRMED:
            memory.succeeded()
            if order.on:
                memory.owed.clear()
        else:
            if outcome is CommandOutcome.UNKNOWN:
                contact.on = None
            if not order.on:
                memory.failed(now.mono)
            if order.cut_off:
                self._channels.alarms.failed(pending, detail, now)
        self._effects.urgent = True
        self._channels.touch(channel, now)
        waiting = list(self._channels.waiting)
        self._channels.waiting.clear()
        for each in waiting:
            self._channels.touch(each, now)

    def still_draws(self, pending: Pending, detail: str, now: Now) -> None:
        """The contact is reported open and is not: a person must look."""
        channel = pending.order.channel
        self._house.relays[channel[0]].contacts[channel[1]].moving = False
        memory = self._channels.memory(channel)
        memory.failed(now.mono)
        memory.still_draws = True
        self._channels.alarms.failed(pending, detail, now)

    def watched(self, channel: ChannelKey, now: Now) -> None:
        """A command is over and done with: the channel may be judged anew."""
        self._channels.touch(channel, now)


def _result(
    pending: Pending, outcome: CommandOutcome, detail: str, now: Now
) -> SwitchResult:
    order = pending.order
    return SwitchResult(
        ieee=order.channel[0],
        channel=order.channel[1],
        on=order.on,
        outcome=outcome,
        attempts=pending.attempt,
        seconds=max(0.0, now.mono - pending.asked.mono),
        detail=detail,
    )
