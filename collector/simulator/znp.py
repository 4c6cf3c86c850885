"""A Z-Stack 3.30 coordinator with its relays, on a TCP port of this machine."""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

from collector.model.clock import Clock
from collector.simulator.agenda import Agenda
from collector.simulator.air import Air
from collector.simulator.chip import Chip
from collector.simulator.device import Device, ForeignDevice
from collector.simulator.flood import Flood
from collector.simulator.link import Link
from collector.simulator.mt_network import NetworkCommands
from collector.simulator.mt_system import SystemCommands
from collector.simulator.network import Network
from collector.simulator.nv import NvStore
from collector.simulator.relay import Relay
from collector.simulator.scenario_file import load_scenario
from collector.simulator.script import Script
from collector.simulator.settings import SimulatorSettings
from collector.simulator.simulated_relay import SimulatedRelay
from collector.simulator.state_file import StateFile

_LOG = logging.getLogger(__name__)
_SPARE_ENTRIES = 16  # in the chip's tables, beyond the relays
_SAVE_SOON_S = 0.5  # after a change of memory or membership
_SAVE_METERS_S = 10.0


class SimulatedCoordinator:
    """Serves one ZNP host at a time; all its time is the given clock's."""

    def __init__(
        self, settings: SimulatorSettings, clock: Clock, data_dir: Path | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._file = StateFile(data_dir) if data_dir is not None else None
        self._saver: asyncio.TimerHandle | None = None
        self._nv = NvStore(self._save_soon)
        self._agenda = Agenda(clock)
        seed = settings.seed
        network = Network(self._nv, seed, settings.relays + _SPARE_ENTRIES)
        self._air = Air(network, clock, self._agenda, seed)
        self._air.join_seconds = settings.join_seconds
        self._air.always_joined = settings.joined
        self._chip = Chip(network, self._air, self._agenda, self._emit)
        system, radio = SystemCommands(self._chip), NetworkCommands(self._chip)
        self._link = Link(system.handlers | radio.handlers, seed)
        self.relays = [
            SimulatedRelay(
                Relay(index, settings.firmware[index % len(settings.firmware)], seed),
                seed,
                clock,
                self._agenda,
                self._air,
            )
            for index in range(settings.relays)
        ]
        self._air.devices += self.relays
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # running -----------------------------------------------------------------------

    async def start(self) -> None:
        """Serve; raises ScenarioError, or OSError when the port cannot be had."""
        scenario = load_scenario(self._settings.scenario, len(self.relays))
        scenario.furnish(self.relays, self._settings.seed)
        if self._file is not None:
            self._file.restore(self._load)
        host, port = self._settings.host, self._settings.port
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._link.protocol, host, port)
        except OSError as error:
            raise OSError(
                error.errno,
                f"simulator: cannot listen on {host}:{port}: "
                f"{os.strerror(error.errno or 0)}; choose another port",
            ) from error
        script = Script(scenario, self, self._agenda)
        script.begin()
        self._begin(self._agenda.run())
        if self._file is not None:
            self._saver = loop.call_later(_SAVE_METERS_S, self._save_again, False)

    @property
    def port(self) -> int:
        """The TCP port; raises RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the simulator has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close everything and save; leaves no task behind."""
        self._link.drop()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._saver is not None:
            self._saver.cancel()
            self._saver = None
            self._save()

    # what a test or a scenario does -------------------------------------------------

    def relay(self, ieee: str) -> SimulatedRelay:
        """Return a relay by its address; raises KeyError."""
        for each in self.relays:
            if each.ieee == ieee:
                return each
        raise KeyError(ieee)

    @property
    def connected(self) -> bool:
        """Whether a host is connected."""
        return self._link.connected

    @property
    def connections(self) -> int:
        """How many connections there have been."""
        return self._link.connections

    def drop_connections(self) -> None:
        """Cut the host's connection in the middle of whatever it does."""
        self._link.drop()

    @property
    def mute(self) -> bool:
        """True: connections are taken, but nothing is ever answered."""
        return self._link.mute

    @mute.setter
    def mute(self, mute: bool) -> None:
        self._link.mute = mute

    def send_garbage(self, count: int) -> None:
        """Send random bytes to the host."""
        self._link.send_garbage(count)

    def send_raw(self, data: bytes) -> None:
        """Send these bytes to the host, whatever they are."""
        self._link.write_frames(data)

    def lose_next_srsp(self, count: int = 1) -> None:
        """Let so many of the next synchronous answers get lost."""
        self._link.lose_srsp = count

    @property
    def lose_frames(self) -> float:
        """Share (0..1) of the relays' frames that get lost on the air."""
        return self._air.lose_frames

    @lose_frames.setter
    def lose_frames(self, share: float) -> None:
        self._air.lose_frames = share

    @property
    def duplicate_frames(self) -> float:
        """Share (0..1) of the relays' frames that arrive twice."""
        return self._air.duplicate_frames

    @duplicate_frames.setter
    def duplicate_frames(self, share: float) -> None:
        self._air.duplicate_frames = share

    @property
    def no_ack_seconds(self) -> float | None:
        """Until the data confirm of a silent relay; None: there is none."""
        return self._chip.no_ack_seconds

    @no_ack_seconds.setter
    def no_ack_seconds(self, seconds: float | None) -> None:
        self._chip.no_ack_seconds = seconds

    def watch(self, told: Callable[[str, int, int, bytes], None] | None) -> None:
        """Tell of every ZCL frame to a device, delivered or not, before it is answered.

        `told` gets IEEE address, endpoint, cluster and the frame.
        """
        self._chip.watch = told

    @property
    def permitted(self) -> bool:
        """Whether devices may join now."""
        return self._air.permitted

    def inject(
        self,
        ieee: str,
        endpoint: int,
        cluster: int,
        data: bytes,
        group_id: int = 0,
    ) -> None:
        """Let any ZCL frame come from a device, perhaps re-sent for a group."""
        device = self._air.find_ieee(ieee)
        if device is None:
            raise KeyError(ieee)
        self._chip.heard(device, (endpoint, cluster), data, group_id)

    def inject_foreign_device(
        self,
        ieee: str = "a4:c1:38:00:00:00:00:01",
        model: str = "TS0121",
        manufacturer: str = "_TZ3000_x",
    ) -> Device:
        """Let a device join that is no relay; raises RuntimeError without a network."""
        wire = bytes.fromhex(ieee.replace(":", ""))[::-1]
        device = ForeignDevice(wire, model, manufacturer)
        if self._chip.network.identity is None:
            raise RuntimeError("no network runs that a device could join")
        self._air.devices.append(device)
        self._air.let_in(device)
        return device

    async def flood(self, rate: float, count: int) -> None:
        """Send `count` reports at `rate` a second: 0xFF01 and AnalogInput 1:1."""
        flood = Flood([each for each in self.relays if each in self._air.members])
        await flood.run(self._link.write_frames, self._clock, rate, count)

    def begin_flood(self, rate: float, count: int) -> None:
        """Flood beside everything else."""
        self._begin(self.flood(rate, count))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="simulator")
        task.add_done_callback(_say_failure)
        self._tasks.append(task)

    # memory ------------------------------------------------------------------------

    def _emit(self, command: int, data: bytes) -> None:
        self._link.emit(command, data)

    def _load(self, state: Mapping[str, object]) -> None:
        memory, relays = state["nv"], state["relays"]
        if not isinstance(memory, dict) or not isinstance(relays, dict):
            raise TypeError("nv and relays must be objects")
        self._nv.load(memory)
        self._chip.network.boot()
        for relay in self.relays:
            if relay.ieee in relays:
                relay.load(relays[relay.ieee])

    def _save_soon(self) -> None:
        """Save within half a second: the network has changed."""
        if self._saver is not None:
            loop = asyncio.get_running_loop()
            if self._saver.when() > loop.time() + _SAVE_SOON_S:
                self._saver.cancel()
                self._saver = loop.call_later(_SAVE_SOON_S, self._save_again, True)

    def _save_again(self, durable: bool) -> None:
        self._save(durable=durable)
        loop = asyncio.get_running_loop()
        self._saver = loop.call_later(_SAVE_METERS_S, self._save_again, False)

    def _save(self, *, durable: bool = True) -> None:
        if self._file is not None:
            relays = {relay.ieee: relay.dump() for relay in self.relays}
            state = {"nv": self._nv.dump(), "relays": relays}
            self._file.save(state, durable=durable)


def _say_failure(task: asyncio.Task[None]) -> None:
    """Log what ended a task at once, not at the end of the program."""
    if not task.cancelled() and task.exception() is not None:
        _LOG.error(
            "Simulator task ended: %s", task.exception(), exc_info=task.exception()
        )
