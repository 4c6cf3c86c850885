"""Time, toy relays, and what they send to the stage and take from it."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from collector.model.clock import Now
from collector.model.command import AttemptResult, SwitchCommand
from collector.model.frame import ChangeOrigin
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reading, Reason, Rejection
from collector.policy.effects import Effects
from collector.policy.seen import Seen
from tests.unit.policy.toy_relay import HAND, ToyRelay

START, NOON = 1000.0, datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
NO_ANSWER_SECONDS = 2.0
READ_SECONDS = 2.0  # between two reads of a relay's power
FOREVER = float("inf")


class ToyAir:
    """What happens between a stage and its relays; the stage is the plant's."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self.relays = {ieee: ToyRelay(ieee) for ieee in addresses}
        self.mono, self.wall = START, NOON
        self.began = NOON
        self.radio = False
        self.reads_answered = True
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._read_at: dict[str, float] = {}  # mono, s: of the last one, or the next
        self._number = 0
        self._busy = False

    # the plant's part -----------------------------------------------------------------

    def observe(self, seen: Seen) -> None:
        """Let the stage take what a frame brings."""
        raise NotImplementedError

    def answer(self, command: SwitchCommand, result: AttemptResult) -> None:
        """The radio says how an attempt ended."""
        raise NotImplementedError

    def read_ended(self, ieee: str, quantity: Quantity) -> Effects:
        """Let the stage take the end of a read."""
        raise NotImplementedError

    def do(self, effects: Effects) -> None:
        """Do what the stage wants done."""
        raise NotImplementedError

    # time -----------------------------------------------------------------------------

    @property
    def now(self) -> Now:
        return Now(self.mono, self.wall)

    @property
    def seconds(self) -> float:
        return self.mono - START

    def move(self, mono: float) -> None:
        self.wall += timedelta(seconds=mono - self.mono)
        self.mono = mono

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Let something happen so many s from now."""
        self._number += 1
        heapq.heappush(self._coming, (self.mono + seconds, self._number, what))

    def next_event(self) -> float:
        return self._coming[0][0] if self._coming else FOREVER

    def catch_up(self) -> None:
        """Let happen what is to happen by now, one after the other."""
        if self._busy:
            return
        self._busy = True
        while self.next_event() <= self.mono:
            heapq.heappop(self._coming)[2]()
        self._busy = False

    def forget_all(self) -> None:
        """The process that waited for all this is dead."""
        self._coming.clear()
        self._read_at.clear()
        self._busy = False

    # what relays send -----------------------------------------------------------------

    def report(self, ieee: str) -> None:
        """Both contacts and what the meter shows."""
        for channel in CHANNELS:
            self.report_state(ieee, channel)
        self.report_power(ieee)

    def report_power(self, ieee: str) -> None:
        relay = self.relays[ieee]
        self.see(ieee, Quantity.POWER, relay.power)
        if relay.volts is not None:
            self.see(ieee, Quantity.VOLTAGE, relay.volts)

    def report_state(
        self, ieee: str, channel: str, *, code: int | None = None, read: bool = False
    ) -> None:
        on = float(self.relays[ieee].on[channel])
        self.see(ieee, Quantity.STATE, on, channel, code=code, read=read)

    def see(
        self,
        ieee: str,
        quantity: Quantity,
        value: float,
        channel: str | None = None,
        *,
        code: int | None = None,
        read: bool = False,
    ) -> None:
        """One value comes, if the relay can be heard."""
        if self.relays[ieee].dead or not self.radio:
            return
        reading = Reading(
            ieee=ieee,
            channel=channel,
            quantity=quantity,
            value=value,
            at=self.wall,
            mono=self.mono,
        )
        origin = None if code is None else ChangeOrigin(code=code, nwk=0, counter=1)
        self.observe(Seen(ieee=ieee, readings=(reading,), origin=origin, response=read))

    def structure(self, ieee: str, values: Mapping[Quantity, float]) -> None:
        """Several values of one moment come."""
        readings = tuple(
            Reading(
                ieee=ieee,
                channel=None,
                quantity=quantity,
                value=value,
                at=self.wall,
                mono=self.mono,
            )
            for quantity, value in values.items()
        )
        self.observe(Seen(ieee=ieee, readings=readings))

    def reject(
        self, ieee: str, quantity: Quantity, reason: Reason, channel: str | None = None
    ) -> None:
        """A sample comes that is not believed."""
        rejection = Rejection(
            ieee=ieee,
            channel=channel,
            quantity=quantity,
            reason=reason,
            value=0.0,
            at=self.wall,
            mono=self.mono,
        )
        self.observe(Seen(ieee=ieee, rejected=(rejection,)))

    def draw(self, ieee: str, channel: str, watts: float) -> None:
        """A load changes, and is reported."""
        self.relays[ieee].watts[channel] = watts
        self.report_power(ieee)

    def press(self, ieee: str, channel: str, *, code: int = HAND) -> None:
        """Somebody moves a contact; it is told with its origin, then the power."""
        relay = self.relays[ieee]
        relay.on[channel] = not relay.on[channel]
        self.report_state(ieee, channel, code=code)
        self.report_power(ieee)

    # what relays take -----------------------------------------------------------------

    def carry_out(self, command: SwitchCommand) -> None:
        """An attempt goes on the air; its answer comes at once, or never."""
        relay = self.relays[command.ieee]
        result = relay.take(command) if self.radio else AttemptResult.NOT_SENT
        wait = NO_ANSWER_SECONDS if result is AttemptResult.NO_ANSWER else 0.0
        if self.radio:
            for on, code in relay.reports(command):
                self.later(0.0, partial(self._tell, command, on, code))
        self.later(wait, lambda: self.answer(command, result))

    def answer_read(self, ieee: str, quantity: Quantity, channel: str | None) -> None:
        """A read ends: with a value, or in vain after a while.

        The poller reads a relay's power once in 2 s at most.
        """
        wait = 0.0
        if channel is None:
            if self._read_at.get(ieee, 0.0) > self.mono:
                return  # one is to come
            wait = max(0.0, self._read_at.get(ieee, 0.0) + READ_SECONDS - self.mono)
            self._read_at[ieee] = self.mono + wait
        self.later(wait, partial(self._read, ieee, quantity, channel))

    def _tell(self, command: SwitchCommand, on: bool, code: int) -> None:
        value = float(on)
        self.see(command.ieee, Quantity.STATE, value, command.channel, code=code)
        self.report_power(command.ieee)

    def _read(self, ieee: str, quantity: Quantity, channel: str | None) -> None:
        silent = self.relays[ieee].dead or not self.radio
        if silent or not self.reads_answered:
            self.later(NO_ANSWER_SECONDS, partial(self._read_over, ieee, quantity))
            return
        if channel is not None:
            self.report_state(ieee, channel, read=True)
        else:
            self.report_power(ieee)
        self._read_over(ieee, quantity)

    def _read_over(self, ieee: str, quantity: Quantity) -> None:
        self.do(self.read_ended(ieee, quantity))
