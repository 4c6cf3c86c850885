"""The service: every part, from the lock on its folder to the last commit."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collector import events
from collector.app.amendments import Amendments
from collector.app.build import line_speed
from collector.app.influx import InfluxPart
from collector.app.jobs import Jobs
from collector.app.keeper import Keeper
from collector.app.line import Line
from collector.app.network import Network
from collector.app.notify import Notifier
from collector.app.ports import Ports
from collector.app.tasks import both, for_ever, guarded
from collector.clock import ScaledClock, SystemClock
from collector.config.load import load
from collector.config.schema import Config
from collector.model.clock import Clock
from collector.model.errors import ConfigError
from collector.model.settings import LineSettings, Tariff
from collector.pipeline.line import Pipeline
from collector.policy.pending import PATIENCE_SECONDS
from collector.radio.coordinator import Coordinator
from collector.sinks.audit import Audit
from collector.state.folder import prepare_data_dir
from collector.state.lock import DataDirLock
from collector.state.store import StateStore
from collector.state.zigbee_db import check_database
from collector.web.control_server import ControlServer
from collector.web.reach import CONTROL_SOCKET
from collector.web.server import WebServer

NEED_RESTART = (
    *("radio", "web", "data_dir", "timezone", "log", "site"),
    *("influxdb", "mqtt"),
)


if TYPE_CHECKING:
    from collector.app.mqtt import MqttPart


class Stop(Exception):  # noqa: N818  # no error: how the TaskGroup is asked to end
    """The service is to end in good order."""


class Service:
    """One collector: one coordinator, one data_dir."""

    def __init__(
        self, config: Config, source: Path | None, *, web: bool, acting: bool = True
    ) -> None:
        """`acting` False: nothing is ever switched, and no state of rules is kept."""
        if not acting:
            config = config.model_copy(update={"mode": "monitor"})
        self.config = config
        self._acting = acting
        self._started_with = config
        self._source = source  # None: the demonstration
        self._listen = web
        self.web: WebServer | None = None  # while it listens
        self.jobs: Jobs | None = None  # while it runs
        self.coordinator: Coordinator
        self._speed = line_speed(config)
        self.clock: Clock = (
            SystemClock() if self._speed == 1.0 else ScaledClock(self._speed)
        )
        self.amendments = Amendments(config)
        self.amendments.on_change = self._amend
        settings = self.amendments.configure(config)
        self.pipeline = Pipeline(settings, self.clock.now())
        # An attempt takes real seconds, whatever the clock of the line does.
        self.pipeline.policies.patience(PATIENCE_SECONDS * max(1.0, self._speed))
        self.line = Line(self.pipeline, self.clock, self._speed)
        self.ports: asyncio.Future[Ports] = asyncio.get_running_loop().create_future()
        self._reload_asked = asyncio.Event()
        self._on_reload: Callable[[Tariff | None], None] = lambda _: None
        self._stop_commit: bool | None = None  # whether the last commit went through
        self._closing: asyncio.Future[list[None]] | None = None
        self._edges: tuple[Callable[[], Awaitable[None]], ...] = ()
        self._tasks: asyncio.TaskGroup | None = None
        self.on_restart: Callable[[], None] = lambda: None  # somebody asks for one
        self._mqtt: MqttPart | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set; ConfigError where the service cannot begin."""
        async with AsyncExitStack() as stack:
            data_dir = self.config.data_dir
            prepare_data_dir(data_dir)
            os.umask(0o077)  # databases and keys are nobody else's
            stack.enter_context(DataDirLock(data_dir))
            store = await self._open_state(stack)
            self._amend(self.amendments.restore(store))
            keeper = Keeper(
                self.pipeline,
                store,
                self.clock,
                self.config.zone,
                policies=self._acting,
            )
            network = Network(self.config, self.line, self.clock)
            await network.open(stack)
            self.coordinator = network.coordinator
            ports = Ports(
                self.line, network.coordinator, self.clock, self.reload, keeper
            )
            await self._open_web(stack, ports)
            audit = Audit(data_dir)
            stack.push_async_callback(audit.close)
            self._join(ports, keeper, audit)
            jobs = Jobs(self.config, self.clock, self.line, keeper, network.coordinator)
            self.jobs = jobs
            influx = await InfluxPart.open(self.config, self.line, self.clock, stack)
            self._tell(jobs, network, ports, influx)
            self._mqtt = await self._open_mqtt(stack, ports, network, store)
            self._on_reload = jobs.configure
            self.ports.set_result(ports)
            try:
                await self._serve(stop, network, (keeper, jobs, audit, influx))
            finally:
                if (
                    self._stop_commit is not False
                ):  # a disk that refused is not asked twice
                    await keeper.commit()

    async def reload(self) -> None:
        """Read the file again; ConfigError leaves the old configuration in force."""
        if self._source is None:
            raise ConfigError("The demonstration", ["has no file to read again"])
        try:
            config = await asyncio.to_thread(load, self._source)
        except ConfigError as error:
            events.config_refused(error)
            raise
        later = {
            key: getattr(self._started_with, key)
            for key in NEED_RESTART
            if getattr(config, key) != getattr(self._started_with, key)
        }
        # Days and tariffs keep the zone in which they were begun.
        config = config.model_copy(update=later)
        settings = self.amendments.configure(config)
        self._amend(settings)
        self._on_reload(settings.tariff)
        self.config = config
        events.config_reloaded(list(later))

    def _amend(self, settings: LineSettings) -> None:
        self.pipeline.configure(settings, self.clock.now())
        self.line.hands.drain()
        if self._mqtt is not None:
            self._mqtt.interface.amended()

    def ask_reload(self) -> None:
        """Have the file read again soon (SIGHUP)."""
        self._reload_asked.set()

    def _join(self, ports: Ports, keeper: Keeper, audit: Audit) -> None:
        """Tell the hands of the line who keeps and who records."""
        hands = self.line.hands
        hands.commit = keeper.commit_policies
        hands.on_urgent = keeper.hurry
        hands.listen(audit.offer)
        hands.listen(ports.event_feed.publish)

    def _tell(
        self, jobs: Jobs, network: Network, ports: Ports, influx: InfluxPart | None
    ) -> None:
        """Tell who hears of clocks that were set, and of relays that come and go."""
        self.line.on_clock_jump = jobs.clock_jumped
        if influx is not None:
            network.listen(influx.roster)
            ports.influx = influx
            self.line.on_clock_jump = both(jobs.clock_jumped, influx.clock_jumped)

    async def _serve(
        self,
        stop: asyncio.Event,
        network: Network,
        parts_at_work: tuple[Keeper, Jobs, Audit, InfluxPart | None],
    ) -> None:
        keeper, jobs, audit, influx = parts_at_work
        notifier = Notifier()
        events.collector_started(
            config=str(self._source or "demo"),
            radio=self.config.radio.path,
            relays=len(self.config.relays),
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                network.tasks = self._tasks = tasks
                self.line.hands.attach(network.coordinator, tasks)
                parts: dict[str, Callable[[], Awaitable[None]]] = {
                    "radio": network.coordinator.run,
                    "line": self.line.consume,
                    "tick": self.line.tick,
                    "keeper": lambda: keeper.run(self._speed),
                    "latches": keeper.run_urgent,
                    "audit": audit.run,
                    "jobs": jobs.run,
                    "reload": self._reloads,
                    "systemd": notifier.run,
                }
                if influx is not None:
                    parts["influx spool"] = influx.sink.run_writer
                    parts["influx"] = influx.sink.run_delivery
                if self._mqtt is not None:
                    parts |= self._mqtt.parts()
                for name, part in parts.items():
                    tasks.create_task(for_ever(name, part), name=name)
                notifier.ready()
                await stop.wait()
                notifier.stopping()
                self.line.hands.detach()
                # Before anything that may take its time.
                self._stop_commit = await keeper.commit()
                # Beside the radio's goodbye, not after it: a stop takes 5 s at most.
                self._closing = asyncio.gather(*(close() for close in self._edges))
                raise Stop  # noqa: TRY301  # the way to end a TaskGroup from within
        except* Stop:
            if self._closing is not None:
                await self._closing
            events.collector_stopped("asked to stop")

    async def _reloads(self) -> None:
        while True:
            await self._reload_asked.wait()
            self._reload_asked.clear()
            try:
                await self.reload()
            except ConfigError as error:
                if self._source is None:
                    events.config_refused(error)

    async def _open_state(self, stack: AsyncExitStack) -> StateStore:
        data_dir = self.config.data_dir
        repaired = await asyncio.to_thread(
            check_database, data_dir / "zigbee.db", data_dir / "backups"
        )
        if repaired is not None:
            events.damage_repaired(repaired)
        store = await asyncio.to_thread(
            StateStore.open, data_dir / "state.db", events.damage_repaired
        )
        stack.callback(store.close)
        return store

    async def _open_mqtt(
        self,
        stack: AsyncExitStack,
        ports: Ports,
        network: Network,
        store: StateStore,
    ) -> "MqttPart | None":
        if self.config.mqtt is None or not self._acting:
            return None  # a command that only listens is no bridge
        # Only here: without a broker their memory is not carried.
        from collector.app.mqtt import MqttPart  # noqa: PLC0415
        from collector.app.mqtt_ports import PortsOfMqtt  # noqa: PLC0415

        doors = PortsOfMqtt(
            *(ports, self.line, network, self.amendments),
            restart=lambda: self.on_restart(),  # noqa: PLW0108  # whoever it is then
        )
        part = await MqttPart.open(
            self.config, doors, self.line, network, store, self._spawn
        )
        if part is not None:
            stack.push_async_callback(part.close)
            self._edges = (*self._edges, part.close)
        return part

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task of the service; a bug in it is said, no more."""
        if self._tasks is not None and self._closing is None:
            self._tasks.create_task(guarded(work))
        else:
            work.close()

    async def _open_web(self, stack: AsyncExitStack, ports: Ports) -> None:
        if not self._listen:
            return
        control, web = ControlServer(), WebServer()
        stack.push_async_callback(control.stop)
        stack.push_async_callback(web.stop)
        self._edges = (control.stop, web.stop)
        self.web = web
        await control.start(self.config.data_dir / CONTROL_SOCKET, ports)
        settings = self.config.web
        await web.start(
            settings.listen, ports, settings.config_file, settings.api_tokens_file
        )
