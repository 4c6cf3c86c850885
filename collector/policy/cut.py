"""A cut: who is behind it, why, and how much power goes with the contact."""

from collector.model.command import Origin
from collector.model.policy import ChannelKey
from collector.policy.channel import other_of
from collector.policy.pending import Order
from collector.policy.rulebook import Seat
from collector.policy.view import RelayView


def rank(seat: Seat) -> tuple[bool, bool]:
    """Protection before economy, what is known before what is assumed of silence."""
    return not seat.protection, seat.verdict.blind


def reason(seat: Seat) -> str:
    """Return why a rule cuts; while nothing is heard it stands by its last word."""
    return seat.verdict.reason or seat.why or "it was over its limit when last heard"


def cut_order(channel: ChannelKey, seats: list[Seat]) -> Order:
    """Return the command for what these rules want, the highest first."""
    return Order(
        channel=channel,
        on=False,
        origin=Origin.POLICY,
        rules=tuple(dict.fromkeys(seat.name for seat in seats)),
        cut_off=seats[0].protection,
        blind=all(seat.verdict.blind for seat in seats),
        reason=reason(seats[0]),
    )


def share(view: RelayView, channel: ChannelKey, watts: float) -> float:
    """Return how many of the relay's `watts` go with a contact; 0: nobody knows."""
    load, beside = view.loads.get(channel[1]), 0.0
    other = other_of(channel)[1]
    if view.contacts[other].on is not False:
        beside = view.loads.get(other, watts)
    return 0.0 if load is None else min(load, max(0.0, watts - beside))
