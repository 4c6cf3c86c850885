"""Every rule at work with its last word, and who has to be asked when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from collector.model.clock import Now
from collector.model.decision import RuleState
from collector.model.policy import ChannelKey, Mode, PolicyClass, ThresholdRule
from collector.policy.verdict import Judge, Verdict
from collector.policy.view import House

SeatKey = tuple[str, str]  # rule's name; the relay's address, "" for a group

NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class Seat:
    """A judge, and what it said last."""

    key: SeatKey
    judge: Judge
    mode: Mode
    channels: tuple[ChannelKey, ...]  # all that it may ever cut
    verdict: Verdict = field(default_factory=lambda: Verdict(state=RuleState.STALE))
    due: float = NEVER  # mono, s: to be asked again then, and at readings
    alarm_since: float | None = None  # mono, s: over, and nothing to switch off
    alarm_said: float = NEVER
    silence_said: bool = False
    heard: bool = False  # its inputs were fresh once
    why: str = ""  # its last reason for a cut

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.key[0]

    @property
    def enforced(self) -> bool:
        """Whether its word becomes a command."""
        return self.mode is Mode.ENFORCE

    @property
    def informed(self) -> bool:
        """Whether it knows enough to let go; a group judges by what it knows."""
        return self.heard or not self.key[1]

    @property
    def watched(self) -> bool:
        """Whether there is something to say, or was, that the same verdict may end."""
        return self.silence_said or self.alarm_since is not None

    @property
    def protection(self) -> bool:
        """Whether it protects: a person's word does not stand above it."""
        return self.judge.rule.policy_class is PolicyClass.PROTECTION


class Rulebook:
    """All seats, by relay and by channel."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.seats: dict[SeatKey, Seat] = {}
        self._by_relay: dict[str, list[Seat]] = {}
        self._by_channel: dict[ChannelKey, list[Seat]] = {}
        self._imagined: dict[ChannelKey, list[Seat]] = {}

    def replace(self, seats: Iterable[Seat]) -> None:
        """Take these rules from now on."""
        self.seats = {seat.key: seat for seat in seats}
        self._by_relay, self._by_channel, self._imagined = {}, {}, {}
        for seat in self.seats.values():
            for ieee in seat.judge.relays(self._house):
                self._by_relay.setdefault(ieee, []).append(seat)
            for channel in seat.channels:
                self._by_channel.setdefault(channel, []).append(seat)
                if not seat.enforced:
                    self._imagined.setdefault(channel, []).append(seat)
        for of_relay in self._by_relay.values():
            of_relay.sort(key=_haste)

    def of_relay(self, ieee: str) -> list[Seat]:
        """Return the seats that look at a relay, the most urgent first."""
        return self._by_relay.get(ieee, [])

    def of_channel(self, channel: ChannelKey) -> list[Seat]:
        """Return the seats that may cut a channel."""
        return self._by_channel.get(channel, [])

    def imagined(self, channel: ChannelKey) -> list[Seat]:
        """Return the seats that only say what they would do to a channel."""
        return self._imagined.get(channel, [])

    def named(self, name: str) -> list[Seat]:
        """Return the seats of a policy."""
        return [seat for seat in self.seats.values() if seat.name == name]

    def cutting(self, channel: ChannelKey) -> Iterator[Seat]:
        """Yield the enforced seats that want a channel off now."""
        for seat in self.of_channel(channel):
            if seat.enforced and channel in seat.verdict.cut:
                yield seat

    def holding(self, channel: ChannelKey) -> Iterator[Seat]:
        """Yield the enforced seats that keep a channel off."""
        for seat in self.of_channel(channel):
            if seat.enforced and channel in seat.verdict.hold:
                yield seat

    def keeping_off(self, channel: ChannelKey) -> Iterator[Seat]:
        """Yield the enforced seats that want a channel off, or keep it off."""
        for seat in self.of_channel(channel):
            verdict = seat.verdict
            if seat.enforced and (channel in verdict.cut or channel in verdict.hold):
                yield seat

    def room(self, ieee: str, now: Now) -> float:
        """Return how many W more a relay may take by every enforced rule."""
        return min(
            (
                seat.judge.room(self._house, ieee, now)
                for seat in self.of_relay(ieee)
                if seat.enforced
            ),
            default=float("inf"),
        )

    def take(self, seat: Seat, verdict: Verdict) -> Verdict | None:
        """Take a seat's word; return the one before, where what follows differs."""
        before, seat.verdict, seat.due = seat.verdict, verdict, verdict.next_due
        if verdict is before:
            return None
        seat.heard = seat.heard or verdict.state is not RuleState.STALE
        if verdict.cut and verdict.reason:
            seat.why = verdict.reason
        if (
            verdict.cut != before.cut
            or verdict.hold != before.hold
            or verdict.state is not before.state
            or verdict.blind is not before.blind
        ):
            return before
        return None


def _haste(seat: Seat) -> tuple[bool, bool, bool]:
    """What protects one relay is asked first, and what is asked quickly before that."""
    rule = seat.judge.rule
    return not seat.protection, not seat.key[1], not isinstance(rule, ThresholdRule)
