"""Hand-made relay statuses, and the same families for prometheus_client to render."""

from collections.abc import Iterable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.openmetrics import exposition as openmetrics_format, parser
from prometheus_client.utils import floatToGoString

from collector.model.quantity import Quantity
from collector.model.reading import Reason
from collector.model.status import Availability, EnergyStatus, RelayStatus
from collector.sinks.families import FAMILIES, Family

SEEN = 1_700_000_000.25  # Unix time of the last frame of `boiler`
HEARD = (
    Quantity.POWER,
    Quantity.APPARENT_POWER,
    Quantity.POWER_FACTOR,
    Quantity.VOLTAGE,
    Quantity.CURRENT,
    Quantity.TEMPERATURE,
    Quantity.ENERGY,
)


def boiler(**changes: Any) -> RelayStatus:
    """Return a relay of firmware 47 about which everything is known."""
    told: dict[str, Any] = {
        "ieee": "00:15:8d:00:03:a0:00:00",
        "name": "boiler",
        "channel_names": {"l1": "heater", "l2": "pump"},
        "availability": Availability.UP,
        "last_seen": SEEN,
        "lqi": 132,
        "values": {
            (Quantity.POWER, None): 61.481,
            (Quantity.APPARENT_POWER, None): 61.53,
            (Quantity.POWER_FACTOR, None): 0.99,
            (Quantity.VOLTAGE, None): 234.34,
            (Quantity.CURRENT, None): 0.262576,
            (Quantity.TEMPERATURE, None): 31.0,
            (Quantity.ENERGY, None): 63_012_375.0,
            (Quantity.STATE, "l1"): 1.0,
            (Quantity.STATE, "l2"): 0.0,
            (Quantity.INTERLOCK, None): 1.0,
        },
        "measured_at": {
            **{(quantity, None): SEEN - 2 for quantity in HEARD},
            (Quantity.STATE, "l1"): SEEN - 3,
            (Quantity.STATE, "l2"): SEEN - 1,
            (Quantity.INTERLOCK, None): SEEN,
        },
        "firmware": 47,
        "outages": 3,
        "meter_asleep": False,
        "energy": EnergyStatus(
            total_joules=1_125.0,
            register_resets=1,
            gaps=2,
            cost={"day": 0.31, "night": 0.0001},
            currency="EUR",
        ),
        "rejected": {(Quantity.VOLTAGE, Reason.SPURIOUS_ZERO): 4},
    }
    return RelayStatus(**(told | changes))


def house(relays: int) -> list[RelayStatus]:
    """Return so many different relays with every series filled."""
    return [
        boiler(
            ieee=f"00:15:8d:00:03:a0:{number >> 8:02x}:{number & 255:02x}",
            name=f"relay {number}",
        )
        for number in range(relays)
    ]


class EqualFamilies:
    """A custom collector that yields what our writer writes."""

    def __init__(self, statuses: Sequence[RelayStatus]) -> None:
        self._statuses = statuses

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        for family in FAMILIES:
            metric = self._metric(family)
            if metric.samples:
                yield metric

    def _metric(self, family: Family) -> Metric:
        labels = ("ieee", *family.labels)
        series = [
            ((status.ieee, *values), value)
            for status in self._statuses
            for values, value in family.series(status)
        ]
        if family.kind == "info":
            info = InfoMetricFamily(family.name, family.documentation)
            for values, _ in series:
                info.add_metric((), dict(zip(labels, values, strict=True)))
            return info
        kind = GaugeMetricFamily if family.kind == "gauge" else CounterMetricFamily
        numbers = kind(
            family.name, family.documentation, labels=labels, unit=family.unit
        )
        for values, value in series:
            numbers.add_metric(values, value)
        return numbers


# prometheus_client says nothing of the types of these.
def by_prometheus_client(registry: CollectorRegistry, *, openmetrics: bool) -> bytes:
    """Return the registry as prometheus_client writes it."""
    if openmetrics:
        text: bytes = openmetrics_format.generate_latest(registry)  # type: ignore[no-untyped-call]  # no hints
        return text
    return generate_latest(registry)


def parsed_openmetrics(text: bytes) -> list[Metric]:
    """Return the families that prometheus_client's strict parser finds."""
    return list(parser.text_string_to_metric_families(text.decode()))  # type: ignore[no-untyped-call]  # no hints


def go_number(value: float) -> str:
    """Return the number as prometheus_client writes it."""
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]  # no hints
