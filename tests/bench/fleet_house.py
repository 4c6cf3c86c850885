"""Relays of a simulated fleet, as a collector knows them at a moment of fleet time.

Power is reported every 10-60 s and the main structure every 2-5 minutes, as real relays
do it. What is unchanged since the last look is the same object: the service's writer
notices that, as it does in a real house.
"""

from dataclasses import replace
from random import Random
from typing import Final

from collector.model.decision import RuleState, RuleStatus
from collector.model.quantity import Quantity
from collector.model.status import (
    Availability,
    ChannelPower,
    EnergyStatus,
    RelayStatus,
)
from tests.statuses import OVERLOAD, boiler

FIRMWARES: Final = (36, 46, 47)
POWER_SECONDS: Final = (10.0, 60.0)
STRUCTURE_SECONDS: Final = (120.0, 300.0)
PRICE: Final = 0.31 / 3.6e6  # EUR/J
_LIVE: Final = (
    Quantity.VOLTAGE,
    Quantity.CURRENT,
    Quantity.TEMPERATURE,
    Quantity.ENERGY,
    Quantity.APPARENT_POWER,
    Quantity.POWER_FACTOR,
)


class Relay:
    """One relay; `at` is fleet time, s, and never falls."""

    def __init__(self, site: int, number: int, wall: "Wall") -> None:
        self._dice = Random(site << 8 | number)  # noqa: S311 - a simulation
        self._wall = wall
        self._rated = self._dice.uniform(40.0, 2400.0)
        self._power = self._rated / 2
        self._energy = self._counted_at = 0.0
        self._next_power = self._dice.uniform(0.0, POWER_SECONDS[1])
        self._next_structure = self._dice.uniform(0.0, STRUCTURE_SECONDS[1])
        self.status = self._first(site, number)

    def advance(self, at: float) -> None:
        """Have every report that is due until then."""
        while min(self._next_power, self._next_structure) <= at:
            if self._next_power <= self._next_structure:
                self._report_power(self._next_power)
                self._next_power += self._dice.uniform(*POWER_SECONDS)
            else:
                self._report_structure(self._next_structure)
                self._next_structure += self._dice.uniform(*STRUCTURE_SECONDS)

    def over_limit(self) -> None:
        """Be over the limit of its rule from now on."""
        over = RuleStatus(state=RuleState.OVER, margin=-0.1)
        self.status = replace(self.status, rules={**self.status.rules, OVERLOAD: over})

    def _report_power(self, at: float) -> None:
        self._count(at)
        self._power = round(self._rated * self._dice.random(), 3)
        seen = self._wall.of(at)
        status = self.status
        self.status = replace(
            status,
            last_seen=seen,
            lqi=max(20, min(255, (status.lqi or 120) + self._dice.randint(-4, 4))),
            values={**status.values, (Quantity.POWER, None): self._power},
            measured_at={**status.measured_at, (Quantity.POWER, None): seen},
            channel_power={
                "l1": ChannelPower(watts=self._power, estimated=False),
                "l2": ChannelPower(watts=0.0, estimated=False),
            },
        )

    def _report_structure(self, at: float) -> None:
        self._count(at)
        seen = self._wall.of(at)
        volts = round(self._dice.uniform(225.0, 238.0), 1)
        told = {
            Quantity.VOLTAGE: volts,
            Quantity.CURRENT: round(self._power / volts, 6),
            Quantity.TEMPERATURE: float(self._dice.randint(24, 48)),
            Quantity.ENERGY: 3.6e6 + self._energy,
            Quantity.APPARENT_POWER: round(self._power * 1.01, 3),
            Quantity.POWER_FACTOR: 0.99,
        }
        status = self.status
        self.status = replace(
            status,
            last_seen=seen,
            values={**status.values, **{(key, None): told[key] for key in _LIVE}},
            measured_at={**status.measured_at, **{(key, None): seen for key in _LIVE}},
            energy=EnergyStatus(
                total_joules=self._energy,
                cost={"day": self._energy * PRICE, "night": 0.0},
                currency="EUR",
            ),
        )

    def _count(self, at: float) -> None:
        self._energy += self._power * (at - self._counted_at)
        self._counted_at = at

    def _first(self, site: int, number: int) -> RelayStatus:
        """The relay as it was before the first report."""
        dice = self._dice
        values = {**boiler().values, (Quantity.POWER, None): self._power}
        return boiler(
            ieee=f"00:15:8d:00:{site >> 8:02x}:{site & 255:02x}:00:{number:02x}",
            name=f"relay {number}",
            firmware=FIRMWARES[number % len(FIRMWARES)],
            lqi=dice.randint(60, 200),
            last_seen=self._wall.of(0.0),
            values=values,
            energy=EnergyStatus(cost={"day": 0.0, "night": 0.0}, currency="EUR"),
        )


class Wall:
    """The wall clock of a fleet that lives faster: when something happened."""

    def __init__(self, started: float, speed: float) -> None:
        self._started = started  # Unix time, s
        self._speed = speed

    def of(self, at: float) -> float:
        """Return the Unix time at which fleet time was `at`."""
        return self._started + at / self._speed


def gone(status: RelayStatus) -> RelayStatus:
    """Return the relay as it is shown once nothing comes any more."""
    return replace(status, availability=Availability.GONE, values={}, channel_power={})
