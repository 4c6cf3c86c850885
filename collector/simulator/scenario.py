"""Scenarios: what hangs on the relays, and what happens when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.simulator.loads import make_load
from collector.simulator.settings import SimulatorError
from collector.simulator.simulated_relay import SimulatedRelay


class ScenarioError(SimulatorError):
    """A scenario cannot be used; says where and why, all problems at once."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"scenario {source} has {len(problems)} problem(s):{lines}")


@dataclass(frozen=True, slots=True)
class Argument:
    """What an action takes."""

    kind: type = float
    default: object = None
    required: bool = False
    least: float = 0.0
    most: float = float("inf")


_CHANNEL = Argument(kind=str, required=True)
_SECONDS = Argument(required=True)
_COUNT = Argument(kind=int, required=True, least=1)
_SHARE = Argument(required=True, most=1.0)
RELAY_ACTIONS: dict[str, dict[str, Argument]] = {
    "press": {"channel": _CHANNEL},
    "set_load": {
        "channel": _CHANNEL,
        "watts": Argument(required=True),
        "power_factor": Argument(default=0.98, least=0.05, most=1.0),
    },
    "load": {
        "channel": _CHANNEL,
        "model": Argument(kind=str, required=True),
        "watts": Argument(),
    },
    "silence": {"seconds": _SECONDS},
    "refuse": {"count": _COUNT},
    "stick": {"channel": _CHANNEL, "seconds": _SECONDS},
    "weld": {"channel": _CHANNEL, "seconds": _SECONDS},
    "meter_reset": {"kwh": Argument(default=0.0)},
    "meter_asleep": {"seconds": _SECONDS},
    "report_structure": {},
    "report_power": {},
    "leave": {},
    "rejoin": {"nwk": Argument(kind=int, least=1, most=0xFFF7)},
    "power_cut": {"seconds": _SECONDS},
    "play": {"file": Argument(kind=str, required=True), "ieee": Argument(kind=str)},
}
COORDINATOR_ACTIONS: dict[str, dict[str, Argument]] = {
    "drop_connection": {},
    "mute": {"seconds": _SECONDS},
    "garbage": {"bytes": Argument(kind=int, required=True, least=1, most=1 << 20)},
    "lose_srsp": {"count": _COUNT},
    "lose_frames": {"share": _SHARE, "seconds": _SECONDS},
    "duplicate_frames": {"share": _SHARE, "seconds": _SECONDS},
    "foreign_device": {
        "model": Argument(kind=str, default="TS0121"),
        "manufacturer": Argument(kind=str, default="_TZ3000_x"),
    },
    "flood": {"rate": Argument(required=True, least=0.1), "count": _COUNT},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens `at` seconds after the start."""

    at: float
    action: str
    relays: tuple[int, ...]  # empty: it concerns the coordinator
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """What hangs on one channel."""

    model: str = "none"
    watts: float | None = None
    closed: bool = False


@dataclass(slots=True, kw_only=True)
class Scenario:
    """A whole scenario."""

    reports: bool = True  # False: relays send nothing by themselves
    analog_loss: float = 0.0  # how often the report after a change is missing
    repeat_seconds: float | None = None  # the events begin anew after so long
    outlets: list[dict[str, Outlet]] = field(default_factory=list)  # cycled over relays
    events: list[Event] = field(default_factory=list)

    def furnish(self, relays: Sequence[SimulatedRelay], seed: int) -> None:
        """Connect the loads and set the contacts."""
        for index, relay in enumerate(relays):
            relay.reporting = self.reports
            relay.analog_loss = self.analog_loss
            if not self.outlets:
                continue
            outlets = self.outlets[index % len(self.outlets)]
            for channel, outlet in outlets.items():
                key = f"{seed}/{index}/{channel}"
                relay.put_load(channel, make_load(outlet.model, outlet.watts, key))
                relay.set_state(channel, outlet.closed)
