"""What the energy counter of one relay keeps over a restart, as plain numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

Plain = float | int | dict[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyState:
    """The counters of one relay."""

    total_joules: float = 0.0  # J, calibrated; never falls
    register_joules: float | None = None  # J, the register accepted last, as measured
    register_at: float | None = None  # when, Unix time, s
    owed_joules: float = 0.0  # J in the total that the register has not shown yet
    resets: int = 0
    gaps: int = 0
    cost: Mapping[str, float] = field(default_factory=dict)  # period -> money

    def to_json(self) -> dict[str, Plain]:
        """Return the state as numbers that any JSON writer takes."""
        return {
            "total_joules": self.total_joules,
            "register_joules": self.register_joules,
            "register_at": self.register_at,
            "owed_joules": self.owed_joules,
            "resets": self.resets,
            "gaps": self.gaps,
            "cost": dict(self.cost),
        }

    @classmethod
    def from_json(cls, data: object) -> "EnergyState":
        """Return the state of what `to_json` gave; a damaged field counts as absent."""
        if not isinstance(data, Mapping):
            return cls()
        cost = data.get("cost")
        return cls(
            total_joules=_amount(data.get("total_joules")) or 0.0,
            register_joules=_amount(data.get("register_joules")),
            register_at=_amount(data.get("register_at")),
            owed_joules=_amount(data.get("owed_joules")) or 0.0,
            resets=_count(data.get("resets")),
            gaps=_count(data.get("gaps")),
            cost=_costs(cost) if isinstance(cost, Mapping) else {},
        )


def _amount(value: object) -> float | None:
    """Return a finite number of at least 0, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer beyond 1.8e308
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _count(value: object) -> int:
    return int(_amount(value) or 0)


def _costs(data: Mapping[object, object]) -> dict[str, float]:
    costs: dict[str, float] = {}
    for name, value in data.items():
        amount = _amount(value)
        if isinstance(name, str) and amount is not None:
            costs[name] = amount
    return costs
