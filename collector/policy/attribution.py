"""Which channel takes the power, where one meter serves both.

One channel on: all power is its own. Both on: what each takes is an estimate from the
steps that the power made when they were switched, and what the steps do not explain
stays unattributed. The remembered step of a channel is its load.
"""

from collections.abc import Mapping
from typing import Final

from collector.model.quantity import CHANNELS
from collector.model.status import ChannelPower
from collector.policy.side_by_side import (
    FRESH_SECONDS,
    Doubt,
    SideBySide,
    Step,
    noise,
    tolerance,
)

# An idle meter shows 0.017-0.131 W: so little is nobody's.
IDLE_WATTS: Final = 0.5
# The power after a switching: AnalogInput comes 3 s after on and 1 s after off. Inrush is over
# within 2 s; a meter that still shows the past is corrected by the next reading, so
# that of several the last counts.
ON_SETTLED_SECONDS: Final = 2.0
OFF_SETTLED_SECONDS: Final = 0.5
STEP_SECONDS: Final = 10.0

NEVER: Final = float("-inf")
FOREVER: Final = float("inf")
_OTHER: Final = dict(zip(CHANNELS, reversed(CHANNELS), strict=True))
_MOST_WATTS: Final = 1e6  # of a document: no relay carries more
_Parts = dict[str, ChannelPower]


class Attribution:
    """One relay: power and contacts in, parts and loads out; times never fall.

    A reading is shared out by the contacts as they are when it comes. From a switching
    to the next reading nothing is known: what is held was measured before.
    """

    def __init__(self) -> None:
        self.loads: dict[str, float] = {}  # remembered, W, by channel; only to be read
        self.doubt: Doubt | None = None
        self._contacts: dict[str, bool | None] = dict.fromkeys(CHANNELS)
        self._said: dict[str, bool] = {}  # the last known state, whatever came since
        self._power: tuple[float, float] | None = None  # W, mono
        self._moved = NEVER  # mono, s: a contact did
        self._settled = NEVER  # mono, s: the power has followed the contacts
        self._step: Step | None = None
        self._solo: float | None = None  # W, the reading before, of the same contacts
        self._both = SideBySide()

    # what is seen -------------------------------------------------------------------

    def contact(
        self, channel: str, on: bool | None, mono: float, *, reported: bool = True
    ) -> None:
        """Take a contact's state; None: it is not known any more.

        `reported`: a change that the relay told at once. Otherwise it was read, or
        stood in a structure, and may have moved long ago: no step is measured by it.
        """
        was = self._contacts[channel]
        if on is was:
            return
        before = self._settled_power(mono)
        self._contacts[channel] = on
        self._step = self._solo = None  # another switch in between spoils a step
        if on is not None:
            self._known(channel, on, mono)
        if on is not None and was is not None:  # else nobody knows when it moved
            self._step = Step(channel, on, mono, before) if reported else None
        if on is False:
            self.doubt = self.doubt or self._both.doubt(
                channel, self.loads.get(channel), before
            )
        self._both.end()

    def power(self, watts: float, mono: float) -> None:
        """Take a reading of the relay's power that can be relied on."""
        self._power = watts, mono
        if self.doubt is not None:
            load = self.loads[self.doubt.channel]
            if watts - self.doubt.beside > load / 2:
                return  # it has not fallen: nothing is learnt of either
            self.doubt = None
        if mono < self._settled:
            return
        on = [channel for channel, on in self._contacts.items() if on]
        alone = on[0] if len(on) == 1 and False in self._contacts.values() else None
        step = self._step
        if step is not None and mono - step.mono <= STEP_SECONDS:
            self._learn_step(step, watts, alone)
            beside = self.loads.get(_OTHER[step.channel]) if len(on) == 2 else None
            self._both.begin(step, beside, watts, mono)
        elif len(on) == 2:
            self._unlearn(watts)
            self._both.go_on(self.loads, watts, mono)
        if alone is not None:
            self._follow(alone, watts)

    def power_unknown(self, mono: float) -> None:
        """A sample came that is none: rejected, or of a sleeping meter."""
        del mono
        self._power = None
        self._solo = None

    # what is known ------------------------------------------------------------------

    def split(
        self, mono: float, max_age: float = FOREVER
    ) -> tuple[Mapping[str, ChannelPower], float | None]:
        """Return each channel's part, and the W that are nobody's; together the power.

        A channel of which nothing is known is left out. Without a power that is at
        most `max_age` s old: nothing, and None.
        """
        if self._power is None:
            return {}, None
        watts, at = self._power
        if at < self._moved or mono - at > max_age:
            return {}, None
        parts = {
            channel: ChannelPower(watts=0.0, estimated=False)
            for channel, on in self._contacts.items()
            if on is False
        }
        on = [channel for channel, on in self._contacts.items() if on]
        if len(on) == 2:
            parts = self._estimate(watts)
        elif on and parts:
            parts |= self._alone(on[0], watts)
        elif watts <= IDLE_WATTS and not on:
            return parts, 0.0
        return parts, max(0.0, watts - sum(part.watts for part in parts.values()))

    def dump(self) -> dict[str, object]:
        """Return what outlives a restart, as plain JSON; {} where that is nothing."""
        if not self.loads:
            return {}
        document: dict[str, object] = {
            "loads": {channel: round(load, 3) for channel, load in self.loads.items()}
        }
        if self.doubt is not None:
            document["doubt"] = [self.doubt.channel, round(self.doubt.beside, 3)]
        return document

    def load(self, document: Mapping[str, object]) -> None:
        """Take what `dump` gave; nonsense counts as nothing."""
        self.loads.clear()
        loads = document.get("loads")
        for channel, load in loads.items() if isinstance(loads, dict) else ():
            watts = _watts(load)
            if channel in CHANNELS and watts is not None:
                self.loads[channel] = watts
        match document.get("doubt"):
            case [str(channel), beside] if channel in self.loads:
                watts = _watts(beside)
                self.doubt = None if watts is None else Doubt(channel, watts)
            case _:
                self.doubt = None

    # --------------------------------------------------------------------------------

    def _known(self, channel: str, on: bool, mono: float) -> None:
        if self._said.get(channel, on) is not on:
            self._moved = mono
        self._said[channel] = on
        after = ON_SETTLED_SECONDS if on else OFF_SETTLED_SECONDS
        self._settled = max(self._settled, mono + after)
        if self.doubt is not None and on is (channel == self.doubt.channel):
            self.doubt = None  # it is on again, or nothing runs beside it

    def _settled_power(self, mono: float) -> float | None:
        """Return the power just before `mono`; None where it may be of before that."""
        if self._power is None:
            return None
        watts, at = self._power
        settled = self._settled <= at < mono
        return watts if settled and mono - at <= FRESH_SECONDS else None

    def _learn_step(self, step: Step, watts: float, alone: str | None) -> None:
        if alone == step.channel:
            self._remember(step.channel, watts, IDLE_WATTS)
        elif step.before is not None and self._contacts[_OTHER[step.channel]]:
            height = watts - step.before if step.on else step.before - watts
            self._remember(step.channel, height, noise(max(watts, step.before)))

    def _remember(self, channel: str, watts: float, scatter: float) -> None:
        """Keep a measured step as the channel's load.

        No step is a load of 0 only where none was seen before: else it is a thermostat
        at rest, and what it takes when it closes is the figure to reckon with.
        """
        if watts > scatter:
            self.loads[channel] = watts
        elif watts >= -scatter and self.loads.get(channel, 0.0) <= scatter:
            self.loads[channel] = 0.0

    def _follow(self, channel: str, watts: float) -> None:
        """The one channel that is on takes all of it; two readings make it its load."""
        before, self._solo = self._solo, watts
        if watts <= IDLE_WATTS:
            return  # at rest
        stable = before is not None and abs(watts - before) <= tolerance(
            min(watts, before)
        )
        if stable or channel not in self.loads:
            self.loads[channel] = watts

    def _unlearn(self, watts: float) -> None:
        """A load of 0 is no more believed when power flows that no load explains."""
        if len(self.loads) == len(CHANNELS):
            known = sum(self.loads.values())
            if watts - known > tolerance(known):
                for channel in CHANNELS:
                    if self.loads[channel] == 0:
                        del self.loads[channel]

    def _alone(self, channel: str, watts: float) -> _Parts:
        if self.doubt is None:
            return {channel: ChannelPower(watts=watts, estimated=False)}
        part = min(self.doubt.beside, watts)
        return {
            channel: ChannelPower(watts=part, estimated=True),
            self.doubt.channel: ChannelPower(watts=0.0, estimated=True),
        }

    def _estimate(self, watts: float) -> _Parts:
        """Both are on: their loads, or less where that is more than is measured.

        A load that cannot be there whole has at least what the other one leaves.
        Beside a channel of unknown load nothing is certain of one that is not whole.
        """
        whole = watts >= sum(self.loads.values())
        parts: _Parts = {}
        for channel, load in self.loads.items():
            other = self.loads.get(_OTHER[channel])
            if not whole and other is None:
                continue
            part = load if whole else max(0.0, watts - (other or 0.0))
            parts[channel] = ChannelPower(watts=part, estimated=True)
        return parts


def _watts(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value <= _MOST_WATTS else None
