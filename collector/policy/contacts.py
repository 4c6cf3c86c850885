"""Contacts as they are reported: ours, a hand's, or somebody else's doing."""

from typing import Final, Protocol

from collector.model.clock import Now
from collector.model.decision import EventKind, PolicyEvent
from collector.model.frame import ChangeOrigin
from collector.model.policy import ChannelKey
from collector.model.quantity import CHANNELS
from collector.model.reading import Reading
from collector.policy.arbiter import Arbiter
from collector.policy.record import Record
from collector.policy.rulebook import Rulebook
from collector.policy.view import NEVER, RelayView

HAND: Final = 0x03  # attribute 0xF000: moved at the relay; device.md 2.1
OWN_SECONDS: Final = 10.0  # a change so soon after our command is not foreign


class Frame(Protocol):
    """What is told of the frame that a state came in."""

    @property
    def origin(self) -> ChangeOrigin | None:
        """Who moved the contact, where the relay says so."""

    @property
    def response(self) -> bool:
        """Whether it answers a read."""


class Contacts:
    """Keeps the contacts of the view, and says who has moved one."""

    def __init__(self, rulebook: Rulebook, arbiter: Arbiter, record: Record) -> None:
        self._rulebook = rulebook
        self._arbiter = arbiter
        self._record = record

    def seen(self, view: RelayView, reading: Reading, frame: Frame, now: Now) -> None:
        """A contact's state came."""
        channel = view.ieee, reading.channel or ""
        on = reading.value != 0
        contact = view.contacts[channel[1]]
        before, contact.on, contact.mono = contact.on, on, reading.mono
        changed = before is not None and before is not on
        if changed:
            contact.changed = reading.mono
            self._arbiter.tracker.other_moved(_other(channel))
            if on:
                view.switched_on = reading.mono
        memory = self._arbiter.memory(channel)
        hand = changed and frame.origin is not None and frame.origin.code == HAND
        own = now.mono - memory.switched_at <= OWN_SECONDS
        if changed and (hand or not own):
            self._foreign(channel, on, frame.origin, now, hand=hand)
        self._arbiter.tracker.contact(
            channel, on, now, response=frame.response, hand=hand
        )
        if on:
            memory.still_draws = False
            self._found_on(channel, now)
        elif memory.failures and not memory.still_draws:
            memory.succeeded()  # what was given up has worked after all
        if changed or before is None:
            self._arbiter.touch(channel, now)

    def heard(self, view: RelayView, now: Now) -> None:
        """A frame came: a relay that is back is not left alone any longer."""
        for name in CHANNELS:
            memory = self._arbiter.channels.get((view.ieee, name))
            if (
                memory is not None
                and memory.not_before > NEVER
                and not memory.still_draws
                and memory.heard(now.mono)
            ):
                self._arbiter.touch(memory.key, now)

    def person_decided(self, channel: ChannelKey, on: bool, now: Now) -> None:
        """A person has switched: economy rules stand back for a while."""
        memory = self._arbiter.memory(channel)
        seconds = self._arbiter.limits.override_seconds
        memory.override_until = now.mono + seconds
        memory.owed.clear()
        if on:
            for seat in self._rulebook.of_channel(channel):
                if not seat.protection:
                    seat.judge.withdraw(channel, now)
        self._arbiter.touch(channel, now)

    def _foreign(
        self,
        channel: ChannelKey,
        on: bool,
        origin: ChangeOrigin | None,
        now: Now,
        *,
        hand: bool,
    ) -> None:
        """Only code 0x03 proves a hand; anything else is no person's word."""
        word = "on" if on else "off"
        code = f" (origin code 0x{origin.code:02x})" if origin is not None else ""
        by = "at the relay" if hand else f"by something else{code}"
        self._record.add(
            PolicyEvent(
                kind=EventKind.FOREIGN,
                at=now.wall,
                ieee=channel[0],
                channel=channel[1],
                reason=f"switched {word} {by}",
            )
        )
        if hand:
            self.person_decided(channel, on, now)
        else:
            self._arbiter.memory(channel).owed.clear()

    def _found_on(self, channel: ChannelKey, now: Now) -> None:
        """Closed, though its cut-off was given up: nothing was cut, nothing is held."""
        memory = self._arbiter.memory(channel)
        pending = self._arbiter.tracker.get(channel)
        if not memory.failures or pending is not None:
            return
        for seat in self._rulebook.of_channel(channel):
            if channel in seat.verdict.hold and channel not in seat.verdict.cut:
                seat.judge.withdraw(channel, now)
                memory.owed.discard(seat.name)
        if not any(self._rulebook.cutting(channel)):
            memory.succeeded()


def _other(channel: ChannelKey) -> ChannelKey:
    return channel[0], CHANNELS[1 - CHANNELS.index(channel[1])]
