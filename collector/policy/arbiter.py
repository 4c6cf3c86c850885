"""One command per channel: protection over a person's word over economy; off wins."""

from typing import Final

from collector.model.clock import Now
from collector.model.command import Origin
from collector.model.policy import ChannelKey, SwitchLimits
from collector.model.quantity import Quantity
from collector.policy.alarms import Alarms
from collector.policy.channel import ChannelMemory
from collector.policy.cut import cut_order, rank, reason, share
from collector.policy.effects import Effects
from collector.policy.outcomes import Outcomes
from collector.policy.pending import Order, Pending
from collector.policy.permits import Permits
from collector.policy.record import Record
from collector.policy.rulebook import Rulebook, Seat
from collector.policy.tracker import Tracker
from collector.policy.view import Contact, House, RelayView

FOREVER: Final = float("inf")
# A stale cut-off waits while so many are on their way, an economy rule's while there
# are more of them; a protection that knows of an excess waits for nobody.
BLIND_IN_FLIGHT: Final = 4
ALL_IN_FLIGHT: Final = 12
# It is too much, and the contact is said to be open: that is asked for so often.
VERIFY_SECONDS: Final = 30.0
NEWS_SECONDS: Final = 5.0  # … the first time, if the excess came after that was said
NOBODY_HOLDS: Final = "no rule keeps it off any more"


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
        self.permits = Permits(house, rulebook, effects, self.tracker)
        self.limits = SwitchLimits()
        self.channels: dict[ChannelKey, ChannelMemory] = {}
        self.touched: dict[ChannelKey, None] = {}  # to be looked at in this step
        self.counted: list[Seat] = []  # their restores have grown: to be kept
        self.alarms = Alarms(house, rulebook, record)
        self._waiting: dict[ChannelKey, None] = {}  # for a place in flight

    def memory(self, channel: ChannelKey) -> ChannelMemory:
        """Return what is remembered of a channel."""
        memory = self.channels.get(channel)
        if memory is None:
            memory = self.channels[channel] = ChannelMemory(channel)
        return memory

    def touch(self, channel: ChannelKey, now: Now) -> None:
        """Something of this channel has changed: look at it in this step."""
        self.memory(channel).due = now.mono
        self.touched[channel] = None

    def wake(self, now: Now) -> bool:
        """Let one channel that waits for a place try again; False: none can."""
        if not self._waiting or not self._has_place(protection=False, blind=True):
            return False
        channel = next(iter(self._waiting))
        del self._waiting[channel]
        self.touch(channel, now)
        return True

    def decide(self, channel: ChannelKey, now: Now) -> None:
        """Send what the channel needs now, or note when to look again."""
        memory = self.memory(channel)
        memory.due = FOREVER
        view = self._house.view(channel)
        if view is None or channel[1] in view.protected:
            return
        if memory.overridden(now.mono):
            memory.due = memory.override_until
        seats = self._demands(channel, memory, now)
        if not seats:
            memory.still_draws = False
        pending = self.tracker.get(channel)
        if pending is not None and not (seats and pending.order.on):
            if seats and pending.moving:
                self._promote(pending, seats, now)
        elif seats:
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
        memory.decided()
        pending = self._start(order, self._house.relays[channel[0]], memory, now)
        self._record.decided(pending, None, (), order.reason, now)
        return pending

    def stop(self, channel: ChannelKey, because: str, now: Now) -> None:
        """Do not follow the channel's command any longer."""
        pending = self.tracker.drop(channel)
        if pending is not None:
            self.outcomes.cut_short(pending, because, now)

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
        self._waiting.pop(channel, None)
        self.touched.pop(channel, None)

    def radio_up(self, now: Now) -> None:
        """The coordinator is back: what was in vain may have been its fault."""
        for channel, memory in self.channels.items():
            if not memory.still_draws:
                memory.succeeded()
            self.touch(channel, now)
        self.tracker.radio_up(now)

    # --------------------------------------------------------------------------------

    def _demands(
        self, channel: ChannelKey, memory: ChannelMemory, now: Now
    ) -> list[Seat]:
        """Return who wants it off, protection first, without whom a person suspends."""
        seats = sorted(self._rulebook.cutting(channel), key=rank)
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
        closing = self.tracker.get(channel) is not None
        if contact.on is False and not (memory.still_draws or closing):
            self._verify(channel, view, memory, seats[0], now)
            return
        due = self._not_before(contact, memory, seats)
        if due > now.mono:
            memory.due = min(memory.due, due)
            return
        order = cut_order(channel, seats)
        if not self._has_place(protection=order.cut_off, blind=order.blind):
            self._waiting[channel] = None
            return
        if contact.on:
            memory.owed.update(order.rules)
        self._decided(self._start(order, view, memory, now), seats, now)

    def _promote(self, pending: Pending, seats: list[Seat], now: Now) -> None:
        """What is on its way already is a cut-off, if a protection wants it now."""
        order = cut_order(pending.order.channel, seats)
        if not order.cut_off or pending.order.cut_off:
            return
        self.tracker.promote(pending, order, now)
        self._effects.urgent = True
        self._decided(pending, seats, now)

    def _decided(self, pending: Pending, seats: list[Seat], now: Now) -> None:
        for seat in seats:
            inputs = seat.judge.inputs(self._house, now)
            self._record.decided(pending, seat.name, inputs, reason(seat), now)

    def _verify(
        self,
        channel: ChannelKey,
        view: RelayView,
        memory: ChannelMemory,
        first: Seat,
        now: Now,
    ) -> None:
        """It is open as far as is known; what speaks against it has it read again."""
        eyes_open, contact = self._house.eyes_open, view.contacts[channel[1]]
        unseen = eyes_open is not None and contact.mono < eyes_open
        if not (unseen or (first.protection and not first.verdict.blind)):
            return
        due = contact.mono
        if not unseen:
            power = view.held.get(Quantity.POWER)
            newer = power is not None and power.mono > contact.mono
            due += NEWS_SECONDS if newer else VERIFY_SECONDS
            due = max(due, memory.verified_at + VERIFY_SECONDS)
        if due <= now.mono:
            self._effects.read_state(*channel)
            memory.verified_at = now.mono
            due = now.mono + VERIFY_SECONDS
        memory.due = min(memory.due, due)

    def _not_before(
        self, contact: Contact, memory: ChannelMemory, seats: list[Seat]
    ) -> float:
        """Return the earliest moment for an OFF; a protection waits for failures only."""
        if seats[0].protection:
            return memory.not_before(known=not seats[0].verdict.blind)
        spared = contact.changed + self.limits.min_on_seconds
        return max(memory.not_before(known=False), spared)

    def _has_place(self, *, protection: bool, blind: bool) -> bool:
        if protection and not blind:
            return True
        taken = sum(
            not each.order.on and each.order.origin is Origin.POLICY
            for each in self.tracker.moving()
        )
        return taken < (BLIND_IN_FLIGHT if blind else ALL_IN_FLIGHT)

    def _restore(
        self, channel: ChannelKey, view: RelayView, memory: ChannelMemory, now: Now
    ) -> None:
        """Switch on again what a rule has switched off and nobody keeps off."""
        seats = self._rulebook.of_channel(channel)
        owners = [seat for seat in seats if seat.enforced and seat.name in memory.owed]
        memory.owed = {seat.name for seat in owners}  # a rule that is gone owes nothing
        contact = view.contacts[channel[1]]
        if contact.on:
            memory.owed.clear()  # somebody was faster
        if not memory.owed or any(
            seat.protection or not memory.overridden(now.mono)
            for seat in self._rulebook.holding(channel)
        ):
            return
        due = memory.restore_due(self.limits, now.mono)
        if due > now.mono:
            memory.due = min(memory.due, due)
        elif contact.on is None:
            self._effects.read_state(*channel)
            memory.look_again(now.mono)
        elif not (
            all(seat.informed for seat in owners)
            and self.permits.may_close(channel, now)
        ):
            memory.look_again(now.mono)
        else:
            self._switch_on(channel, view, memory, owners, now)

    def _switch_on(
        self,
        channel: ChannelKey,
        view: RelayView,
        memory: ChannelMemory,
        owners: list[Seat],
        now: Now,
    ) -> None:
        """Send the ON; it is owed until it is confirmed."""
        rules = tuple(dict.fromkeys(seat.name for seat in owners))
        order = Order(
            channel=channel,
            on=True,
            origin=Origin.POLICY,
            rules=rules,
            reason=NOBODY_HOLDS,
        )
        for seat in owners:
            seat.judge.restored(channel, now)
            self.counted.append(seat)
        pending = self._start(order, view, memory, now)
        for rule in rules:
            self._record.decided(pending, rule, (), order.reason, now)

    def _start(
        self, order: Order, view: RelayView, memory: ChannelMemory, now: Now
    ) -> Pending:
        channel = order.channel
        self.stop(channel, "another command took its place", now)
        memory.switched(order.on, now.mono)
        view.contacts[channel[1]].moving = True
        self._effects.urgent = True
        self.touched[channel] = None
        if order.origin is Origin.POLICY:
            self.alarms.reversals(memory, now)
        watts = self._house.fresh(view, Quantity.POWER, now.mono) or 0.0
        return self.tracker.start(
            order, now, watts=watts, share=share(view, channel, watts)
        )
