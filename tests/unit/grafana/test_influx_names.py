"""The dashboards of InfluxDB ask only for what the collector writes."""

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Final

import pytest

from collector.model.command import CommandOutcome
from collector.model.decision import DecisionAction, EventKind, PolicyEvent
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.model.status import ChannelPower, RelayContext
from collector.sinks.points import Points
from tests.unit.grafana import boards
from tests.unit.grafana.boards import Json
from tests.unit.sinks.line_protocol import read_line

IEEE: Final = "00:15:8d:00:03:a0:00:00"
NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
CHANNELS: Final = ("l1", "l2")
BOARDS: Final = boards.of_kind("influxdb")


def written() -> dict[str, set[str]]:
    """Return tags and fields of each measurement, from points of all that can be."""
    points = Points("home", {})
    readings = [
        Reading(ieee=IEEE, channel=channel, quantity=each, value=1, at=NOON, mono=0)
        for each in Quantity
        for channel in (None, *CHANNELS)
    ]
    beside = RelayContext(
        name="boiler",
        channel_names=dict.fromkeys(CHANNELS, "heater"),
        firmware=47,
        lqi=1,
        energy_joules=1,
        channel_power={
            each: ChannelPower(watts=1, estimated=False) for each in CHANNELS
        },
    )
    event = PolicyEvent(
        kind=EventKind.OUTCOME,
        at=NOON,
        ieee=IEEE,
        channel="l1",
        rule="house",
        action=next(iter(DecisionAction)),
        outcome=next(iter(CommandOutcome)),
        latency=1.0,
    )
    found: dict[str, set[str]] = defaultdict(set)
    for line in (*points.report(IEEE, readings, beside), points.decided(event)):
        point = read_line(line.text)
        found[point.measurement] |= {"time", *point.tags, *point.fields}
    return found


WRITTEN: Final = written()


def wrongs(text: str) -> list[str]:
    """Return the measurements, tags and fields of a query that no point has."""
    measurements = set(re.findall(r'\bFROM\s+"(\w+)"', text, re.IGNORECASE))
    # The names after AS are the query's own.
    own = set(re.findall(r'\bAS\s+"([^"]+)"', text, re.IGNORECASE))
    there = own.union(*(WRITTEN.get(name, ()) for name in measurements))
    texts = re.findall(r'\bKEY\s*=\s*"([^"]+)"|"([^"]+)"', text)
    named = {first or second for first, second in texts} - measurements
    return sorted(measurements - set(WRITTEN)) + sorted(named - there)


def queries(board: Json) -> list[str]:
    """Return every text that a dashboard asks."""
    found = [target["query"] for _, target in boards.targets(board)]
    found += [each["query"] for each in boards.annotations(board)]
    for variable in boards.variables(board):
        if variable["type"] == "query":
            query = variable["query"]
            found.append(query["query"] if isinstance(query, dict) else query)
    return found


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())
def test_every_measurement_and_field_is_written(board: Json) -> None:
    texts = queries(board)
    assert texts
    assert {text: wrong for text in texts if (wrong := wrongs(text))} == {}
    assert all(re.search("^SHOW|FROM", text) for text in texts)


def test_all_that_is_described_is_written() -> None:
    assert set(WRITTEN) == {"relay", "relay_info", "relay_event"}
    assert {"power_w", "power_l2_w", "state_l1", "link_quality"} <= WRITTEN["relay"]
    assert {"name", "name_l1", "firmware"} <= WRITTEN["relay_info"]
    assert {"latency_s", "rule", "kind", "channel"} <= WRITTEN["relay_event"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('SELECT mean("power_watts") FROM "relay"', ["power_watts"]),
        ('SELECT last("name") FROM "relay_infos"', ["relay_infos", "name"]),
        ('SELECT "power_w" FROM "relay" GROUP BY "room"', ["room"]),
        ('SHOW TAG VALUES FROM "relay" WITH KEY = "iee"', ["iee"]),
        ('SELECT max("power_w") AS "most" FROM "relay" WHERE "site" =~ /^h/', []),
    ],
)
def test_a_wrong_name_is_found(text: str, said: list[str]) -> None:
    assert wrongs(text) == said
