"""One cut of a rule that cuts step by step: whether it helps, what becomes of it."""

from dataclasses import dataclass

from collector.model.policy import ChannelKey
from collector.model.quantity import Quantity
from collector.policy.verdict import FOREVER
from collector.policy.view import Contact, House, RelayView


@dataclass(slots=True)
class Shed:
    """A channel that was cut; the next one waits for its effect."""

    at: float  # mono, s, when it was decided
    blind: bool = False  # because of silence
    off_at: float | None = None  # mono, s, since when it counts as off; None: not yet
    opened: bool = False  # the contact was seen open

    def look(self, contact: Contact, mono: float) -> None:
        """Note that the contact is open."""
        if contact.on is False:
            self.opened = True
            if self.off_at is None:
                self.off_at = mono

    def awaited(
        self, view: RelayView | None, house: House, mono: float, patience: float
    ) -> float | None:
        """Return until when (mono, s) its effect is to be waited for; None: no longer.

        The effect is known by the first power after the contact was seen open.
        """
        until = FOREVER  # nothing is heard: what was cut last stays the last
        if house.eyes_open is not None:
            until = max(self.at, house.eyes_open) + patience
        held = view.held.get(Quantity.POWER) if view is not None else None
        measured = (
            held is not None and self.off_at is not None and held.mono > self.off_at
        )
        return None if measured or mono >= until else until


def can_be_cut(house: House, channel: ChannelKey) -> bool:
    """Whether a channel may be switched off, and is not known to be off."""
    view = house.view(channel)
    return (
        view is not None
        and channel[1] not in view.protected
        and view.contacts[channel[1]].on is not False
    )


def takes(house: House, mono: float, channel: ChannelKey) -> float:
    """Return what a channel takes now, W, as far as that is known; else what it may."""
    view = house.relays[channel[0]]
    load = view.load_watts(channel[1])
    watts = house.fresh(view, Quantity.POWER, mono)
    if watts is None:
        return load
    others = (each for name, each in view.contacts.items() if name != channel[1])
    if all(each.on is False for each in others):
        return watts  # the relay's power is this channel's
    return min(load, watts)
