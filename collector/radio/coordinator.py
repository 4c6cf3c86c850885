"""Opens, watches and reopens the coordinator: a new application each time."""

import asyncio
import logging
import random
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from collector.model.clock import Clock, Now
from collector.model.command import AttemptResult, SettingWrite, SwitchCommand
from collector.model.errors import TransientError
from collector.model.frame import Frame, ReadRequest
from collector.model.network import DeviceFacts, NetworkIdentity, NetworkMap
from collector.radio import network_map, polling, settings, switch
from collector.radio.addresses import resolved
from collector.radio.application import RelayApplication
from collector.radio.failures import explain
from collector.radio.frames import FrameTap
from collector.radio.join import Roster, RosterHooks
from collector.radio.opening import answers, close, load_database
from collector.radio.radio_settings import RadioSettings, zigpy_config
from collector.radio.upkeep import Upkeep

_LOG = logging.getLogger(__name__)

STEADY_SECONDS = 60.0  # a connection that lasted so long starts the back-off anew


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioHooks:
    """Whom the coordinator tells; callbacks only note or enqueue."""

    frame: Callable[[Frame, Now], None]
    count: Callable[[str], None]  # outcome of a frame that goes no further
    roster: RosterHooks
    connected: Callable[[str], None]  # path
    lost: Callable[[str, str], None]  # path, reason
    failed: Callable[[str, str, float], None]  # path, reason, seconds to the next try
    request_failed: Callable[[str], None]
    noise: Callable[[str, int], None]  # path, frames of no known command


class Coordinator:
    """The one connection to the Zigbee network, for as long as the service lives."""

    def __init__(
        self, settings: RadioSettings, hooks: RadioHooks, clock: Clock
    ) -> None:
        self._settings = settings
        self._hooks = hooks
        self._tap = FrameTap(hooks.frame, hooks.count, clock)
        self._roster = Roster(self._tap, hooks.roster)
        self._app: RelayApplication | None = None
        self._upkeep = Upkeep(self._require)
        self._trouble = asyncio.Event()  # something looks wrong: check now
        self._lost: str | None = None  # why the connection is known to be gone
        self.problem: str | None = "is being opened"  # None: up
        self.up = asyncio.Event()  # set while the coordinator is open
        self.tried = asyncio.Event()  # set once it was opened, or was not

    @property
    def path(self) -> str:
        """Where the coordinator is expected."""
        return self._settings.path

    @property
    def old_chip(self) -> bool:
        """Whether the chip takes few requests at a time (CC253x)."""
        return self._app is not None and self._app.old_chip

    async def run(self) -> None:
        """Keep the coordinator open for ever; cancel to close it."""
        tries = 0
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with self._open() as app:
                    opened = loop.time()
                    self._up(app)
                    reason = await self._watch(app)
                    # A bridge that drops every few seconds is not hammered.
                    if loop.time() - opened >= STEADY_SECONDS:
                        tries = 0
                    self._down(reason)
                    self._hooks.lost(self.path, reason)
                delay = self._delay(tries)
            except Exception as error:  # noqa: BLE001  # whatever a stick does, we retry
                _LOG.debug("Opening failed: path=%s", self.path, exc_info=True)
                delay = self._delay(tries)
                self._down(explain(error))
                self._hooks.failed(self.path, explain(error), delay)
            tries += 1
            await asyncio.sleep(delay)

    async def permit_join(self, seconds: int) -> None:
        """Let devices join for so long; TransientError where the radio is down."""
        app = self._require()
        try:
            await app.permit(seconds)
        except Exception as error:
            raise TransientError(f"The coordinator {explain(error)}") from error

    async def read(self, request: ReadRequest) -> bool:
        """Read one quantity; its value comes as a frame. Return whether it was answered."""
        if self._app is None:
            return False
        reason = await polling.read(self._app, request)
        if reason is not None:
            self._hooks.request_failed(reason)
        return reason is None

    async def switch(self, command: SwitchCommand) -> AttemptResult:
        """Make one attempt to move a contact; raises CancelledError only."""
        if self._app is None:
            self._hooks.request_failed("radio_down")
            return AttemptResult.NOT_SENT
        return await switch.switch(self._app, command, self._hooks.request_failed)

    async def timed_off(
        self, ieee: str, channel: str, seconds: float, wait: float
    ) -> bool:
        """Have a closed contact open by itself after so many s; TransientError."""
        app = self._require()
        try:
            return await switch.timed_off(app, ieee, channel, seconds, wait)
        except Exception as error:
            raise TransientError(f"The relay {explain(error)}") from error

    async def write(self, wanted: SettingWrite) -> bool:
        """Write a setting into a relay; return whether it has said yes to all of it."""
        if self._app is None:
            self._hooks.request_failed("radio_down")
            return False
        return await settings.write(self._app, wanted, self._hooks.request_failed)

    async def backup(self) -> dict[str, Any]:
        """Return the network as open-coordinator JSON; it holds the network key."""
        app = self._require()
        backup = await app.backups.create_backup(load_devices=True)
        document: dict[str, Any] = backup.as_open_coordinator_json()
        return document

    def identity(self) -> NetworkIdentity | None:
        """Return who the coordinator is; None while the radio is down."""
        return None if self._app is None else network_map.identity(self._app)

    def device_facts(self, ieee: str) -> DeviceFacts | None:
        """Return what has been read of a device; None: unknown, or the radio is down."""
        return self._upkeep.facts(self._app, ieee)

    async def remove(self, ieee: str, *, force: bool) -> None:
        """Take a device off the network: see `Upkeep.remove`."""
        await self._upkeep.remove(ieee, force=force)

    async def interview(self, ieee: str) -> None:
        """Read a device's descriptors anew: see `Upkeep.interview`."""
        await self._upkeep.interview(ieee)

    async def network_map(self) -> NetworkMap:
        """Ask who hears whom: see `Upkeep.network_map`."""
        return await self._upkeep.network_map()

    async def read_attributes(
        self,
        ieee: str,
        endpoint: int,
        cluster: int,
        attributes: Sequence[int],
        manufacturer: int | None,
    ) -> dict[int, object]:
        """Read attributes of any cluster: see `Upkeep.read_attributes`."""
        return await self._upkeep.read_attributes(
            ieee, endpoint, cluster, attributes, manufacturer
        )

    async def ping(self, ieee: str) -> bool:
        """Read zclVersion; return whether the device answered within 2 s."""
        return await self._upkeep.ping(ieee)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[RelayApplication]:
        async with asyncio.timeout(self._settings.open_seconds):
            path = await resolved(self._settings.path)
        app = RelayApplication(zigpy_config(self._settings, path), self._tap.take)
        self._trouble.clear()
        self._lost = None
        app.add_listener(self._roster)
        app.add_listener(self)
        app.on_join = self._roster.announced
        app.on_fault = self._trouble.set
        try:
            # Never App.new(): a time-out around it leaks the connection.
            async with asyncio.timeout(self._settings.open_seconds):
                await load_database(app)
                await self._unless_lost(
                    app.startup(auto_form=self._settings.form_network)
                )
            yield app
        finally:
            self._app = None
            self._tap.clear()
            await close(app)

    async def _unless_lost(self, startup: Coroutine[Any, Any, None]) -> None:
        """Start up; a connection that drops meanwhile ends it at once."""
        starting = asyncio.create_task(startup)
        trouble = asyncio.create_task(self._dropped())
        try:
            await asyncio.wait({starting, trouble}, return_when=FIRST_COMPLETED)
            if not starting.done():
                raise ConnectionResetError("closed during the start")
            await starting
        finally:
            for task in (starting, trouble):
                task.cancel()
            await asyncio.gather(starting, trouble, return_exceptions=True)

    async def _dropped(self) -> None:
        while self._lost is None:
            self._trouble.clear()
            await self._trouble.wait()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note that the port is gone or the watchdog starved (a listener of zigpy's)."""
        self._lost = explain(exc) if exc is not None else "closed the connection"
        self._trouble.set()

    def _up(self, app: RelayApplication) -> None:
        self._app = app
        self.problem = None
        self.up.set()
        self.tried.set()
        self._roster.load(app)
        self._hooks.connected(self.path)

    def _down(self, reason: str) -> None:
        self._app = None
        self.up.clear()
        self.tried.set()
        self.problem = reason

    async def _watch(self, app: RelayApplication) -> str:
        """Return why the connection is of no use any more."""
        strangers = 0
        while True:
            frames = app.frames
            if app.strangers != strangers:
                self._hooks.noise(self.path, app.strangers - strangers)
                strangers = app.strangers
            try:
                async with asyncio.timeout(self._settings.silence_seconds):
                    await self._trouble.wait()
            except TimeoutError:
                if app.frames != frames:
                    continue
            self._trouble.clear()
            if self._lost is not None:
                return self._lost
            if not await answers(app, self._settings.ping_seconds):
                return "does not answer any more"

    def _require(self) -> RelayApplication:
        if self._app is None:
            raise TransientError(f"The coordinator {self.path} {self.problem}")
        return self._app

    def _delay(self, tries: int) -> float:
        longest = self._settings.retry_last_seconds
        base = min(self._settings.retry_first_seconds * 2.0 ** min(tries, 16), longest)
        return float(base * random.uniform(0.8, 1.2))  # noqa: S311  # jitter, not a secret
