"""Contacts as they are reported: ours, a hand's, or somebody else's doing."""

from typing import Final, Protocol

from collector.model.clock import Now
from collector.model.decision import EventKind, PolicyEvent
from collector.model.frame import ChangeOrigin
from collector.model.policy import ChannelKey
from collector.model.quantity import CHANNELS
from collector.model.reading import Reading
from collector.policy.arbiter import Arbiter
from collector.policy.channel import other_of
from collector.policy.effects import Effects
from collector.policy.record import Record
from collector.policy.rulebook import Rulebook
from collector.policy.view import NEVER, RelayView

HAND: Final = 0x03  # lowest byte of attribute 0xF000: moved at the relay
VOICE_SECONDS: Final = 60.0  # who is heard after so much silence is back


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

    def __init__(
        self, rulebook: Rulebook, arbiter: Arbiter, record: Record, effects: Effects
    ) -> None:
        self._rulebook = rulebook
        self._arbiter = arbiter
        self._record = record
        self._effects = effects
        self._heard: dict[str, float] = {}  # mono, s, of the last frame, by relay

    def seen(self, view: RelayView, reading: Reading, frame: Frame, now: Now) -> None:
        """A contact's state came."""
        channel = view.ieee, reading.channel or ""
        on = reading.value != 0
        contact = view.contacts[channel[1]]
        before, given_up = contact.on, contact.on is None and contact.mono > NEVER
        contact.on, contact.mono = on, reading.mono
        changed = before is not None and before is not on
        if changed:
            contact.changed = reading.mono
            if on:
                view.switched_on = reading.mono
            else:
                view.switched_off = reading.mono
        memory = self._arbiter.memory(channel)
        # A report of what is known already may repeat an old origin.
        hand = (
            (changed or given_up)
            and frame.origin is not None
            and frame.origin.code == HAND
        )
        following = self._arbiter.tracker.get(channel) is not None
        own = following or memory.is_ours(now.mono)
        if hand or (changed and not own):
            self._foreign(channel, on, frame.origin, now, hand=hand)
        self._arbiter.tracker.contact(
            channel, on, now, response=frame.response, hand=hand
        )
        self._given_up(channel, on, now)
        self._arbiter.touched[channel] = None  # the command's next moment may be nearer
        if before is not on:
            self._arbiter.tracker.other_moved(other_of(channel))
            for each in (channel, other_of(channel)):  # an interlock may wait for it
                self._arbiter.memory(each).patience = 0.0
                self._arbiter.touch(each, now)

    def heard(self, view: RelayView, now: Now) -> None:
        """A frame came: a relay that is back is not left alone any longer."""
        before = self._heard.get(view.ieee, NEVER)
        self._heard[view.ieee] = now.mono
        if now.mono - before < VOICE_SECONDS:
            return
        for name in CHANNELS:
            memory = self._arbiter.channels.get((view.ieee, name))
            if memory is not None and memory.in_vain and not memory.still_draws:
                memory.forgive()
                self._arbiter.touch(memory.key, now)

    def forget(self, ieee: str) -> None:
        """The relay was removed."""
        self._heard.pop(ieee, None)

    def person_decided(self, channel: ChannelKey, on: bool, now: Now) -> None:
        """A person has switched: economy rules stand back for a while."""
        memory = self._arbiter.memory(channel)
        seconds = self._arbiter.limits.override_seconds
        memory.override_until = now.mono + seconds
        memory.decided()
        self._effects.urgent = True
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
            self._arbiter.memory(channel).decided()
            self._effects.urgent = True

    def _given_up(self, channel: ChannelKey, on: bool, now: Now) -> None:
        """Look what has become of a cut-off that was in vain, once it is not followed."""
        memory = self._arbiter.memory(channel)
        if not memory.in_vain or self._arbiter.tracker.get(channel) is not None:
            return
        if not on:
            if not memory.still_draws:
                memory.succeeded()  # it has worked after all
            return
        memory.still_draws = False
        for seat in self._rulebook.of_channel(channel):
            if channel in seat.verdict.hold and channel not in seat.verdict.cut:
                seat.judge.withdraw(channel, now)  # nothing was cut, nothing is held
                memory.owed.discard(seat.name)
        if not any(self._rulebook.cutting(channel)):
            memory.succeeded()
