"""What a recorded relay would have shown if its contacts had obeyed the replay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reading

_SCALED = frozenset(
    {Quantity.POWER, Quantity.CURRENT, Quantity.APPARENT_POWER}
)  # what flows through the contacts


@dataclass(slots=True)
class Shadow:
    """One relay: its contacts as recorded, and as the replay has switched them.

    A recording goes on as if nothing had been switched. So a channel that the replay
    has opened stays open, whatever the recording repeats of it, until the recording
    itself moves it; and what it took is taken out of the recorded power: all of it
    where no other channel was on, else the remembered load.
    """

    recorded: dict[str, bool] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)  # by the replay
    closed: set[str] = field(default_factory=set)
    watts_off: float = 0.0  # what does not flow now
    since: float = 0.0  # mono, s: of the last change of it
    joules_off: float = 0.0  # energy that was kept off so far

    def switched(self, channel: str, on: bool) -> None:
        """The replay has moved a contact."""
        (self.closed if on else self.opened).add(channel)
        (self.opened if on else self.closed).discard(channel)

    def readings(
        self, readings: Sequence[Reading], loads: Mapping[str, float]
    ) -> tuple[Reading, ...]:
        """Return what the relay would have sent."""
        shown = [
            self._state(reading, reading.channel)
            for reading in readings
            if reading.quantity is Quantity.STATE and reading.channel is not None
        ]
        share = self._share(readings, loads)
        for reading in readings:
            if reading.quantity is Quantity.STATE:
                continue
            if share and reading.quantity in _SCALED:
                shown.append(replace(reading, value=reading.value * (1.0 - share)))
            else:
                shown.append(reading)
        return tuple(shown)

    def settle(self, mono: float) -> None:
        """Count the energy that was kept off up to now."""
        self.joules_off += self.watts_off * max(0.0, mono - self.since)
        self.since = mono

    def _state(self, reading: Reading, channel: str) -> Reading:
        on = reading.value != 0
        moved = self.recorded.get(channel) not in (None, on)
        self.recorded[channel] = on
        if moved or on == (channel not in self.opened):
            # Somebody moved it in the recording, or both agree.
            self.opened.discard(channel)
            self.closed.discard(channel)
            return reading
        if channel in self.opened and on:
            return replace(reading, value=0.0)
        return replace(reading, value=1.0) if channel in self.closed else reading

    def _share(self, readings: Sequence[Reading], loads: Mapping[str, float]) -> float:
        """Return which part of the recorded power does not flow, and note its watts."""
        watts = next(
            (each.value for each in readings if each.quantity is Quantity.POWER), None
        )
        on = [name for name in CHANNELS if self.recorded.get(name, True)]
        off = [name for name in on if name in self.opened]
        if not off:
            self._now_off(0.0, readings)
            return 0.0
        if len(off) == len(on) or watts is None or watts <= 0:
            share = 1.0
        else:
            share = min(1.0, sum(loads.get(name, 0.0) for name in off) / watts)
        if watts is not None:
            self._now_off(watts * share, readings)
        return share

    def _now_off(self, watts: float, readings: Sequence[Reading]) -> None:
        if readings:
            self.settle(readings[0].mono)
        self.watts_off = watts
