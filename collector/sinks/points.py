"""Readings and events as points of InfluxDB, in line protocol.

Measurements `relay`, `relay_info` and `relay_event`, tags `ieee` and `site`; fields have
their unit in their name and never change their type. Each point has its own time in ms, so
that the same point written twice is one point.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from influxdb_client.client.write.point import Point
from influxdb_client.domain.write_precision import WritePrecision

from collector.model.decision import EventKind, PolicyEvent
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.model.status import RelayContext
from collector.sinks.spool_file import Line

RELAY: Final = "relay"
INFO: Final = "relay_info"
EVENT: Final = "relay_event"
OWN_TAGS: Final = frozenset({"ieee", "site", "kind", "channel"})
MODEL, MANUFACTURER = "LLKZMK11LM", "Aqara"
# A later point of the same relay and millisecond would replace fields of the first.
_CLOSE_MS: Final = 1000  # more than that back is a clock that was set

_FLOATS: Final = {
    Quantity.POWER: "power_w",
    Quantity.APPARENT_POWER: "apparent_power_va",
    Quantity.POWER_FACTOR: "power_factor",
    Quantity.VOLTAGE: "voltage_v",
    Quantity.CURRENT: "current_a",
    Quantity.TEMPERATURE: "temperature_c",
    Quantity.ENERGY: "energy_register_j",
}
_WHOLE: Final = {Quantity.OUTAGES: "power_outages", Quantity.INTERLOCK: "interlock"}
_KINDS: Final = {
    EventKind.OUTCOME: "switch",
    EventKind.FOREIGN: "switch",
    EventKind.RESET: "reset",
}


class Points:
    """Makes lines; knows the last moment of each series, so that no two share one."""

    def __init__(self, site: str, tags: Mapping[str, str]) -> None:
        self._tags = {
            **{k: v for k, v in tags.items() if k not in OWN_TAGS},
            "site": site,
        }
        self._last: dict[tuple[str, ...], int] = {}  # ms, Unix time
        self._heads: dict[str, str] = {}  # what each line of a relay begins with
        self._known: dict[str, object] = {}  # who each relay was when last written

    def report(
        self, ieee: str, readings: Sequence[Reading], beside: RelayContext
    ) -> list[Line]:
        """Return the points of what one frame brought; none: nothing to keep."""
        fields = _fields(readings)
        if not fields:
            return []
        if beside.energy_joules is not None:
            fields["energy_j"] = float(beside.energy_joules)
        if beside.lqi is not None:
            fields["link_quality"] = float(beside.lqi)
        if "power_w" in fields:
            for channel, power in beside.channel_power.items():
                fields[f"power_{channel}_w"] = float(power.watts)
        at = readings[-1].at
        lines = [self._measured(ieee, at, fields)]
        who = beside.name, beside.firmware, beside.channel_names
        if self._known.get(ieee) != who:
            self._known[ieee] = who
            lines.append(self._info(ieee, beside, at))
        return lines

    def _info(self, ieee: str, beside: RelayContext, at: datetime) -> Line:
        """Names and model: written at the start and when they change."""
        fields = {"name": beside.name, "model": MODEL, "manufacturer": MANUFACTURER}
        if beside.firmware is not None:
            fields["firmware"] = str(beside.firmware)
        for channel, name in beside.channel_names.items():
            fields[f"name_{channel}"] = name
        return self._line(INFO, at, {"ieee": ieee}, fields)

    def decided(self, event: PolicyEvent) -> Line:
        """Return the point of an entry of the record."""
        kind = _KINDS.get(event.kind)
        if kind is None:
            person = event.kind is EventKind.DECISION and event.rule is None
            kind = "switch" if person else "policy"
        fields: dict[str, Any] = {"reason": event.reason or event.kind.value}
        fields["origin"] = event.origin.value
        if event.rule is not None:
            fields["rule"] = event.rule
        if event.action is not None:
            fields["action"] = event.action.value
        if event.outcome is not None:
            fields["outcome"] = event.outcome.value
        if event.latency is not None:
            fields["latency_s"] = float(event.latency)
        return self.event(
            kind, event.at, fields, ieee=event.ieee, channel=event.channel
        )

    def event(
        self,
        kind: str,
        at: datetime,
        fields: Mapping[str, Any],
        *,
        ieee: str = "",
        channel: str | None = None,
    ) -> Line:
        """Return the point of something that happened."""
        return self._line(
            EVENT, at, {"ieee": ieee, "kind": kind, "channel": channel or ""}, fields
        )

    def _line(
        self,
        measurement: str,
        at: datetime,
        tags: Mapping[str, str],
        fields: Mapping[str, Any],
    ) -> Line:
        stamp = self._moment((measurement, *tags.values()), at)
        point = self._tagged(measurement, tags)
        for key, value in fields.items():
            point.field(key, _text(value) if value.__class__ is str else value)
        point.time(stamp, WritePrecision.MS)
        return Line(point.to_line_protocol(), stamp)

    def _tagged(self, measurement: str, tags: Mapping[str, str]) -> Point:
        point = Point(measurement)
        for key, value in (*self._tags.items(), *tags.items()):
            point.tag(key, _tag(value))
        return point

    def _measured(self, ieee: str, at: datetime, fields: Mapping[str, float]) -> Line:
        """Return a `relay` line as Point would write it, in a quarter of its time.

        Only for fields that are numbers and whose names need no escape.
        """
        stamp = self._moment((RELAY, ieee), at)
        head = self._heads.get(ieee)
        if head is None:
            whole = self._tagged(RELAY, {"ieee": ieee}).field("f", 0)
            head = self._heads[ieee] = whole.to_line_protocol().removesuffix("f=0i")
        text = ",".join([f"{key}={_number(fields[key])}" for key in sorted(fields)])
        return Line(f"{head}{text} {stamp}", stamp)

    def _moment(self, series: tuple[str, ...], at: datetime) -> int:
        """Return the ms of a point; one later where the last one has it already."""
        stamp = round(at.timestamp() * 1000)
        last = self._last.get(series)
        if last is not None and 0 <= last - stamp < _CLOSE_MS:
            stamp = last + 1
        self._last[series] = stamp
        return stamp


def _fields(readings: Sequence[Reading]) -> dict[str, float]:
    fields: dict[str, float] = {}
    for reading in readings:
        quantity, channel, value = reading.quantity, reading.channel, reading.value
        if channel is None:
            name = _FLOATS.get(quantity)
            if name is not None:
                fields[name] = float(value)
            elif quantity in _WHOLE:
                fields[_WHOLE[quantity]] = int(value)
        elif quantity is Quantity.STATE:
            fields[f"state_{channel}"] = int(value)
    return fields


def _number(value: float) -> str:
    """Return a number of line protocol, as influxdb-client writes it."""
    return f"{value}i" if isinstance(value, int) else str(value).removesuffix(".0")


def _text(value: str) -> str:
    """Return a text without what breaks a line, or is no Unicode."""
    if value.isprintable():  # no lone surrogate is
        return value
    words = "".join(each if each.isprintable() else " " for each in value)
    return words.encode("utf-8", "replace").decode()


def _tag(value: str) -> str:
    r"""Return a tag's value; a `\` at its end would escape what follows."""
    return _text(value).rstrip("\\ ")
