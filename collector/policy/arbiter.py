"""One command per channel: protection over a person's word over economy; off wins."""

from typing import Final

from collector.model.clock import Now
from collector.model.command import CommandOutcome, Origin
from collector.model.policy import ChannelKey, SwitchLimits
from collector.model.quantity import CHANNELS, Quantity
from collector.policy.alarms import Alarms
from collector.policy.channel import ChannelMemory
from collector.policy.effects import Effects
from collector.policy.outcomes import Outcomes
from collector.policy.pending import Order, Pending
from collector.policy.record import Record
from collector.policy.rulebook import Rulebook, Seat
from collector.policy.tracker import Tracker
from collector.policy.view import Contact, House, RelayView

FOREVER: Final = float("inf")
# A stale cut-off waits while so many are on their way; one over its limit does not
# wait for silent relays, and both together stay below the coordinator's 16 requests.
BLIND_IN_FLIGHT: Final = 4
ALL_IN_FLIGHT: Final = 12
RESTORE_LOOK_SECONDS: Final = 5.0  # for room, or for a contact to be read


class Arbiter:
    """Decides for each channel, again and again, what is to be sent."""

    def __init__(
        self, house: House, rulebook: Rulebook, effects: Effects, record: Record
    ) -> None:
        self._house = house
        self._rulebook = rulebook
        self._effects = effects
        self._record = record
        self.outcomes = Outcomes(self, house, effects, record)
        self.tracker = Tracker(effects, self.outcomes)
        self.limits = SwitchLimits()
        self.interlocked: frozenset[str] = frozenset()  # by the configuration
        self.channels: dict[ChannelKey, ChannelMemory] = {}
        self.touched: set[ChannelKey] = set()  # to be looked at in this step
        self.alarms = Alarms(house, rulebook, record)
        self.waiting: dict[ChannelKey, None] = {}  # for a place in flight

    def memory(self, channel: ChannelKey) -> ChannelMemory:
        """Return what is remembered of a channel."""
        memory = self.channels.get(channel)
        if memory is None:
            memory = self.channels[channel] = ChannelMemory(channel)
        return memory

    def touch(self, channel: ChannelKey, now: Now) -> None:
        """Something of this channel has changed: look at it in this step."""
        self.memory(channel).due = now.mono
        self.touched.add(channel)

    def decide(self, channel: ChannelKey, now: Now) -> None:
        """Send what the channel needs now, or note when to look again."""
        view = self._house.view(channel)
        if view is None or channel[1] in view.protected:
            return
        memory = self.memory(channel)
        memory.due = FOREVER
        if memory.overridden(now.mono):
            memory.due = memory.override_until
        seats = self._demands(channel, memory, now)
        if not seats:
            memory.still_draws = False
        pending = self.tracker.get(channel)
        if pending is not None and pending.moving and not (seats and pending.order.on):
            return
        if seats:
            self._off(channel, view, memory, seats, now)
        elif memory.owed:
            self._restore(channel, view, memory, now)

    def person(
        self, channel: ChannelKey, on: bool, origin: Origin, now: Now
    ) -> Pending:
        """Send a person's command; whether it may be was judged before."""
        memory = self.memory(channel)
        order = Order(
            channel=channel,
            on=on,
            origin=origin,
            reason=f"asked for by {origin}",
        )
        memory.owed.clear()  # a person has decided
        pending = self._start(order, self._house.relays[channel[0]], memory, now)
        self._record.decided(pending, None, (), order.reason)
        return pending

    def disown(self, seat: Seat) -> None:
        """A rule is reset or gone: nothing comes on because of that."""
        for channel in seat.channels:
            memory = self.channels.get(channel)
            if memory is not None and memory.owed:
                holding = {each.name for each in self._rulebook.holding(channel)}
                memory.owed = (memory.owed & holding) - {seat.name}
                self._effects.urgent = True

    def forget(self, channel: ChannelKey) -> None:
        """The relay was removed."""
        self.channels.pop(channel, None)
        self.waiting.pop(channel, None)
        self.touched.discard(channel)
        self.tracker.drop(channel)

    def interlock(self, view: RelayView) -> bool:
        """Whether the relay must never have both contacts closed."""
        held = view.held.get(Quantity.INTERLOCK)
        return view.ieee in self.interlocked or (held is not None and held.value == 1)

    def other_is_open(self, channel: ChannelKey) -> bool:
        """Whether the relay's other contact is known to be open, and stays so."""
        other = (channel[0], CHANNELS[1 - CHANNELS.index(channel[1])])
        contact = self._house.relays[channel[0]].contacts[other[1]]
        pending = self.tracker.get(other)
        closing = pending is not None and pending.moving and pending.order.on
        return contact.on is False and not closing

    # --------------------------------------------------------------------------------

    def _demands(
        self, channel: ChannelKey, memory: ChannelMemory, now: Now
    ) -> list[Seat]:
        """Return who wants it off, protection first, without whom a person suspends."""
        seats = sorted(self._rulebook.cutting(channel), key=_rank)
        if memory.overridden(now.mono):
            seats = [seat for seat in seats if seat.protection]
        return seats

    def _off(
        self,
        channel: ChannelKey,
        view: RelayView,
        memory: ChannelMemory,
        seats: list[Seat],
        now: Now,
    ) -> None:
        contact = view.contacts[channel[1]]
        if contact.on is False and not memory.still_draws:
            return  # as it should be
        due = self._not_before(contact, memory, seats)
        if due > now.mono:
            memory.due = min(memory.due, due)
            return
        first = seats[0]
        blind = all(seat.verdict.blind for seat in seats)
        if not self._has_place(blind=blind):
            self.waiting[channel] = None
            return
        order = Order(
            channel=channel,
            on=False,
            origin=Origin.POLICY,
            rules=tuple(dict.fromkeys(seat.name for seat in seats)),
            cut_off=first.protection,
            blind=blind,
            reason=first.verdict.reason,
        )
        if contact.on:
            memory.owed.update(order.rules)
        pending = self._start(order, view, memory, now)
        for seat in seats:
            inputs = seat.judge.inputs(self._house, now)
            self._record.decided(pending, seat.name, inputs, seat.verdict.reason)

    def _not_before(
        self, contact: Contact, memory: ChannelMemory, seats: list[Seat]
    ) -> float:
        """Return the earliest moment for an OFF; a protection waits for failures only."""
        due = memory.not_before
        if not seats[0].protection:
            due = max(due, contact.changed + self.limits.min_on_seconds)
        return due

    def _has_place(self, *, blind: bool) -> bool:
        if blind:
            return self.tracker.in_flight() < BLIND_IN_FLIGHT
        return self.tracker.in_flight() < ALL_IN_FLIGHT

    def _restore(
        self, channel: ChannelKey, view: RelayView, memory: ChannelMemory, now: Now
    ) -> None:
        """Switch on again what a rule has switched off and nobody keeps off."""
        if any(
            seat.protection or not memory.overridden(now.mono)
            for seat in self._rulebook.holding(channel)
        ):
            return
        contact = view.contacts[channel[1]]
        if contact.on:
            memory.owed.clear()  # somebody was faster
            return
        due = memory.restore_due(self.limits, now.mono)
        if contact.on is None:
            self._effects.read_state(*channel)
        if contact.on is None or not self._may_close(channel, view, now):
            due = max(due, now.mono + RESTORE_LOOK_SECONDS)
        if due > now.mono:
            memory.due = min(memory.due, due)
            return
        self._switch_on(channel, view, memory, now)

    def _switch_on(
        self, channel: ChannelKey, view: RelayView, memory: ChannelMemory, now: Now
    ) -> None:
        """Send the ON; it is owed until it is confirmed."""
        rules = tuple(sorted(memory.owed))
        order = Order(
            channel=channel,
            on=True,
            origin=Origin.POLICY,
            rules=rules,
            reason="no rule keeps it off any more",
        )
        for seat in self._rulebook.of_channel(channel):
            if seat.name in rules and seat.enforced:
                seat.judge.restored(channel, now)
        pending = self._start(order, view, memory, now)
        for rule in rules:
            self._record.decided(pending, rule, (), order.reason)

    def _may_close(self, channel: ChannelKey, view: RelayView, now: Now) -> bool:
        if self._house.eyes_open is None:
            return False
        if self.interlock(view) and not self.other_is_open(channel):
            return False
        return self._rulebook.room(channel[0], now) >= view.load_watts(channel[1])

    def _start(
        self, order: Order, view: RelayView, memory: ChannelMemory, now: Now
    ) -> Pending:
        channel = order.channel
        held = view.held.get(Quantity.POWER)
        before = self.tracker.get(channel)
        if before is not None:
            self.tracker.drop(channel)
            if before.moving:
                self.outcomes.ended(
                    before, CommandOutcome.FAILED, "another command took its place", now
                )
        memory.switched(order.on, now.mono)
        view.contacts[channel[1]].moving = True
        self._effects.urgent = True
        self.alarms.reversals(memory, now)
        self.touched.add(channel)
        return self.tracker.start(
            order,
            now,
            watts=None if held is None else held.value,
            load=view.loads.get(channel[1], 0.0),
        )


def _rank(seat: Seat) -> tuple[bool, bool]:
    """Protection before economy, what is known before what is assumed of silence."""
    return not seat.protection, seat.verdict.blind
