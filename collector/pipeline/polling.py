"""What is due to be read: a budget for all, a back-off for each relay.

A read is due so long after the last *reading* of the quantity (a report resets
it). Dead relays cost one read per back-off, so they starve nobody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collector.model.frame import ReadRequest, Urgency
from collector.model.quantity import CHANNELS, Quantity
from collector.model.settings import PollingSettings

BACK_OFF_FIRST = 30.0  # s after the first unanswered read of a relay
BACK_OFF_LAST = 900.0  # s, the longest pause between tries
URGENT_PAUSE = 2.0  # s between two HIGH reads of one relay
URGENT_TRIES = 3  # in vain, before the relay is left to its back-off
OLD_CHIP_RATE = 1.0  # reads/s that a CC253x stands
FIRST_POWER = 1e9  # rank of a power that was never read: before everything else
NEVER = float("-inf")

Item = tuple[Quantity, str | None]
POWER: Item = (Quantity.POWER, None)
INTERLOCK: Item = (Quantity.INTERLOCK, None)
STATES: tuple[Item, ...] = tuple((Quantity.STATE, channel) for channel in CHANNELS)


@dataclass(slots=True)
class PollState:
    """The polling memory of one relay; all times are mono, s."""

    added_at: float  # what was never read is due from here on
    read_at: dict[Item, float] = field(default_factory=dict)  # last reading
    tried_at: dict[Item, float] = field(
        default_factory=dict
    )  # last answer, with or without a value
    back_off: float = 0.0
    not_before: float = NEVER
    urgent: bool = False
    urgent_at: float = NEVER
    urgent_tries: int = 0  # in vain, one after the other


class Polling:
    """Chooses the reads of every relay within one budget."""

    def __init__(self, settings: PollingSettings) -> None:
        self.settings = settings
        self._relays: dict[str, PollState] = {}
        self.old_chip = False  # one read a second, one in flight
        self._in_flight: dict[tuple[str, Item], PollState] = {}
        self._tokens = 1.0
        self._tokens_at: float | None = None

    @property
    def power_interval(self) -> float:
        """Return the effective interval of power, s: the budget shared by all."""
        share = len(self._relays) / self._rate
        return max(self.settings.power_seconds, share)

    @property
    def _rate(self) -> float:
        rate = self.settings.reads_per_second
        return min(rate, OLD_CHIP_RATE) if self.old_chip else rate

    @property
    def _places(self) -> int:
        return 1 if self.old_chip else self.settings.in_flight

    def add(self, ieee: str, mono: float) -> None:
        """Poll this relay from now on; everything is due at once."""
        self._relays[ieee] = PollState(added_at=mono)

    def remove(self, ieee: str) -> None:
        """Poll this relay no longer."""
        self._relays.pop(ieee, None)

    def heard(self, ieee: str) -> None:
        """A frame came from the relay: it lives, so its back-off ends."""
        state = self._relays.get(ieee)
        if state is not None and state.back_off:
            state.back_off = 0.0
            state.not_before = NEVER

    def read(self, ieee: str, item: Item, mono: float) -> None:
        """A reading of the item came, by report or by poll."""
        state = self._relays.get(ieee)
        if state is not None:
            state.read_at[item] = mono
            if item == POWER:
                state.urgent = False
                state.urgent_tries = 0

    def want_power(self, ieee: str) -> None:
        """Ask for power at HIGH urgency: a sample needs a second opinion."""
        state = self._relays.get(ieee)
        if state is not None:
            state.urgent = True

    def finished(self, request: ReadRequest, *, answered: bool, mono: float) -> None:
        """Take the end of a read: a silent relay is left alone for longer each time."""
        item = (request.quantity, request.channel)
        state = self._in_flight.pop((request.ieee, item), None)
        if state is None or state is not self._relays.get(request.ieee):
            return  # begun before the relay joined anew, or the radio was reopened
        if answered:
            # Answered without a usable value counts too, or it is asked for ever.
            state.tried_at[item] = mono
            state.back_off = 0.0
            state.not_before = NEVER
            return
        if request.urgency is Urgency.HIGH and state.urgent_tries < URGENT_TRIES:
            state.urgent_tries += 1
            state.urgent = True
            return
        state.urgent_tries = 0
        state.back_off = min(max(BACK_OFF_FIRST, state.back_off * 2), BACK_OFF_LAST)
        state.not_before = mono + state.back_off

    def abandon(self) -> None:
        """Forget what is in flight: the radio is gone and will not answer."""
        self._in_flight.clear()
        for state in self._relays.values():
            state.back_off = 0.0
            state.not_before = NEVER

    def due(self, mono: float) -> tuple[ReadRequest, ...]:
        """Return the reads to send now; each takes a place until `finished`."""
        self._refill(mono)
        room = min(int(self._tokens), self._places - len(self._in_flight))
        if room <= 0:
            return ()
        ranked = sorted(self._candidates(mono), key=lambda entry: -entry[0])
        chosen = tuple(request for _, request in ranked[:room])
        self._tokens -= len(chosen)
        for request in chosen:
            self._start(request, mono)
        return chosen

    def next_due(self) -> float:
        """Return the earliest moment at which a read can become due (mono, s)."""
        return min(
            (
                max(state.not_before, self._due_at(state, item, interval))
                for state in self._relays.values()
                for item, interval in self._items(state)
            ),
            default=float("inf"),
        )

    def _refill(self, mono: float) -> None:
        rate = self._rate
        if self._tokens_at is not None:
            self._tokens += (mono - self._tokens_at) * rate
        # Never more than a second's worth: a pause must not end in a burst.
        self._tokens = min(self._tokens, max(1.0, rate))
        self._tokens_at = mono

    def _start(self, request: ReadRequest, mono: float) -> None:
        item = (request.quantity, request.channel)
        state = self._relays[request.ieee]
        self._in_flight[request.ieee, item] = state
        if request.urgency is Urgency.HIGH:
            state.urgent = False
            state.urgent_at = mono

    def _candidates(self, mono: float) -> Iterator[tuple[float, ReadRequest]]:
        busy = {ieee for ieee, _ in self._in_flight}
        for ieee, state in self._relays.items():
            if state.urgent and mono >= state.urgent_at + URGENT_PAUSE:
                if (ieee, POWER) not in self._in_flight:
                    yield (
                        float("inf"),
                        ReadRequest(
                            ieee=ieee, quantity=Quantity.POWER, urgency=Urgency.HIGH
                        ),
                    )
                continue
            # One routine read per relay at a time: a silent one blocks one place.
            if ieee in busy or mono < state.not_before:
                continue
            best = self._most_overdue(state, mono)
            if best is not None:
                ratio, (quantity, channel) = best
                yield (
                    ratio,
                    ReadRequest(ieee=ieee, quantity=quantity, channel=channel),
                )

    def _most_overdue(self, state: PollState, mono: float) -> tuple[float, Item] | None:
        best: tuple[float, Item] | None = None
        for item, interval in self._items(state):
            over = mono - self._due_at(state, item, interval)
            if over < 0:
                continue
            # Ranked by the share of the interval: under a budget that is too small
            # everything is late by the same factor, and nothing starves.
            ratio = over / interval
            if item == POWER and POWER not in state.read_at:
                ratio += FIRST_POWER
            if best is None or ratio > best[0]:
                best = (ratio, item)
        return best

    def _items(self, state: PollState) -> Iterable[tuple[Item, float]]:
        yield POWER, self.power_interval
        for item in STATES:
            yield item, self.settings.state_seconds
        if INTERLOCK not in state.read_at:  # read once, after start and joining
            yield INTERLOCK, self.settings.state_seconds

    @staticmethod
    def _due_at(state: PollState, item: Item, interval: float) -> float:
        read_at = state.read_at.get(item, NEVER)
        tried_at = state.tried_at.get(item, NEVER)
        last = max(read_at, tried_at)
        return state.added_at if last == NEVER else last + interval
