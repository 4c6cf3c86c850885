"""Opens, watches and reopens the coordinator: a new application each time."""

import asyncio
import logging
import random
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.model.clock import Clock, Now
from collector.model.command import AttemptResult, SettingWrite, SwitchCommand
from collector.model.errors import TransientError
from collector.model.frame import Frame, ReadRequest
from collector.radio import polling, settings, switch
from collector.radio.addresses import resolved
from collector.radio.application import RelayApplication
from collector.radio.failures import explain
from collector.radio.frames import FrameTap
from collector.radio.join import Roster, RosterHooks
from collector.radio.opening import answers, close, load_database

_LOG = logging.getLogger(__name__)

STEADY_SECONDS = 60.0  # a connection that lasted so long starts the back-off anew


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSettings:
    """How to reach the coordinator."""

    path: str  # serial device or socket://host:port
    database: Path
    baudrate: int = 115200
    form_network: bool = False
    channel: int = 15
    open_seconds: float = 60.0  # the whole start-up, forming included
    silence_seconds: float = 30.0  # without any frame: ping, and reopen where mute
    retry_first_seconds: float = 1.0
    retry_last_seconds: float = 60.0
    ping_seconds: float = 2.0


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

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[RelayApplication]:
        async with asyncio.timeout(self._settings.open_seconds):
            path = await resolved(self._settings.path)
        app = RelayApplication(self._zigpy_config(path), self._tap.take)
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

    def _zigpy_config(self, path: str) -> dict[str, Any]:
        return {
            "device": {
                "path": path,
                "baudrate": self._settings.baudrate,
            },
            "database_path": str(self._settings.database),
            # No key here: zigpy draws a random one when it forms a network.
            "network": {"channel": self._settings.channel},
            # A lost SRSP must not hold a cut-off for zigpy-znp's 30 s.
            "znp_config": {"sync_request_timeout": 2, "async_response_timeout": 5},
            # `_watch` pings twice; zigpy's watchdog gives up after one lost answer.
            "watchdog_enabled": False,
            # Traffic that nothing here uses.
            "topology_scan_enabled": False,
            "backup_enabled": False,
            "ota": {"enabled": False, "broadcast_enabled": False},
        }
