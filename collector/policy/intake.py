"""What a frame brings, as the rules are to see it."""

from collections.abc import Iterable, Sequence

from collector.model.quantity import Quantity
from collector.model.reading import Reading, Rejection
from collector.policy.view import LOADED_WATTS, Held, House, RelayView


def hold(
    house: House,
    view: RelayView,
    readings: Sequence[Reading],
    rejected: Iterable[Rejection],
) -> None:
    """Hold every value of the whole relay until the next one.

    A sample that was not believed reaches the rules as quality, never as silence.
    """
    house.heard(view.ieee)
    for reading in readings:
        if reading.channel is None:
            view.held[reading.quantity] = Held(reading.value, reading.mono)
    for rejection in rejected:
        if rejection.channel is None:
            _reject(view, rejection)
    power = view.held.get(Quantity.POWER)
    factor = view.held.get(Quantity.POWER_FACTOR)
    if (
        power is not None
        and factor is not None
        and factor.mono == power.mono  # of one structure
        and power.value >= LOADED_WATTS
    ):
        loaded = factor.value, power.value
        if view.loaded_factor != loaded:  # the same one stays, as what is held does
            view.loaded_factor = loaded
    current = view.held.get(Quantity.CURRENT)
    if (
        power is not None
        and current is not None
        and current.mono == power.mono
        and len(readings) > 1  # not a power alone that was read at that moment
    ):
        view.current_watts = power.value


def _reject(view: RelayView, rejection: Rejection) -> None:
    # A new one each time: what is held is never changed in place (members.py).
    held = view.held.get(rejection.quantity) or Held(0.0, rejection.mono)
    since = rejection.mono if held.bad_since is None else held.bad_since
    view.held[rejection.quantity] = Held(
        held.value, held.mono, rejection.quality, since
    )
