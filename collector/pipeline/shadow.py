"""What a recorded relay would have shown if its contacts had obeyed the replay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reading

# What flows through the contacts: a part of it is missing when one is open.
_FLOWING = frozenset({Quantity.POWER, Quantity.CURRENT, Quantity.APPARENT_POWER})


@dataclass(slots=True)
class Shadow:
    """One relay: its contacts as recorded, and as the replay has switched them.

    A recording goes on as if nothing had been switched. So a channel that the replay
    has opened stays open, whatever the recording repeats of it, until the recording
    itself moves it; and what it took is taken out of the recorded power: all of it
    where no other channel was on, else the remembered load, else an equal share.
    """

    hold: float = float("inf")  # s, for which a recorded power counts
    recorded: dict[str, bool] = field(default_factory=dict)
    moved: dict[str, bool] = field(default_factory=dict)  # by the replay, to there
    watts: float | None = None  # as recorded last
    power_at: float = float("-inf")  # mono, s
    moved_at: float = float("-inf")  # mono, s, of the last move by the replay
    off_watts: dict[str, float] = field(default_factory=dict)  # what does not flow
    off_joules: dict[str, float] = field(default_factory=dict)  # … so far
    counted_at: float = 0.0  # mono, s; only while something is kept off

    def is_on(self, channel: str) -> bool:
        """Whether the contact is closed, as the replay has it."""
        return self.moved.get(channel, self.recorded.get(channel, False))

    def move(
        self, channel: str, on: bool, loads: Mapping[str, float], mono: float
    ) -> None:
        """The replay moves a contact."""
        self.count(mono)
        if self.recorded.get(channel, False) is on:
            self.moved.pop(channel, None)
        else:
            self.moved[channel] = on
        self.moved_at = mono
        self._share(loads)

    def shown(
        self, readings: Sequence[Reading], loads: Mapping[str, float], mono: float
    ) -> tuple[Reading, ...]:
        """Return what the relay would have sent."""
        if self.moved:
            self.count(mono)
        for reading in readings:
            if reading.quantity is Quantity.POWER:
                self.watts, self.power_at = reading.value, mono
            elif reading.quantity is Quantity.STATE and reading.channel is not None:
                self._recorded(reading.channel, reading.value != 0)
        if not self.moved:  # as recorded
            if self.off_watts:
                self.off_watts = {}
            return tuple(readings)
        missing = self._share(loads)
        return tuple(self._show(reading, missing) for reading in readings)

    @property
    def power(self) -> float | None:
        """What the meter would show, W; None: nothing was recorded yet."""
        if self.watts is None:
            return None
        return max(0.0, self.watts - sum(self.off_watts.values()))

    def count(self, mono: float) -> None:
        """Count the energy that is kept off, up to now or to the end of what is known."""
        seconds = max(0.0, min(mono, self.power_at + self.hold) - self.counted_at)
        for channel, watts in self.off_watts.items():
            joules = watts * seconds
            self.off_joules[channel] = self.off_joules.get(channel, 0.0) + joules
        self.counted_at = mono

    def _recorded(self, channel: str, on: bool) -> None:
        before = self.recorded.get(channel)
        self.recorded[channel] = on
        if before is not on or self.moved.get(channel) is on:
            # Somebody moved it in the recording, or both agree by now.
            self.moved.pop(channel, None)

    def _show(self, reading: Reading, missing: float) -> Reading:
        if reading.quantity is Quantity.STATE and reading.channel is not None:
            return _with(reading, float(self.is_on(reading.channel)))
        if missing and reading.quantity in _FLOWING:
            return _with(reading, reading.value * (1.0 - missing))
        return reading

    def _share(self, loads: Mapping[str, float]) -> float:
        """Return which part of the recorded power does not flow."""
        on = [name for name in CHANNELS if self.recorded.get(name, False)]
        off = [name for name in on if not self.is_on(name)]
        watts = self.watts or 0.0
        if not off:
            if self.off_watts:
                self.off_watts = {}
            return 0.0
        known = {name: loads.get(name, watts / len(on)) for name in off}
        total = sum(known.values())
        missing = watts if len(off) == len(on) else min(watts, total)
        self.off_watts = {
            name: missing * (each / total if total > 0 else 1.0 / len(off))
            for name, each in known.items()
        }
        return missing / watts if watts > 0 else 1.0


def _with(reading: Reading, value: float) -> Reading:
    """Return the reading with another value; dataclasses.replace takes twice as long."""
    return Reading(
        ieee=reading.ieee,
        channel=reading.channel,
        quantity=reading.quantity,
        value=value,
        at=reading.at,
        mono=reading.mono,
        quality=reading.quality,
    )


class SampleMeter:
    """The growing energy counter of a recording: its register, else its power."""

    def __init__(self) -> None:
        self._joules = 1.0  # J; at 0 a counter has not begun, and nothing is known
        self._register: float | None = None
        self._watts = 0.0
        self._at: float | None = None  # mono, s

    def take(self, quantity: Quantity, value: float, mono: float) -> float:
        """Take a recorded value; return the energy so far, J."""
        if self._at is not None and self._register is None:
            self._joules += self._watts * max(0.0, mono - self._at)
        self._at = mono
        if quantity is Quantity.POWER:
            self._watts = value
        elif quantity is Quantity.ENERGY:
            if self._register is not None:
                self._joules += max(0.0, value - self._register)
            self._register = value
        return self._joules
