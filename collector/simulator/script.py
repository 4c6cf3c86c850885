"""Plays a scenario's events on the simulation's clock."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from collector.simulator.agenda import Agenda
from collector.simulator.device import Device
from collector.simulator.loads import make_load
from collector.simulator.scenario import RELAY_ACTIONS, Event, Scenario
from collector.simulator.simulated_relay import SimulatedRelay

Arguments = Mapping[str, Any]


class Stage(Protocol):
    """What a scenario may do to the coordinator."""

    relays: list[SimulatedRelay]
    mute: bool
    lose_frames: float
    duplicate_frames: float

    def drop_connections(self) -> None:
        """Cut the host's connection."""

    def send_garbage(self, count: int) -> None:
        """Send random bytes."""

    def lose_next_srsp(self, count: int = 1) -> None:
        """Lose synchronous answers."""

    def inject(self, ieee: str, endpoint: int, cluster: int, data: bytes) -> None:
        """Let a frame come from a relay."""

    def inject_foreign_device(
        self, ieee: str, model: str, manufacturer: str
    ) -> Device | None:
        """Let a stranger join."""

    def begin_flood(self, rate: float, count: int) -> None:
        """Send many reports, beside everything else."""


class Script:
    """Puts the events of a scenario on the agenda, again and again if it repeats."""

    def __init__(self, scenario: Scenario, stage: Stage, agenda: Agenda) -> None:
        self._scenario = scenario
        self._stage = stage
        self._agenda = agenda
        self._number = 0
        self._relay_actions: dict[str, Callable[[SimulatedRelay, Any], None]] = {
            "press": lambda relay, args: relay.press(args["channel"]),
            "set_load": lambda relay, args: relay.set_load(
                args["channel"], args["watts"], args["power_factor"]
            ),
            "load": self._load,
            "silence": self._silence,
            "refuse": self._refuse,
            "stick": self._stick,
            "weld": self._weld,
            "meter_reset": lambda relay, args: relay.reset_meter(args["kwh"]),
            "meter_asleep": self._meter_asleep,
            "report_structure": lambda relay, _: relay.report_structure(),
            "report_power": lambda relay, _: relay.report_power(),
            "leave": lambda relay, _: relay.leave(),
            "rejoin": lambda relay, args: relay.rejoin(args["nwk"]),
            "power_cut": lambda relay, args: relay.power_cut(args["seconds"]),
            "play": self._play,
        }
        self._actions: dict[str, Callable[[Arguments], None]] = {
            "drop_connection": lambda _: stage.drop_connections(),
            "mute": self._mute,
            "garbage": lambda args: stage.send_garbage(args["bytes"]),
            "lose_srsp": lambda args: stage.lose_next_srsp(args["count"]),
            "lose_frames": self._lose_frames,
            "duplicate_frames": self._duplicate_frames,
            "foreign_device": self._foreign_device,
            "flood": lambda args: stage.begin_flood(args["rate"], args["count"]),
        }

    def begin(self) -> None:
        """Plan every event, from now on."""
        for event in self._scenario.events:
            self._later(event.at, partial(self._run, event))
        if self._scenario.repeat_seconds is not None and self._scenario.events:
            self._agenda.after("scenario", self._scenario.repeat_seconds, self.begin)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._number += 1
        self._agenda.after(("script", self._number), seconds, action)

    def _run(self, event: Event) -> None:
        if event.action not in RELAY_ACTIONS:
            self._actions[event.action](event.arguments)
            return
        for index in event.relays:
            relay = self._stage.relays[index]
            self._relay_actions[event.action](relay, event.arguments)

    def _load(self, relay: SimulatedRelay, args: Arguments) -> None:
        load = make_load(args["model"], args["watts"], relay.ieee)
        relay.put_load(args["channel"], load)

    def _silence(self, relay: SimulatedRelay, args: Arguments) -> None:
        relay.silent = True
        self._later(args["seconds"], lambda: setattr(relay, "silent", False))

    def _refuse(self, relay: SimulatedRelay, args: Arguments) -> None:
        relay.refuse_commands = args["count"]

    def _stick(self, relay: SimulatedRelay, args: Arguments) -> None:
        relay.stick(args["channel"])
        self._later(args["seconds"], lambda: relay.stick(args["channel"], stuck=False))

    def _weld(self, relay: SimulatedRelay, args: Arguments) -> None:
        relay.weld(args["channel"])
        self._later(args["seconds"], lambda: relay.weld(args["channel"], welded=False))

    def _meter_asleep(self, relay: SimulatedRelay, args: Arguments) -> None:
        relay.meter_answers = False
        self._later(args["seconds"], lambda: setattr(relay, "meter_answers", True))

    def _play(self, relay: SimulatedRelay, args: Arguments) -> None:
        for each in args["frames"]:
            self._later(
                each.after,
                partial(
                    self._stage.inject,
                    relay.ieee,
                    each.endpoint,
                    each.cluster,
                    each.data,
                ),
            )

    def _mute(self, args: Arguments) -> None:
        self._stage.mute = True
        self._later(args["seconds"], lambda: setattr(self._stage, "mute", False))

    def _lose_frames(self, args: Arguments) -> None:
        self._stage.lose_frames = args["share"]
        self._later(args["seconds"], lambda: setattr(self._stage, "lose_frames", 0.0))

    def _duplicate_frames(self, args: Arguments) -> None:
        self._stage.duplicate_frames = args["share"]
        self._later(
            args["seconds"], lambda: setattr(self._stage, "duplicate_frames", 0.0)
        )

    def _foreign_device(self, args: Arguments) -> None:
        self._number += 1
        ieee = f"a4:c1:38:00:00:00:{self._number >> 8 & 0xFF:02x}:{self._number & 0xFF:02x}"
        self._stage.inject_foreign_device(ieee, args["model"], args["manufacturer"])
