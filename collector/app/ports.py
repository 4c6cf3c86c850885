"""What the HTTP listeners may ask of the service."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

from collector.app.line import Line
from collector.events import REGISTRY
from collector.model.clock import Clock
from collector.model.errors import TransientError
from collector.model.status import RelayStatus
from collector.radio.coordinator import Coordinator
from collector.sinks.prometheus import PrometheusExposition
from collector.web.frames import FrameTap


class Ports:
    """The service as its edges see it; nothing here waits for the radio but joining."""

    def __init__(
        self,
        line: Line,
        coordinator: Coordinator,
        clock: Clock,
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        self._line = line
        self._coordinator = coordinator
        self._clock = clock
        self._reload = reload
        self._exposition = PrometheusExposition(self.relays, REGISTRY)

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
