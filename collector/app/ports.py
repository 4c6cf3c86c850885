"""What the HTTP listeners may ask of the service."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

from collector.app.influx import InfluxPart
from collector.app.keeper import Keeper
from collector.app.line import Line
from collector.events import REGISTRY
from collector.model.clock import Clock
from collector.model.command import (
    Action,
    Origin,
    RequestRefusedError,
    SwitchResult,
)
from collector.model.decision import PolicyStatus
from collector.model.errors import TransientError
from collector.model.status import RelayStatus
from collector.radio.coordinator import Coordinator
from collector.sinks.prometheus import PrometheusExposition
from collector.web.events import EventFeed, EventTap
from collector.web.frames import FrameTap


class Ports:
    """The service as its edges see it; nothing here waits for the radio but joining."""

    def __init__(
        self,
        line: Line,
        coordinator: Coordinator,
        clock: Clock,
        reload: Callable[[], Awaitable[None]],
        keeper: Keeper,
    ) -> None:
        self._line = line
        self._coordinator = coordinator
        self._clock = clock
        self._reload = reload
        self._keeper = keeper
        self.event_feed = EventFeed()
        self.influx: InfluxPart | None = None  # None: no server is configured
        self._exposition = PrometheusExposition(
            self._each_relay, REGISTRY, line.hands.breathe
        )

    async def metrics(self, *, openmetrics: bool) -> bytes:
        """Return the exposition of this moment."""
        return await self._exposition.render(openmetrics=openmetrics)

    def readiness(self) -> list[str]:
        """Return why the service is not ready; empty where it is."""
        problem = self._coordinator.problem
        if problem is None:
            return []
        return [f"radio: {self._coordinator.path} {problem}"]

    def relays(self) -> list[RelayStatus]:
        """Return a snapshot of every relay."""
        return self._line.pipeline.statuses(self._clock.now())

    def _each_relay(self) -> Iterator[RelayStatus]:
        """Yield each relay as it is when its turn comes."""
        pipeline = self._line.pipeline
        for ieee in sorted(pipeline.known()):
            if ieee in pipeline.known():  # and was not removed meanwhile
                yield pipeline.status(ieee, self._clock.now())

    def relay_named(self, name: str) -> str | None:
        """Return the address of a relay by its name or its address."""
        for ieee, record in self._line.pipeline.known().items():
            if name in (ieee, record.settings.name):
                return ieee
        return None

    async def switch(
        self, ieee: str, channel: str, action: Action, origin: Origin
    ) -> SwitchResult:
        """Switch and wait for the outcome; RequestRefusedError, TransientError."""
        try:
            return await self._line.hands.request((ieee, channel), action, origin)
        except TimeoutError:
            raise TransientError("The command has not ended yet; look again.") from None

    def policies(self) -> list[PolicyStatus]:
        """Return every policy with its states."""
        return self._line.pipeline.policies.policies(self._clock.now())

    async def reset_policy(self, name: str, origin: Origin) -> None:
        """Clear latch and counts; on disk when it returns."""
        self._line.pipeline.policies.reset(name, origin, self._clock.now())
        self._line.hands.drain()
        await self._durable()

    async def override(self, ieee: str, seconds: float, origin: Origin) -> None:
        """Suspend economy rules for so long; on disk when it returns."""
        stage = self._line.pipeline.policies
        stage.override(ieee, seconds, origin, self._clock.now())
        self._line.hands.drain()
        await self._durable()

    def policy_events(self) -> AbstractContextManager[EventTap]:
        """Look at decisions and outcomes for as long as the context lasts."""
        return self.event_feed.tap()

    async def _durable(self) -> None:
        if not await self._keeper.commit_policies():
            raise TransientError(
                "Done, but the disk does not take it: a restart would forget it."
            )

    async def dead_letters(self) -> list[dict[str, Any]]:
        """Return the points that the database refuses; RequestRefusedError(404): no sink."""
        return [asdict(letter) for letter in await self._influx().dead_letters()]

    async def retry_dead(self) -> int:
        """Put them on their way again; return how many."""
        return await self._influx().retry_dead()

    async def drop_dead(self) -> int:
        """Forget them; return how many."""
        return await self._influx().drop_dead()

    def _influx(self) -> InfluxPart:
        if self.influx is None:
            raise RequestRefusedError(
                404, "No database is configured: there is no key influxdb."
            )
        return self.influx

    async def permit_join(self, seconds: int) -> None:
        """Let relays join for so long; TransientError where the radio is down."""
        await self._coordinator.permit_join(seconds)

    def frames(self) -> AbstractContextManager[FrameTap]:
        """Look at the raw frames for as long as the context lasts."""
        return self._line.feed.tap()

    async def reload(self) -> None:
        """Read the configuration file again; ConfigError leaves the old in force."""
        await self._reload()

    async def ready(self, seconds: float, *, patient: bool = True) -> None:
        """Wait until the radio is up; TransientError where it does not come up.

        Not `patient`: the first failure is the answer.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._coordinator.tried.wait()
                if not patient and self._coordinator.problem is not None:
                    raise TransientError("; ".join(self.readiness()))
                await self._coordinator.up.wait()
        except TimeoutError:
            raise TransientError("; ".join(self.readiness())) from None
