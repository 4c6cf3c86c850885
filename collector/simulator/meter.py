"""The relay's one energy meter: both channels together, in ticks of 1/3200 kWh."""

import math
import struct
from dataclasses import dataclass

from collector.simulator.chance import seeded
from collector.simulator.loads import NOMINAL_V, Demand

JOULES_PER_TICK = 3_600_000 / 3200  # one pulse of a 3200 imp/kWh meter
NO_LOAD_CURRENT_A = 0.005009882152080536  # seen on two real units
LEAST_WATTS = 0.2  # below it the meter shows its no-load floor
_NO_LOAD_WATTS = (0.02, 0.13)  # seen: 0.017 to 0.131
_LONGEST_STEP = 10.0  # s; the voltage counts as constant within one
_WANDER = ((2.1, 1543.0), (1.2, 311.0), (0.5, 67.0))  # V, period in s
_VOLTAGE_NOISE_V = 0.12
_POWER_NOISE = 0.002  # of the reading
_CHIP_CELSIUS = 28.0  # at rest
_CHIP_TIME = 600.0  # s, thermal time constant


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement, each value as the float32 that is sent (voltage: in 0.1 V)."""

    volts: float
    amperes: float
    watts: float
    power_factor: int  # %, truncated


ASLEEP = Sample(0.0, 0.0, 0.0, 0)


def as_float32(value: float) -> float:
    """Return the value that four bytes carry."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


class Meter:
    """Measures and integrates; `advance` takes times that never fall."""

    def __init__(self, seed: str) -> None:
        self.answers = True  # False: U = I = P = 0, and the register stands still
        self.joules = 0.0
        self.celsius = _CHIP_CELSIUS
        self._time: float | None = None
        self._random = seeded("meter", seed)
        self._phases = [self._random.uniform(0, math.tau) for _ in _WANDER]

    def volts_at(self, now: float) -> float:
        """Return the mains voltage: 230 V, wandering slowly by a few volts."""
        return NOMINAL_V + sum(
            amplitude * math.sin(math.tau * now / period + phase)
            for (amplitude, period), phase in zip(_WANDER, self._phases, strict=True)
        )

    def advance(self, now: float, demands: tuple[Demand, ...]) -> None:
        """Integrate constant demands until `now`."""
        time = now if self._time is None else self._time
        while time < now:
            step = min(now - time, _LONGEST_STEP)
            watts, amperes = self._totals(demands, self.volts_at(time + step / 2))
            if self.answers and watts >= LEAST_WATTS:
                self.joules += watts * step
            self._warm(amperes, step)
            time += step
        self._time = now

    def _warm(self, amperes: float, seconds: float) -> None:
        target = _CHIP_CELSIUS + 0.22 * amperes**2  # 10 A: 22 K more
        self.celsius += (target - self.celsius) * -math.expm1(-seconds / _CHIP_TIME)

    def _totals(self, demands: tuple[Demand, ...], volts: float) -> tuple[float, float]:
        """Return active W and A of everything at `volts`."""
        pairs = [demand.at(volts) for demand in demands]
        watts = sum(active for active, _ in pairs)
        return watts, math.hypot(watts, sum(var for _, var in pairs)) / volts

    def watts(self, now: float, demands: tuple[Demand, ...]) -> float:
        """Return the true power, W, without noise."""
        return self._totals(demands, self.volts_at(now))[0]

    def sample(self, now: float, demands: tuple[Demand, ...]) -> Sample:
        """Measure, with the meter's noise and its no-load floor."""
        if not self.answers:
            return ASLEEP
        volts = self.volts_at(now)
        watts, amperes = self._totals(demands, volts)
        volts += self._random.gauss(0.0, _VOLTAGE_NOISE_V)
        if watts < LEAST_WATTS:
            watts, amperes = self._random.uniform(*_NO_LOAD_WATTS), NO_LOAD_CURRENT_A
        else:
            noise = self._random.gauss(1.0, _POWER_NOISE)
            watts, amperes = watts * noise, amperes * noise
        volts = as_float32(volts * 10) / 10  # it is sent in 0.1 V
        amperes, watts = as_float32(amperes), as_float32(watts)
        factor = math.floor(100 * watts / (volts * amperes))
        return Sample(volts, amperes, watts, min(factor, 100))

    @property
    def kwh(self) -> float:
        """The register as it is sent: whole ticks of 1/3200 kWh."""
        return as_float32(math.floor(self.joules / JOULES_PER_TICK) / 3200)
