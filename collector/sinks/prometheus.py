"""The whole exposition: the relays by our writer, the collector by prometheus_client."""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics.exposition import (
    generate_latest as generate_openmetrics,
)

from collector import events
from collector.model.status import RelayStatus
from collector.sinks.exposition import RelayWriter, next_turn

SAMPLES_PER_STEP: Final = 50  # of prometheus_client, about 1 ms of work
EOF: Final = b"# EOF\n"  # the end of OpenMetrics


class PrometheusExposition:
    """What a scrape gets. Does no I/O, and never holds the event loop for long."""

    def __init__(
        self,
        statuses: Callable[[], Iterable[RelayStatus]],
        registry: CollectorRegistry,
        breathe: Callable[[], Awaitable[None]] = next_turn,
    ) -> None:
        """`breathe` is awaited after about 1 ms of work, to let others run."""
        self._statuses = statuses
        self._registry = registry
        self._breathe = breathe
        self._writer = RelayWriter(breathe)

    async def render(self, *, openmetrics: bool) -> bytes:
        """Return the text 0.0.4, or the OpenMetrics 1.0, of this moment."""
        started = time.perf_counter()
        families = await self._writer.write(self._statuses(), openmetrics=openmetrics)
        # A lone surrogate in a name must not cost the whole scrape.
        relays = "".join(families).encode("utf-8", errors="replace")
        text = relays + await self._own(openmetrics=openmetrics)
        events.scrape_rendered(time.perf_counter() - started)
        return text

    async def _own(self, *, openmetrics: bool) -> bytes:
        """Return the collector's own metrics, a few families at a time."""
        text, some = b"", _Some()
        generate = generate_openmetrics if openmetrics else generate_latest
        for metric in self._registry.collect():
            some.metrics.append(metric)
            some.samples += len(metric.samples)
            if some.samples >= SAMPLES_PER_STEP:
                await self._breathe()
                text += generate(some).removesuffix(EOF)
                some = _Some()
        text += generate(some).removesuffix(EOF)
        return text + EOF if openmetrics else text


class _Some:
    """Some metrics of a registry, as prometheus_client takes them."""

    def __init__(self) -> None:
        self.metrics: list[Metric] = []
        self.samples = 0

    def collect(self) -> list[Metric]:
        """Return them."""
        return self.metrics
