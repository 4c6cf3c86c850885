"""Neighbours of the HTTP side, hand-made: a house that a test can change."""

import asyncio
from contextlib import AbstractContextManager
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from collector.model.command import (
    Action,
    CommandOutcome,
    Origin,
    RequestRefusedError,
    SwitchResult,
)
from collector.model.decision import PolicyStatus
from collector.model.errors import CollectorError
from collector.model.status import RelayStatus
from collector.sinks.prometheus import PrometheusExposition
from collector.web.events import EventFeed, EventTap
from collector.web.frames import FrameFeed, FrameTap
from tests.statuses import boiler


class House:
    """Satisfies WebPorts; what happened is kept for the test to look at."""

    def __init__(self) -> None:
        self.statuses: list[RelayStatus] = [boiler()]
        self.reasons: list[str] = []
        self.joins: list[int] = []
        self.reloads = 0
        self.letters: list[dict[str, Any]] = []
        self.renderings = 0
        self.addresses: dict[str, str] = {}  # names of relays that have no status
        self.rules: list[PolicyStatus] = []
        self.switches: list[tuple[str, str, Action, Origin]] = []
        self.resets: list[tuple[str, Origin]] = []
        self.overrides: list[tuple[str, float, Origin]] = []
        self.outcome = CommandOutcome.CONFIRMED  # of the next commands
        self.detail = ""
        self.seconds = 0.25  # that a command takes
        self.error: CollectorError | Exception | None = None
        self.feed = FrameFeed()
        self.decisions = EventFeed()
        self.tapped = asyncio.Event()  # somebody looks at frames or decisions
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

    def relay_named(self, name: str) -> str | None:
        for status in self.statuses:
            if name in (status.name, status.ieee):
                return status.ieee
        return self.addresses.get(name)

    async def switch(
        self, ieee: str, channel: str, action: Action, origin: Origin
    ) -> SwitchResult:
        self._fail()
        self.switches.append((ieee, channel, action, origin))
        return SwitchResult(
            ieee=ieee,
            channel=channel,
            on=action is not Action.OFF,  # every contact of this house is open
            outcome=self.outcome,
            attempts=1,
            seconds=self.seconds,
            detail=self.detail,
        )

    def policies(self) -> list[PolicyStatus]:
        return self.rules

    async def reset_policy(self, name: str, origin: Origin) -> None:
        self._fail()
        if name not in {rule.name for rule in self.rules}:
            raise RequestRefusedError(404, f"No policy is called {name!r}.")
        self.resets.append((name, origin))

    async def override(self, ieee: str, seconds: float, origin: Origin) -> None:
        self._fail()
        self.overrides.append((ieee, seconds, origin))

    def policy_events(self) -> AbstractContextManager[EventTap]:
        self.tapped.set()
        return self.decisions.tap()

    async def permit_join(self, seconds: int) -> None:
        self._fail()
        self.joins.append(seconds)

    def frames(self) -> AbstractContextManager[FrameTap]:
        self.tapped.set()
        return self.feed.tap()

    async def dead_letters(self) -> list[dict[str, Any]]:
        self._fail()
        return self.letters

    async def retry_dead(self) -> int:
        return len(self.letters)

    async def drop_dead(self) -> int:
        dropped, self.letters = len(self.letters), []
        return dropped

    async def reload(self) -> None:
        self._fail()
        self.reloads += 1

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
