"""The metrics table of the documentation, from the definitions that are served."""

from prometheus_client.metrics import MetricWrapperBase

from collector.events import instruments
from collector.sinks.families import FAMILIES

_Row = tuple[str, str, tuple[str, ...], str]  # name, type, labels, meaning


def metrics_table() -> str:
    """Return a Markdown table of all metrics: name, type, labels, meaning and source."""
    rows = [*_relay_rows(), *_collector_rows()]
    lines = [
        f"| `{name}` | {kind} | {_code(labels)} | {meaning} |"
        for name, kind, labels, meaning in rows
    ]
    return "\n".join(
        ["| metric | type | labels | meaning |", "|---|---|---|---|", *lines]
    )


def _relay_rows() -> list[_Row]:
    return [
        (each.sample_name, each.kind, ("ieee", *each.labels), each.documentation)
        for each in FAMILIES
    ]


def _collector_rows() -> list[_Row]:
    rows: list[_Row] = []
    for value in vars(instruments).values():
        if not isinstance(value, MetricWrapperBase):
            continue
        (metric,) = value.collect()
        suffix = {"counter": "_total", "info": "_info"}.get(metric.type, "")
        # The one place where prometheus_client keeps the labels of an instrument.
        labels: tuple[str, ...] = value._labelnames  # noqa: SLF001
        if metric.type == "info":
            labels = tuple(metric.samples[0].labels)
        rows.append((metric.name + suffix, metric.type, labels, metric.documentation))
    return rows


def _code(labels: tuple[str, ...]) -> str:
    return ", ".join(f"`{label}`" for label in labels)
