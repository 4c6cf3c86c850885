"""What is due to be read: a budget for all, a back-off for each relay.

A read is due so long after the last *reading* of the quantity (a report resets
it). Dead relays cost one read per back-off, so they starve nobody. What a protection
waits for passes all this: see `urgency`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collector.model.frame import ReadRequest, Urgency
from collector.model.quantity import CHANNELS, Quantity
from collector.model.settings import PollingSettings
from collector.pipeline.urgency import NEVER, Item, UrgentReads

BACK_OFF_FIRST = 30.0  # s after the first unanswered read of a relay
BACK_OFF_LAST = 900.0  # s, the longest pause between tries
OLD_CHIP_RATE = 1.0  # reads/s that a CC253x stands
FIRST_POWER = 1e9  # rank of a power that was never read: before everything else

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

    def leave_alone(self, mono: float) -> None:
        """Wait before the next read, longer each time."""
        self.back_off = min(max(BACK_OFF_FIRST, self.back_off * 2), BACK_OFF_LAST)
        self.not_before = mono + self.back_off

    def forgive(self) -> None:
        """Read it as usual: it answers, or the silence was not its own."""
        self.back_off = 0.0
        self.not_before = NEVER


class Polling:
    """Chooses the reads of every relay within one budget."""

    def __init__(self, settings: PollingSettings) -> None:
        self.settings = settings
        # Relays whose interlock the configuration asks for: it is read again and again.
        self.kept_interlocks: frozenset[str] = frozenset()
        self._relays: dict[str, PollState] = {}
        self._urgent = UrgentReads()
        self._in_flight: dict[tuple[str, Item], PollState] = {}
        self._tokens = 1.0
        self._tokens_at: float | None = None

    @property
    def old_chip(self) -> bool:
        """Whether the chip takes few requests: one routine read a second and at a time."""
        return self._urgent.old_chip

    @old_chip.setter
    def old_chip(self, old: bool) -> None:
        self._urgent.old_chip = old

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
        self._urgent.add(ieee)

    def remove(self, ieee: str) -> None:
        """Poll this relay no longer."""
        self._relays.pop(ieee, None)
        self._urgent.remove(ieee)

    def heard(self, ieee: str) -> None:
        """A frame came from the relay: it lives, so its back-off ends."""
        self._urgent.heard(ieee)
        state = self._relays.get(ieee)
        if state is not None and state.back_off:
            state.forgive()

    def read(self, ieee: str, item: Item, mono: float) -> None:
        """A reading of the item came, by report or by poll."""
        self._urgent.read(ieee, item, mono)
        state = self._relays.get(ieee)
        if state is not None:
            state.read_at[item] = mono

    def want(self, ieee: str, item: Item) -> None:
        """Ask for POWER, or the STATE of a channel, at HIGH urgency.

        At most one read every 2 s and relay; it waits for no budget and no back-off.
        """
        self._urgent.want(ieee, item)

    def want_power(self, ieee: str) -> None:
        """Ask for power at HIGH urgency: a sample needs a second opinion."""
        self.want(ieee, POWER)

    def refresh(self, ieee: str, item: Item) -> None:
        """What was read of the item holds no longer: it is due as a routine read."""
        state = self._relays.get(ieee)
        if state is not None:
            state.read_at.pop(item, None)
            state.tried_at.pop(item, None)

    def finished(self, request: ReadRequest, *, answered: bool, mono: float) -> None:
        """Take the end of a read: a silent relay is left alone for longer each time."""
        item = (request.quantity, request.channel)
        if request.urgency is Urgency.HIGH:
            in_vain = self._urgent.finished(request, answered=answered, mono=mono)
            state = self._relays.get(request.ieee)
        else:
            state = self._in_flight.pop((request.ieee, item), None)
            in_vain = not answered
        if state is None or state is not self._relays.get(request.ieee):
            return  # begun before the relay joined anew, or the radio was reopened
        if answered:
            # Answered without a usable value counts too, or it is asked for ever.
            state.tried_at[item] = mono
            state.forgive()
        elif in_vain:
            state.leave_alone(mono)

    def abandon(self) -> None:
        """Forget what is in flight: the radio is gone and will not answer."""
        self._in_flight.clear()
        self._urgent.abandon()
        for state in self._relays.values():
            state.forgive()

    def due(self, mono: float) -> tuple[ReadRequest, ...]:
        """Return the reads to send now; each takes a place until `finished`."""
        urgent = self._urgent.due(mono, self._in_flight, self._is_silent)
        self._refill(mono)
        room = min(int(self._tokens), self._places - len(self._in_flight))
        if room <= 0:
            return urgent
        ranked = sorted(self._candidates(mono), key=lambda entry: -entry[0])
        chosen = tuple(request for _, request in ranked[:room])
        self._tokens -= len(chosen)
        for request in chosen:
            item = (request.quantity, request.channel)
            self._in_flight[request.ieee, item] = self._relays[request.ieee]
        return urgent + chosen

    def next_due(self) -> float:
        """Return the earliest moment at which a read can become due (mono, s)."""
        routine = (
            max(state.not_before, self._due_at(state, item, interval))
            for ieee, state in self._relays.items()
            for item, interval in self._items(ieee, state)
        )
        return min(self._urgent.next_due(), min(routine, default=float("inf")))

    def _refill(self, mono: float) -> None:
        rate = self._rate
        if self._tokens_at is not None:
            self._tokens += (mono - self._tokens_at) * rate
        # Never more than a second's worth: a pause must not end in a burst.
        self._tokens = min(self._tokens, max(1.0, rate))
        self._tokens_at = mono

    def _is_silent(self, ieee: str) -> bool:
        return self._relays[ieee].back_off > 0

    def _candidates(self, mono: float) -> Iterator[tuple[float, ReadRequest]]:
        # One read per relay at a time: a silent one blocks one place.
        busy = {ieee for ieee, _ in self._in_flight} | self._urgent.busy()
        for ieee, state in self._relays.items():
            if ieee in busy or mono < state.not_before:
                continue
            best = self._most_overdue(ieee, state, mono)
            if best is not None:
                ratio, (quantity, channel) = best
                yield (
                    ratio,
                    ReadRequest(ieee=ieee, quantity=quantity, channel=channel),
                )

    def _most_overdue(
        self, ieee: str, state: PollState, mono: float
    ) -> tuple[float, Item] | None:
        best: tuple[float, Item] | None = None
        for item, interval in self._items(ieee, state):
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

    def _items(self, ieee: str, state: PollState) -> Iterable[tuple[Item, float]]:
        yield POWER, self.power_interval
        for item in STATES:
            yield item, self.settings.state_seconds
        # The others' is read once, after start and joining.
        if ieee in self.kept_interlocks or INTERLOCK not in state.read_at:
            yield INTERLOCK, self.settings.state_seconds

    @staticmethod
    def _due_at(state: PollState, item: Item, interval: float) -> float:
        read_at = state.read_at.get(item, NEVER)
        tried_at = state.tried_at.get(item, NEVER)
        last = max(read_at, tried_at)
        return state.added_at if last == NEVER else last + interval
