"""Neighbours of the HTTP side, hand-made: a house that a test can change."""

import asyncio
from contextlib import AbstractContextManager

from prometheus_client import CollectorRegistry, Counter

from collector.model.errors import CollectorError
from collector.model.status import RelayStatus
from collector.sinks.prometheus import PrometheusExposition
from collector.web.frames import FrameFeed, FrameTap
from tests.statuses import boiler


class House:
    """Satisfies WebPorts; what happened is kept for the test to look at."""

    def __init__(self) -> None:
        self.statuses: list[RelayStatus] = [boiler()]
        self.reasons: list[str] = []
        self.joins: list[int] = []
        self.reloads = 0
        self.renderings = 0
        self.error: CollectorError | Exception | None = None
        self.feed = FrameFeed()
        self.tapped = asyncio.Event()  # somebody looks at frames
        registry = CollectorRegistry()
        Counter("own_things_total", "What it counts.", registry=registry).inc()
        self.exposition = PrometheusExposition(lambda: self.statuses, registry)

    async def metrics(self, *, openmetrics: bool) -> bytes:
        self._fail()
        self.renderings += 1
        return await self.exposition.render(openmetrics=openmetrics)

    def readiness(self) -> list[str]:
        return self.reasons

    def relays(self) -> list[RelayStatus]:
        return self.statuses

    async def permit_join(self, seconds: int) -> None:
        self._fail()
        self.joins.append(seconds)

    def frames(self) -> AbstractContextManager[FrameTap]:
        self.tapped.set()
        return self.feed.tap()

    async def reload(self) -> None:
        self._fail()
        self.reloads += 1

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
