"""One simulated site: a collector's whole exposition, by the service's own writer."""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from collector.events import REGISTRY
from collector.model.status import RelayStatus
from collector.sinks.prometheus import PrometheusExposition
from tests.bench.fleet_house import Relay, Wall, gone

SPOOL_AGE: Final = 7200.0  # s, where a site cannot reach its InfluxDB
SPOOL_POINTS: Final = 12_000
OLD_VERSION: Final = "0.0.9"
_FRAMES: Final = "zigbee_collector_frames"
_SPOOL: Final = "zigbee_collector_influx_spool"


def radio_down(site: int) -> bool:
    """Whether the site's coordinator is away, and with it all relays."""
    return site % 50 == 7


def out_of_reach(site: int) -> bool:
    """Whether nobody can scrape the site."""
    return site % 100 == 11


def first_gone(site: int) -> bool:
    """Whether the first relay sends nothing any more."""
    return site % 10 == 3


def second_over(site: int) -> bool:
    """Whether the second relay is over its limit."""
    return site % 20 == 5


def spool_waits(site: int) -> bool:
    """Whether points wait on disk."""
    return site % 25 == 4


def old_version(site: int) -> bool:
    """Whether the site was not updated yet."""
    return site % 8 == 0


class Site:
    """What one collector tells."""

    def __init__(self, number: int, relays: int, wall: Wall) -> None:
        self.number = number
        self.name = site_name(number)
        self.at = 0.0  # fleet time of the scrape, s
        self._wall = wall
        self._relays = [Relay(number, each, wall) for each in range(relays)]
        if second_over(number):
            self._relays[1].over_limit()
        registry = CollectorRegistry()
        registry.register(_Own(self))
        self._exposition = PrometheusExposition(self._statuses, registry)

    async def metrics(self, *, openmetrics: bool) -> bytes:
        """Return the exposition; the port of the HTTP pages."""
        return await self._exposition.render(openmetrics=openmetrics)

    def readiness(self) -> list[str]:
        """The other port of the pages."""
        return []

    @property
    def spool_oldest(self) -> float:
        """Unix time of the oldest point that waits, s."""
        return self._wall.of(0.0) - SPOOL_AGE

    def _statuses(self) -> Iterator[RelayStatus]:
        for number, relay in enumerate(self._relays):
            lost = radio_down(self.number) or (number == 0 and first_gone(self.number))
            if lost:
                yield gone(relay.status)
            else:
                relay.advance(self.at)
                yield relay.status


class _Own(Collector):
    """The collector's own families of this process, with the site's values."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        for metric in REGISTRY.collect():
            yield self._as_told(metric)
        waits = spool_waits(self._site.number)
        yield GaugeMetricFamily(
            f"{_SPOOL}_points", "Points that wait.", value=SPOOL_POINTS if waits else 0
        )
        if waits:
            yield GaugeMetricFamily(
                f"{_SPOOL}_oldest_timestamp_seconds",
                "Oldest point that waits.",
                value=self._site.spool_oldest,
            )

    def _as_told(self, metric: Metric) -> Metric:
        if metric.name == "zigbee_collector_radio_connected":
            return _with_value(metric, {}, float(not radio_down(self._site.number)))
        if metric.name == _FRAMES:
            return _with_value(metric, {"outcome": "decoded"}, self._site.at // 2)
        if metric.name == "zigbee_collector_build" and old_version(self._site.number):
            return _with_label(metric, "version", OLD_VERSION)
        return metric


def site_name(number: int) -> str:
    """Return the label of a site."""
    return f"site-{number:04d}"


def _with_value(metric: Metric, labels: Mapping[str, str], value: float) -> Metric:
    return _copy(
        metric,
        [
            sample._replace(value=value) if sample.labels == labels else sample
            for sample in metric.samples
        ],
    )


def _with_label(metric: Metric, label: str, word: str) -> Metric:
    return _copy(
        metric,
        [
            sample._replace(labels={**sample.labels, label: word})
            for sample in metric.samples
        ],
    )


def _copy(metric: Metric, samples: list[Sample]) -> Metric:
    copy = Metric(metric.name, metric.documentation, metric.type, metric.unit)
    copy.samples = samples
    return copy
