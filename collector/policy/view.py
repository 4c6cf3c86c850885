"""What rules may know of the relays; the engine writes it, rules only read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final, TypeAlias

from collector.model.decision import Input
from collector.model.policy import RELAY_WATTS, ChannelKey
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Quality
from collector.model.settings import RelaySettings

NEVER = float("-inf")
FOREVER = float("inf")
# To look up a member of an enum takes its time.
POWER: Final = Quantity.POWER
CURRENT: Final = Quantity.CURRENT
VOLTAGE: Final = Quantity.VOLTAGE
FRESH: Final = Quality.FRESH
# Below this an idle relay's meter shows noise: no power factor worth dividing by.
LOADED_WATTS = 20.0
SAME_LOAD = 0.5  # a power factor holds for powers up to so much more: 1 / 0.5


@dataclass(slots=True)
class Held:
    """The last value of one quantity, held until the next report."""

    value: float
    mono: float  # s, when it came
    quality: Quality = Quality.FRESH  # FRESH, REJECTED or NOT_MEASURED; age is apart
    bad_since: float | None = None  # mono, s, of the first one that was not FRESH


@dataclass(slots=True)
class Contact:
    """One channel's contact as far as it is known."""

    on: bool | None = None  # as last reported or read; None: not since the start
    mono: float = NEVER  # when that was last said
    changed: float = NEVER  # when it last moved, mono, s
    moving: bool = False  # a command of ours is on its way


Factor: TypeAlias = tuple[float, float]  # power factor, and the W it was seen at
Inputs: TypeAlias = tuple[Held | None, Held | None, Held | None, Factor | None]


@dataclass(slots=True)
class Current:
    """The current to protect by, for as long as what it follows from stays the same."""

    inputs: Inputs  # current, power, voltage and power factor
    nominal_volts: float
    stale_after: Mapping[Quantity, float]
    amperes: float | None
    until: float  # mono, s: then one of them is too old

    def holds(self, inputs: Inputs, house: "House", mono: float) -> bool:
        """Whether nothing has changed; what is held is never changed in place."""
        current, power, volts, factor = self.inputs
        return (
            power is inputs[1]
            and current is inputs[0]
            and volts is inputs[2]
            and factor is inputs[3]
            and house.nominal_volts == self.nominal_volts
            and house.stale_after is self.stale_after
            and mono < self.until
        )


@dataclass(slots=True)
class RelayView:
    """One relay."""

    ieee: str
    protected: frozenset[str] = frozenset()  # channels that are never switched
    rated_watts: Mapping[str, float] = field(default_factory=dict)  # by channel
    held: dict[Quantity, Held] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(
        default_factory=lambda: {channel: Contact() for channel in CHANNELS}
    )
    loads: Mapping[str, float] = field(default_factory=dict)  # W, as remembered
    energy_joules: float = 0.0  # a counter that grows, of the whole relay
    known: float = NEVER  # mono, s, since when the relay is expected to speak
    switched_on: float = NEVER  # mono, s, when either channel last closed
    switched_off: float = NEVER  # mono, s, when either channel last opened
    tried_at: float = NEVER  # mono, s, when a read of its power last ended, any way
    loaded_factor: Factor | None = None
    current_watts: float | None = None  # the power that the current was measured with
    current: Current | None = None  # as House.current worked it out last

    def furnish(self, relay: RelaySettings | None) -> None:
        """Take what the configuration says of the relay; None: it does not name it."""
        self.protected = relay.protected if relay is not None else frozenset()
        self.rated_watts = relay.rated_watts if relay is not None else {}

    def is_on(self, channel: str) -> bool:
        """Whether the contact was last known to be closed."""
        return self.contacts[channel].on is True

    def load_watts(self, channel: str) -> float:
        """What a channel takes when it is on, W: remembered, else rated, else the most."""
        known = self.loads.get(channel)
        return self.rated_watts.get(channel, RELAY_WATTS) if known is None else known

    def assumed_watts(self) -> float:
        """The rated power of the channels last known on; 2,500 W without a rating."""
        on = [name for name, each in self.contacts.items() if each.on is not False]
        rated = [self.rated_watts.get(name) for name in on]
        known = sum(each for each in rated if each is not None)
        return max(known, RELAY_WATTS) if None in rated else known


class House:
    """All relays, and what holds for all of them."""

    def __init__(self, zone: tzinfo = UTC, nominal_volts: float = 230.0) -> None:
        self.relays: dict[str, RelayView] = {}
        self.zone = zone
        self.nominal_volts = nominal_volts
        self.stale_after: Mapping[Quantity, float] = {}  # s, by quantity
        self.eyes_open: float | None = None  # mono, s, since when the radio is up
        self.news = 0  # grows whenever what relays hold may have changed
        self.speaker: str | None = None  # whose last news it is; None: of several

    def heard(self, ieee: str | None) -> None:
        """What this relay holds may have changed; None: or which relays there are."""
        self.news += 1
        self.speaker = ieee

    def fresh(self, view: RelayView, quantity: Quantity, mono: float) -> float | None:
        """Return the value if it can be relied on now, in the quantity's unit."""
        if quantity is Quantity.CURRENT:
            return self.current(view, mono)
        return self._fresh(view, quantity, mono)

    def lasting(
        self, view: RelayView, quantity: Quantity, mono: float
    ) -> tuple[float, float] | None:
        """Return what `fresh` and `good_until` say, at half the cost; None: not fresh."""
        if quantity is CURRENT:
            amperes = self.current(view, mono)
            known = view.current
            return None if amperes is None or known is None else (amperes, known.until)
        held = view.held.get(quantity)
        if held is None or held.quality is not FRESH:
            return None
        until = held.mono + self.stale_after.get(quantity, FOREVER)
        return (held.value, until) if mono < until else None

    def current(self, view: RelayView, mono: float) -> float | None:
        """Return the current to protect by, A: the larger of measured and P/(V·PF).

        A measured current comes every 2-5 minutes and cannot be asked for, the power
        can. The power factor counts only where it was measured at a comparable load:
        an idle meter's 2 % would make 400 A of a kettle.
        """
        held = view.held
        inputs = (
            held.get(CURRENT),
            held.get(POWER),
            held.get(VOLTAGE),
            view.loaded_factor,
        )
        known = view.current
        if known is None or not known.holds(inputs, self, mono):
            known = view.current = Current(
                inputs,
                self.nominal_volts,
                self.stale_after,
                self._current(view, mono),
                self._current_until(view, mono),
            )
        return known.amperes

    def _current(self, view: RelayView, mono: float) -> float | None:
        measured = self._fresh(view, CURRENT, mono)
        watts = self._fresh(view, POWER, mono)
        if watts is None:
            return measured
        if measured is not None and _of_another_load(view, watts):
            measured = None  # the next one is minutes away
        held = view.held.get(VOLTAGE)
        volts = held.value if held is not None and held.value > 0 else None
        factor, at_watts = view.loaded_factor or (1.0, 0.0)
        if watts * SAME_LOAD > at_watts or factor <= 0:
            factor = 1.0
        derived = watts / ((volts or self.nominal_volts) * factor)
        return derived if measured is None else max(measured, derived)

    def good_until(self, view: RelayView, quantity: Quantity, mono: float) -> float:
        """Return when (mono, s) a value that is fresh now changes by its age alone."""
        if quantity is not Quantity.CURRENT:
            return self._expires(view, quantity)
        self.current(view, mono)
        return FOREVER if view.current is None else view.current.until

    def _current_until(self, view: RelayView, mono: float) -> float:
        ends = (self._expires(view, CURRENT), self._expires(view, POWER))
        return min((end for end in ends if end > mono), default=FOREVER)

    def silent_since(
        self, view: RelayView, quantity: Quantity, mono: float
    ) -> float | None:
        """Return since when (mono, s) the quantity has been of no use; None: it is fresh.

        Our own blindness is not the meter's: what was not heard while the radio was
        down is not silence, and the limit begins anew when it comes up.
        None, too, while the radio is down.
        """
        since = self.silence_begins(view, quantity)
        return since if since <= mono else None

    def silence_begins(self, view: RelayView, quantity: Quantity) -> float:
        """Return when (mono, s) the quantity becomes silent if nothing comes."""
        if quantity is not Quantity.CURRENT:
            return self._silence(view, quantity)
        # The power is asked for; a measured current serves for as long as it lasts.
        power = self._silence(view, Quantity.POWER)
        return max(power, self._expires(view, Quantity.CURRENT))

    def silence_after(self, view: RelayView, heard: float, limit: float) -> float:
        """Return when (mono, s) what was heard last then is silent, `limit` s later."""
        if self.eyes_open is None:
            return FOREVER
        return max(heard, view.known, self.eyes_open) + limit

    def limit(self, quantity: Quantity) -> float:
        """Return after how many s the quantity is stale."""
        return self.stale_after.get(quantity, FOREVER)

    def input(self, view: RelayView, quantity: Quantity, mono: float) -> Input:
        """Return the value with age and quality, for the record."""
        held = view.held.get(quantity)
        value, age, quality = None, None, Quality.STALE
        if held is not None:
            quality = held.quality
            if held.bad_since != held.mono:  # else there never was a good one
                value, age = held.value, mono - held.mono
            if quality is Quality.FRESH and self._fresh(view, quantity, mono) is None:
                quality = Quality.STALE
        amperes = self.current(view, mono) if quantity is Quantity.CURRENT else None
        if amperes is not None:
            if quality is not Quality.FRESH or value != amperes:  # it is the power's
                age = mono - view.held[Quantity.POWER].mono
            value, quality = amperes, Quality.FRESH
        return Input(
            ieee=view.ieee, quantity=quantity, value=value, age=age, quality=quality
        )

    def view(self, channel: ChannelKey) -> RelayView | None:
        """Return the relay of a channel, if it is known."""
        return self.relays.get(channel[0])

    def _fresh(self, view: RelayView, quantity: Quantity, mono: float) -> float | None:
        held = view.held.get(quantity)
        if (
            held is None
            or held.quality is not Quality.FRESH
            # The same sum as in _expires: at that moment it is fresh no longer.
            or mono >= held.mono + self.stale_after.get(quantity, FOREVER)
        ):
            return None
        return held.value

    def _expires(self, view: RelayView, quantity: Quantity) -> float:
        """Return when (mono, s) the held value is of no use by itself."""
        held = view.held.get(quantity)
        if held is None:
            return NEVER
        end = held.mono + self.stale_after.get(quantity, FOREVER)
        return end if held.bad_since is None else min(end, held.bad_since)

    def _silence(self, view: RelayView, quantity: Quantity) -> float:
        held = view.held.get(quantity)
        heard = NEVER if held is None else held.mono
        begins = self.silence_after(view, heard, self.limit(quantity))
        if (
            held is not None
            and held.bad_since is not None
            and self.eyes_open is not None
            and held.bad_since >= self.eyes_open
        ):
            begins = min(begins, held.bad_since)
        return begins


def _of_another_load(view: RelayView, watts: float) -> bool:
    """Whether the current was measured before a load went, and the power after it."""
    current, power = view.held[CURRENT], view.held[POWER]
    if current.mono < view.switched_off <= power.mono:
        return True
    return view.current_watts is not None and watts < SAME_LOAD * view.current_watts
