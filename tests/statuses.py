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

from collector.model.command import CommandOutcome, Origin
from collector.model.decision import DecisionAction, RuleState, RuleStatus
from collector.model.policy import Mode
from collector.model.quantity import Quantity
from collector.model.reading import Reason
from collector.model.status import (
    Availability,
    ChannelPower,
    EnergyStatus,
    RelayStatus,
)
from collector.sinks.families import FAMILIES
from collector.sinks.family import Family, Series

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

OVERLOAD, NIGHT = "heater-overload", "night-off"  # the rules of `boiler`
_CONTROLLED: dict[str, Any] = {
    "channel_power": {
        "l1": ChannelPower(watts=61.481, estimated=False),
        "l2": ChannelPower(watts=0.0, estimated=False),
    },
    "unattributed_watts": 0.0,
    "contact_fault": {"l1": False, "l2": False},
    "outage_memory": True,
    "rules": {
        OVERLOAD: RuleStatus(state=RuleState.OK, margin=0.972),
        NIGHT: RuleStatus(state=RuleState.SUSPENDED),
    },
    "commands": {
        ("l1", Origin.POLICY, CommandOutcome.CONFIRMED): 3,
        ("l1", Origin.API, CommandOutcome.UNKNOWN): 1,
    },
    "actions": {
        (
            OVERLOAD,
            "l1",
            DecisionAction.OFF,
            CommandOutcome.CONFIRMED,
            Mode.ENFORCE,
        ): 3,
        (NIGHT, "l2", DecisionAction.ON, CommandOutcome.WOULD_ACT, Mode.DRY_RUN): 7,
    },
}


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
        **_CONTROLLED,
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
            for values, value in _all_states(family, status)
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


def _all_states(family: Family, status: RelayStatus) -> Series:
    """The series with those that are 0 because another state is the present one."""
    if not family.states:
        return family.series(status)
    return [
        ((*values[:-1], state), state == values[-1])
        for values, _ in family.series(status)
        for state in family.states
    ]


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
