"""What hangs on a channel: four load models with documented numbers (README.md).

A load is piecewise constant: it holds its demand until `next_change`, so that energy
can be integrated exactly. Times are seconds of the simulation's clock.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from collector.simulator.chance import seeded

NOMINAL_V = 230.0
_NEVER = math.inf


@dataclass(frozen=True, slots=True)
class Demand:
    """What a load takes at nominal voltage."""

    watts: float = 0.0
    power_factor: float = 1.0
    leading: bool = False  # True: capacitive
    exponent: float = 0.0  # P ~ (U / 230 V) ** exponent; 2 for a resistor

    def at(self, volts: float) -> tuple[float, float]:
        """Return active W and reactive var (leading: negative) at `volts`."""
        watts = self.watts * (volts / NOMINAL_V) ** self.exponent
        reactive = watts * math.sqrt(max(0.0, self.power_factor**-2 - 1.0))
        return watts, -reactive if self.leading else reactive


NOTHING = Demand()


class Load(Protocol):
    """A load model; `advance` is called with times that never fall."""

    @property
    def demand(self) -> Demand:
        """What it takes now."""

    @property
    def next_change(self) -> float:
        """When the demand changes by itself; infinite: never."""

    def switch(self, on: bool, now: float) -> None:
        """Connect it to the mains, or disconnect it."""

    def advance(self, now: float) -> None:
        """Let the time pass until `now`, at most to `next_change`."""


class ConstantLoad:
    """Takes the same power whenever it is on."""

    def __init__(self, watts: float, power_factor: float = 0.98) -> None:
        self._on_demand = Demand(watts, power_factor)
        self.demand = NOTHING
        self.next_change = _NEVER

    def switch(self, on: bool, now: float) -> None:  # noqa: ARG002 - needs no time
        """Connect or disconnect it."""
        self.demand = self._on_demand if on else NOTHING

    def advance(self, now: float) -> None:
        """Nothing changes by itself."""


class Heater:
    """Resistive oil heater whose thermostat keeps its oil between 58 and 62 °C."""

    CAPACITY = 60_000.0  # J/K
    LOSS = 20.0  # W/K to the room
    ROOM = 20.0  # °C
    LOW, HIGH = 58.0, 62.0  # °C, thermostat

    def __init__(self, watts: float = 2000.0) -> None:
        self._watts = watts
        self._celsius = 57.0
        self._time: float | None = None  # of the first call
        self._connected = False
        self._heating = True  # the thermostat's contact
        self.demand = NOTHING
        self.next_change = _NEVER

    def switch(self, on: bool, now: float) -> None:
        """Connect or disconnect it; the oil keeps cooling."""
        self._cool_or_heat(now)
        self._connected = on
        self._plan(now)

    def advance(self, now: float) -> None:
        """Let the oil warm or cool, and the thermostat act."""
        self._cool_or_heat(now)
        if now >= self.next_change:
            self._heating = not self._heating
        self._plan(now)

    def _target(self) -> float:
        """Return the temperature it would reach in the end, °C."""
        heat = self._watts if self._connected and self._heating else 0.0
        return self.ROOM + heat / self.LOSS

    def _cool_or_heat(self, now: float) -> None:
        passed = 0.0 if self._time is None else now - self._time
        decay = math.exp(-passed * self.LOSS / self.CAPACITY)
        target = self._target()
        self._celsius = target + (self._celsius - target) * decay
        self._time = now
        if not self._connected:  # the thermostat follows without power too
            self._heating = self._celsius < self.HIGH and (
                self._heating or self._celsius <= self.LOW
            )

    def _plan(self, now: float) -> None:
        """Set the demand, and when the thermostat acts next."""
        self.demand, self.next_change = NOTHING, _NEVER
        if not self._connected:
            return
        if self._heating:
            self.demand = Demand(self._watts, 0.9995, exponent=2.0)
        limit = self.HIGH if self._heating else self.LOW
        beyond = self._celsius - limit
        if beyond == 0.0 or (beyond > 0.0) == self._heating:
            self.next_change = now
            return
        target = self._target()
        if (target > limit) == self._heating:  # else it never gets there
            ratio = (self._celsius - target) / (limit - target)
            self.next_change = now + math.log(ratio) * self.CAPACITY / self.LOSS


class _Staged:
    """A load that runs through stages: (seconds, demand), the last one repeats."""

    def __init__(self) -> None:
        self.demand = NOTHING
        self.next_change = _NEVER
        self._stages: list[tuple[float, Demand]] = []

    def switch(self, on: bool, now: float) -> None:
        """Connect it, which begins the first stage, or disconnect it."""
        self._stages = self._begin() if on else []
        self.demand, self.next_change = NOTHING, _NEVER
        if on:
            self._next(now)

    def advance(self, now: float) -> None:
        """Enter the next stage when it is time."""
        if now >= self.next_change:
            self._next(now)

    def _next(self, now: float) -> None:
        if not self._stages:
            self._stages = self._repeat()
        seconds, self.demand = self._stages.pop(0)
        self.next_change = now + seconds

    def _begin(self) -> list[tuple[float, Demand]]:
        return self._repeat()

    def _repeat(self) -> list[tuple[float, Demand]]:
        return [(_NEVER, NOTHING)]


class Pump(_Staged):
    """Circulation pump: inrush of a stalled motor, then a steady run."""

    def __init__(self, watts: float = 370.0) -> None:
        super().__init__()
        self._watts = watts

    def _begin(self) -> list[tuple[float, Demand]]:
        return [
            (0.2, Demand(5.5 * self._watts, 0.45)),
            (0.4, Demand(2.5 * self._watts, 0.60)),
            (2.4, Demand(1.1 * self._watts, 0.80)),
            (_NEVER, Demand(self._watts, 0.82, exponent=0.8)),
        ]


class Fridge(_Staged):
    """Refrigerator: compressor cycles of about 14 min on and 26 min off."""

    def __init__(self, watts: float = 90.0, seed: str = "") -> None:
        super().__init__()
        self._watts = watts
        self._random = seeded("fridge", seed)

    def _repeat(self) -> list[tuple[float, Demand]]:
        vary = self._random.uniform
        return [
            (0.5, Demand(7.5 * self._watts, 0.50)),
            (840.0 * vary(0.9, 1.1), Demand(self._watts, 0.62, exponent=0.5)),
            (1560.0 * vary(0.9, 1.1), Demand(1.2, 0.40, leading=True)),
        ]


class Standby(_Staged):
    """Electronics in standby: a few watts, and a short burst now and then."""

    def __init__(self, watts: float = 3.8, seed: str = "") -> None:
        super().__init__()
        self._watts = watts
        self._random = seeded("standby", seed)

    def _repeat(self) -> list[tuple[float, Demand]]:
        vary = self._random.uniform
        return [
            (vary(60.0, 180.0), Demand(self._watts, 0.45, leading=True)),
            (vary(5.0, 15.0), Demand(2.4 * self._watts, 0.55, leading=True)),
        ]


def make_load(model: str, watts: float | None, seed: str) -> Load:
    """Return a load by its name in a scenario; `watts` None: the model's own."""
    sized = {} if watts is None else {"watts": watts}
    match model:
        case "heater":
            return Heater(**sized)
        case "pump":
            return Pump(**sized)
        case "fridge":
            return Fridge(**sized, seed=seed)
        case "standby":
            return Standby(**sized, seed=seed)
        case _:
            return ConstantLoad(watts or 0.0)


MODELS = ("heater", "pump", "fridge", "standby", "constant", "none")
