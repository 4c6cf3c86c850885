"""What happens to points on their way to InfluxDB."""

import logging
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from prometheus_client import Counter, Gauge, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from collector.events.instruments import REGISTRY
from collector.events.repetition import first, forget, tenfold

_LOG = logging.getLogger("collector")

POINT_OUTCOMES: Final = (
    "spooled",  # on disk
    "delivered",  # the server has said so
    "dead_letter",  # the server takes all but this one
    "dropped",  # the spool, or the queue before it, was full; or it was damaged
)
_PREFIX = "zigbee_collector_influx_"
POINTS = Counter(
    f"{_PREFIX}points_total",
    "Points by what became of them.",
    ["outcome"],
    registry=None,
)
_LAG = Gauge(
    f"{_PREFIX}delivery_lag_seconds",
    "Age of the oldest point of the last batch of new ones, when it was delivered.",
    registry=None,
)
_LAST_ERROR = Gauge(
    f"{_PREFIX}last_error_timestamp_seconds",
    "When the server last took no points, Unix time.",
    registry=None,
)
_SAID: Final = "influx"


class SpoolFill(Protocol):
    """How full a spool is."""

    @property
    def points(self) -> int:
        """Points that wait."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def oldest(self) -> int | None:
        """Time of the oldest point, ms, Unix time."""

    @property
    def dead(self) -> int:
        """Dead letters."""


class _Families(Collector):
    """The families of one sink; there are none where no server is configured."""

    def __init__(self, spool: SpoolFill) -> None:
        self._spool = spool
        self.delivered = self.failed = False

    def collect(self) -> Iterable[Metric]:
        """Yield what is known: a lag there never was is not 0."""
        spool = self._spool
        yield from POINTS.collect()
        for name, text, value in (
            (
                "spool_points",
                "Points on disk that the server has not got.",
                spool.points,
            ),
            ("spool_bytes", "Bytes that they and the dead letters take.", spool.size),
            ("dead_letters", "Points set aside that the server refuses.", spool.dead),
        ):
            yield GaugeMetricFamily(f"{_PREFIX}{name}", text, value=float(value))
        oldest = spool.oldest
        if oldest is not None:
            yield GaugeMetricFamily(
                f"{_PREFIX}spool_oldest_timestamp_seconds",
                "Time of the oldest point that waits, Unix time.",
                value=oldest / 1000,
            )
        if self.delivered:
            yield from _LAG.collect()
        if self.failed:
            yield from _LAST_ERROR.collect()


_families: _Families | None = None


def watch_influx(spool: SpoolFill) -> Callable[[], None]:
    """Show a sink's figures from now on; return what ends that."""
    global _families  # noqa: PLW0603  # the registry is one for the process, too
    if _families is not None:
        REGISTRY.unregister(_families)
    for outcome in POINT_OUTCOMES:
        POINTS.labels(outcome)
    families = _families = _Families(spool)
    REGISTRY.register(families)

    def end() -> None:
        global _families  # noqa: PLW0603
        if _families is families:
            REGISTRY.unregister(families)
            _families = None

    return end


def influx_points(outcome: str, points: int) -> None:
    """So many points came to this end, one of POINT_OUTCOMES."""
    if points:
        POINTS.labels(outcome).inc(points)
    if outcome == "dropped" and points and (times := tenfold(_SAID, "dropped")):
        _LOG.error("Points lost, the oldest first: points=%d times=%d", points, times)


def influx_delivered(points: int, lag: float | None) -> None:
    """The server has so many points more; `lag`: s, of new ones."""
    influx_points("delivered", points)
    if _families is not None and lag is not None:
        _families.delivered = True
        _LAG.set(lag)
    if forget(_SAID, "failing"):
        _LOG.info("InfluxDB takes points again")


def influx_failed(sentence: str, at: float) -> None:
    """The server took nothing at `at` (Unix time, s); each sentence is said once."""
    if _families is not None:
        _families.failed = True
        _LAST_ERROR.set(at)
    first(_SAID, "failing")
    if first(_SAID, sentence):
        _LOG.warning("InfluxDB takes no points, they wait on disk: %s", sentence)


def influx_dead(points: int, error: str) -> None:
    """The server takes other points but not these; said at the 1st, 10th … time."""
    influx_points("dead_letter", points)
    if times := tenfold(_SAID, "dead"):
        _LOG.error(
            "Points set aside, see `collector spool list`: points=%d times=%d error=%r",
            points,
            times,
            error,
        )
