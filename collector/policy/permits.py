"""Whether a contact may close: interlock, room in the budgets, and who keeps it off."""

from collector.model.clock import Now
from collector.model.command import Origin
from collector.model.policy import ChannelKey
from collector.model.quantity import Quantity
from collector.policy.channel import other_of
from collector.policy.effects import Effects
from collector.policy.pending import Pending
from collector.policy.rulebook import Rulebook
from collector.policy.tracker import Tracker
from collector.policy.view import House, RelayView


class Permits:
    """What stands against an ON, whoever wants it."""

    def __init__(
        self, house: House, rulebook: Rulebook, effects: Effects, tracker: Tracker
    ) -> None:
        self._house = house
        self._rulebook = rulebook
        self._effects = effects
        self._tracker = tracker
        self.interlocked: frozenset[str] = frozenset()  # by the configuration

    def may_close(self, channel: ChannelKey, now: Now) -> bool:
        """Whether a rule may switch the channel on, now that nobody keeps it off."""
        view = self._house.relays[channel[0]]
        return (
            self._house.eyes_open is not None
            and self.interlock_allows(channel, now)
            and self._rulebook.room(channel[0], now) >= view.load_watts(channel[1])
        )

    def interlock_allows(self, channel: ChannelKey, now: Now) -> bool:
        """Whether an ON leaves one contact closed at most; else have the other read."""
        view = self._house.relays[channel[0]]
        if not self._interlock(view) or self._other_is_open(channel, now):
            return True
        self._effects.read_state(*other_of(channel))
        return False

    def objection(self, pending: Pending, now: Now) -> str:
        """Return why a command must not be sent once more; "" where it may."""
        order = pending.order
        if not order.on:
            return ""
        by_rule = order.origin is Origin.POLICY
        for seat in self._rulebook.keeping_off(order.channel):
            if seat.protection or by_rule:
                return f"{seat.name} keeps it off"
        if not self.interlock_allows(order.channel, now):
            return "interlock: the other channel is not known to be off"
        return ""

    # --------------------------------------------------------------------------------

    def _interlock(self, view: RelayView) -> bool:
        """Whether the relay must never have both contacts closed."""
        held = view.held.get(Quantity.INTERLOCK)
        return view.ieee in self.interlocked or (held is not None and held.value == 1)

    def _other_is_open(self, channel: ChannelKey, now: Now) -> bool:
        """Whether the relay's other contact is known to be open, and stays so."""
        other = other_of(channel)
        pending = self._tracker.get(other)
        if pending is not None and pending.order.on:
            return False
        contact = self._house.relays[channel[0]].contacts[other[1]]
        eyes_open = self._house.eyes_open
        return (
            contact.on is False
            and eyes_open is not None
            and contact.mono >= eyes_open  # a hand may have been there meanwhile
            and now.mono - contact.mono < self._house.limit(Quantity.STATE)
        )
