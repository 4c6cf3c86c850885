"""The whole exposition: the relays by our writer, the collector by prometheus_client."""

import asyncio
import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import (
    generate_latest as generate_openmetrics,
)

from collector import events
from collector.model.status import RelayStatus
from collector.sinks.exposition import RelayWriter


class PrometheusExposition:
    """What a scrape gets. Does no I/O, and never holds the event loop for long."""

    def __init__(
        self,
        statuses: Callable[[], Iterable[RelayStatus]],
        registry: CollectorRegistry,
    ) -> None:
        self._statuses = statuses
        self._registry = registry
        self._writer = RelayWriter()

    async def render(self, *, openmetrics: bool) -> bytes:
        """Return the text 0.0.4, or the OpenMetrics 1.0, of this moment."""
        started = time.perf_counter()
        families = await self._writer.write(self._statuses(), openmetrics=openmetrics)
        # A lone surrogate in a name must not cost the whole scrape.
        relays = "".join(families).encode("utf-8", errors="replace")
        await asyncio.sleep(0)
        own = generate_openmetrics if openmetrics else generate_latest
        text = relays + own(self._registry)
        events.scrape_rendered(time.perf_counter() - started)
        return text
