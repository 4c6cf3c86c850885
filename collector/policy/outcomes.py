"""What follows from the end of a command, whichever end it was."""

from typing import Protocol

from collector.model.clock import Now
from collector.model.command import CommandOutcome, Origin, SwitchResult
from collector.model.policy import ChannelKey
from collector.policy.alarms import Alarms
from collector.policy.channel import ChannelMemory
from collector.policy.effects import Effects
from collector.policy.pending import STEP_SECONDS, Pending
from collector.policy.permits import Permits
from collector.policy.record import Record
from collector.policy.view import House


class Channels(Protocol):
    """What the arbiter lends: its memory, and its say."""

    alarms: Alarms
    permits: Permits

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

    def objection(self, pending: Pending, now: Now) -> str:
        """Return why the command must not be sent once more."""
        return self._channels.permits.objection(pending, now)

    def ended(
        self, pending: Pending, outcome: CommandOutcome, detail: str, now: Now
    ) -> None:
        """A command has its outcome."""
        order = pending.order
        memory = self._close(pending, outcome, detail, now)
        if outcome is CommandOutcome.CONFIRMED:
            if order.on:
                memory.owed.clear()
                memory.succeeded()
        elif order.origin is Origin.POLICY and not order.on:
            self._failed(memory, pending, detail, now, alarm=order.cut_off)

    def cut_short(self, pending: Pending, because: str, now: Now) -> None:
        """A command is not followed any longer, and not to blame for it."""
        if not pending.settled:
            outcome, _ = pending.outcome()
            self._close(pending, outcome, because, now)
        self._doubt(pending)

    def closed_again(self, pending: Pending, detail: str, now: Now) -> None:
        """The contact does not stay open."""
        self._doubt(pending)
        memory = self._channels.memory(pending.order.channel)
        self._failed(memory, pending, detail, now)

    def still_draws(self, pending: Pending, now: Now) -> None:
        """The contact is reported open and is not: a person must look."""
        memory = self._channels.memory(pending.order.channel)
        memory.still_draws = True
        detail = (
            "the contact is reported open, and the power has not fallen with it "
            f"within {STEP_SECONDS:.0f} s"
        )
        self._failed(memory, pending, detail, now)

    def open_indeed(self, pending: Pending, now: Now) -> None:
        """A cut has lasted."""
        memory = self._channels.memory(pending.order.channel)
        memory.still_draws = False
        memory.succeeded()
        self._channels.touch(pending.order.channel, now)

    # --------------------------------------------------------------------------------

    def _close(
        self, pending: Pending, outcome: CommandOutcome, detail: str, now: Now
    ) -> ChannelMemory:
        """Tell the outcome, once; whoever waits for it gets the answer."""
        channel, order = pending.order.channel, pending.order
        pending.settled = True
        memory = self._channels.memory(channel)
        memory.commanded_at = now.mono
        if outcome is not CommandOutcome.CONFIRMED:
            self._doubt(pending)
        self._house.relays[channel[0]].contacts[channel[1]].moving = False
        self._record.ended(pending, outcome, detail, now)
        self._effects.finished[pending.number] = SwitchResult(
            ieee=channel[0],
            channel=channel[1],
            on=order.on,
            outcome=outcome,
            attempts=pending.attempt,
            seconds=max(0.0, now.mono - pending.asked.mono),
            detail=detail,
        )
        self._effects.urgent = True
        self._channels.touch(channel, now)
        return memory

    def _failed(
        self,
        memory: ChannelMemory,
        pending: Pending,
        detail: str,
        now: Now,
        *,
        alarm: bool = True,
    ) -> None:
        """A cut was in vain: the next one has to wait."""
        order = pending.order
        memory.failed(now.mono, known=order.cut_off and not order.blind)
        if alarm:
            self._channels.alarms.failed(memory, pending, detail, now)
        self._channels.touch(pending.order.channel, now)

    def _doubt(self, pending: Pending) -> None:
        """Where it may have moved unheard, nobody knows the contact until it is read."""
        if pending.uncertain:
            ieee, channel = pending.order.channel
            self._house.relays[ieee].contacts[channel].on = None
            self._effects.unknown.append((ieee, channel))
