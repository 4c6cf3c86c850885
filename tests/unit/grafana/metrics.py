"""The metrics that the collector exposes, with their labels, by the code's own word."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase

from collector.events import influx, mqtt
from collector.events.instruments import REGISTRY
from collector.sinks.table import metrics_table

_ROW: Final = re.compile(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", re.MULTILINE)
# What Prometheus itself keeps of each target.
_SCRAPE: Final = (
    "up",
    "scrape_duration_seconds",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
)
TARGET: Final = frozenset(("site", "job", "instance"))  # labels of every series


@dataclass(frozen=True, slots=True)
class _Spool:
    """A spool in which something of everything is."""

    points: int = 1
    size: int = 1
    oldest: int | None = 1
    dead: int = 1


def known() -> dict[str, frozenset[str]]:
    """Return the labels of every sample, by its name; without the target's."""
    found: dict[str, frozenset[str]] = dict.fromkeys(_SCRAPE, frozenset())
    for name, kind, labels in _ROW.findall(metrics_table()):
        found.update(_samples(name, kind, re.findall(r"\w+", labels)))
    labels = _labels_of_wrappers()
    for metric in _while_configured():
        suffix = "_total" if metric.type == "counter" else ""
        of_it = labels.get(metric.name, ())
        found.update(_samples(metric.name + suffix, metric.type, of_it))
    for metric in REGISTRY.collect():
        if metric.name.startswith(("process_", "python_")):
            for sample in metric.samples:
                found[sample.name] = frozenset(sample.labels)
    return found


def _samples(
    name: str, kind: str, labels: Iterable[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    if kind != "histogram":
        yield name, frozenset(labels)
        return
    yield f"{name}_bucket", frozenset((*labels, "le"))
    yield f"{name}_sum", frozenset(labels)
    yield f"{name}_count", frozenset(labels)


def _while_configured() -> Iterator[Metric]:
    """Yield the families that exist while InfluxDB and MQTT are configured."""
    points = influx._Families(_Spool())
    points.delivered = points.failed = True
    yield from points.collect()
    messages = mqtt._Families()
    messages.failed = True
    yield from messages.collect()


def _labels_of_wrappers() -> dict[str, tuple[str, ...]]:
    return {
        metric.name: wrapper._labelnames
        for module in (influx, mqtt)
        for wrapper in vars(module).values()
        if isinstance(wrapper, MetricWrapperBase)
        for metric in wrapper.collect()
    }
