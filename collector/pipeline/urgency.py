"""Reads that a protection waits for: at once, few at a time, never a flood.

They wait for no budget. Each relay is asked at most every 2 s, and one that does not
answer less and less often; relays in doubt never take all the places, so that a living
one waits for nobody's silence.
"""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field

from collector.model.frame import ReadRequest, Urgency
from collector.model.quantity import Quantity

PAUSE = 2.0  # s between two of one relay
LONGEST_PAUSE = 60.0  # s, for a relay that does not answer
TRIES = 3  # more after one in vain, before it is left to whoever asks again
PLACES = 4  # in flight
OLD_CHIP_PLACES = 2
ALIVE_SECONDS = 120.0  # since the last reading, for a relay to be relied on
NEVER = float("-inf")

Item = tuple[Quantity, str | None]


@dataclass(slots=True)
class UrgentState:
    """What is wanted of one relay."""

    wanted: dict[Item, int] = field(default_factory=dict)  # with the order of asking
    began_at: float = NEVER  # mono, s: the last one
    in_vain: int = 0  # one after the other
    alive_at: float = NEVER  # mono, s: the last reading or answer

    def doubt(self, mono: float) -> int:
        """Return how doubtful an answer is: 0 not, TRIES + 1 at the most."""
        if mono - self.alive_at > ALIVE_SECONDS:
            return TRIES + 1
        return min(self.in_vain, TRIES + 1)

    @property
    def not_before(self) -> float:
        """When the next one may begin, mono, s."""
        pause = PAUSE
        if self.in_vain > TRIES:
            pause = min(PAUSE * 2.0 ** min(self.in_vain - TRIES, 16), LONGEST_PAUSE)
        return self.began_at + pause


class UrgentReads:
    """Chooses the reads at HIGH urgency, most wanted first."""

    def __init__(self) -> None:
        self.old_chip = False  # fewer at a time
        self._relays: dict[str, UrgentState] = {}
        # By what is read: whose it is, and whether its answer was in doubt.
        self._in_flight: dict[tuple[str, Item], tuple[UrgentState, bool]] = {}
        self._asked = 0

    def add(self, ieee: str) -> None:
        """This relay may be read; what was wanted of it is forgotten."""
        self._relays[ieee] = UrgentState()

    def remove(self, ieee: str) -> None:
        """Read this relay no longer."""
        self._relays.pop(ieee, None)

    def want(self, ieee: str, item: Item) -> None:
        """Ask for a reading; asking again before it is read changes nothing."""
        state = self._relays.get(ieee)
        if state is not None:
            self._asked += 1
            state.wanted.setdefault(item, self._asked)

    def heard(self, ieee: str) -> None:
        """A frame came from the relay: it lives."""
        state = self._relays.get(ieee)
        if state is not None:
            state.in_vain = 0

    def read(self, ieee: str, item: Item, mono: float) -> None:
        """The reading came, by report or by poll: it is wanted no longer."""
        state = self._relays.get(ieee)
        if state is not None:
            state.wanted.pop(item, None)
            state.alive_at = mono

    def busy(self) -> frozenset[str]:
        """Return the relays that are being read."""
        return frozenset(ieee for ieee, _ in self._in_flight)

    def finished(self, request: ReadRequest, *, answered: bool, mono: float) -> bool:
        """Take the end of a read; True: in vain, and nobody tries again by itself."""
        item = (request.quantity, request.channel)
        state, _ = self._in_flight.pop((request.ieee, item), (None, False))
        if state is None or state is not self._relays.get(request.ieee):
            return (
                False  # begun before the relay joined anew, or the radio was reopened
            )
        if answered:
            state.in_vain, state.alive_at = 0, mono
            return False
        state.in_vain += 1
        if state.in_vain <= TRIES:
            self.want(request.ieee, item)
            return False
        return state.in_vain == TRIES + 1

    def abandon(self) -> None:
        """Forget what is in flight: the radio is gone and will not answer."""
        self._in_flight.clear()
        for state in self._relays.values():
            state.in_vain = 0

    def due(
        self,
        mono: float,
        taken: Container[tuple[str, Item]],
        silent: Callable[[str], bool],
    ) -> tuple[ReadRequest, ...]:
        """Return the reads to send now; each takes a place until `finished`.

        `taken` are in flight as routine reads; `silent` tells who did not answer those.
        """
        places = OLD_CHIP_PLACES if self.old_chip else PLACES
        room = places - len(self._in_flight)
        in_doubt = sum(doubtful for _, doubtful in self._in_flight.values())
        chosen: list[ReadRequest] = []
        for doubt, ieee, item in self._ranked(mono, taken, silent):
            if len(chosen) >= room or (doubt and in_doubt >= places // 2):
                break  # only more doubtful ones follow
            in_doubt += doubt > 0
            state = self._relays[ieee]
            del state.wanted[item]
            state.began_at = mono
            self._in_flight[ieee, item] = (state, doubt > 0)
            chosen.append(_request(ieee, item))
        return tuple(chosen)

    def next_due(self) -> float:
        """Return when the next one may begin, mono, s."""
        busy = self.busy()
        return min(
            (
                state.not_before
                for ieee, state in self._relays.items()
                if state.wanted and ieee not in busy
            ),
            default=float("inf"),
        )

    def _ranked(
        self,
        mono: float,
        taken: Container[tuple[str, Item]],
        silent: Callable[[str], bool],
    ) -> Iterator[tuple[int, str, Item]]:
        """Return one item of each relay: least doubt first, then the order of asking."""
        busy = self.busy()
        entries = []
        for ieee, state in self._relays.items():
            if not state.wanted or ieee in busy or mono < state.not_before:
                continue
            free = [each for each in state.wanted if (ieee, each) not in taken]
            if free:
                item = min(free, key=state.wanted.__getitem__)
                doubt = TRIES + 1 if silent(ieee) else state.doubt(mono)
                entries.append((doubt, state.wanted[item], ieee, item))
        for doubt, _, ieee, item in sorted(entries, key=lambda entry: entry[:2]):
            yield doubt, ieee, item


def _request(ieee: str, item: Item) -> ReadRequest:
    quantity, channel = item
    return ReadRequest(
        ieee=ieee, quantity=quantity, channel=channel, urgency=Urgency.HIGH
    )
