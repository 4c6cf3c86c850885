"""The dashboards in InfluxQL, asked of a real InfluxDB that the demonstration fills."""

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from grafana.files import text_of
from grafana.influx_overview import INFLUX_OVERVIEW
from grafana.influx_relay import INFLUX_RELAY
from tests.integration.process_world import REPOSITORY, running
from tests.integration.zigpy_host import eventually
from tests.servers.influx_servers import InfluxDB, fresh_database, open_door

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(120)]

BOILER: Final = "00:15:8d:00:03:a0:00:00"
# Of the demonstration, an hour in some minutes: the meter's register comes rarely.
SPEED: Final = 10
HOUR_MS: Final = 3_600_000
SENSIBLE: Final = {
    "watt": (0, 6000),
    "voltamp": (0, 6000),
    "kwatth": (0, 5),
    "volt": (200, 260),
    "amp": (0, 30),
    "celsius": (0, 90),
    "percentunit": (0, 1),
}


@dataclass
class Fed:
    """A database in which the demonstration is, since `began`."""

    database: InfluxDB
    began: int  # ms, Unix time
    name: str = "energy"

    def ask(self, query: str, **chosen: str) -> list[dict[str, Any]]:
        """Ask as Grafana does: its own words and the variables replaced."""
        text = as_grafana_asks(query, self.began, {"site": ".*", **chosen})
        assert "$" not in re.sub(r"/\^.*?\$/", "", text), text
        return self.database.query(text, self.name)


def as_grafana_asks(query: str, began: int, chosen: Mapping[str, str]) -> str:
    """Return the query as it goes to InfluxDB, for an hour before and after `began`.

    The clock of a demonstration that is sped up is ahead of ours.
    """
    since, until = began - HOUR_MS, began + HOUR_MS
    words = {
        "__interval": "5s",
        "timeFilter": f"time >= {since}ms and time <= {until}ms",
        "timezone": "Europe/Berlin",
        "least": "0",
        "relay": BOILER,
        **chosen,
    }
    for name, value in words.items():
        query = query.replace(f"${name}", value)
    return query


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    yield from fresh_database(tmp_path_factory.mktemp("influxdb"), "energy")


@pytest.fixture(scope="module")
def fed(database: InfluxDB, tmp_path_factory: pytest.TempPathFactory) -> Fed:
    fed = Fed(database, int(time.time() * 1000))
    asyncio.run(_feed(fed, tmp_path_factory.mktemp("collector")))
    return fed


async def _feed(fed: Fed, folder: Path) -> None:
    """Run the collector until the heater is cut off and the meter has counted."""
    async for door in open_door(fed.database):
        _configure(folder, door.url)
        async with running("run", "--config", "demo.yaml", cwd=folder) as process:
            await process.said("Command confirmed.*rule='heater-overload'")
            await eventually(lambda: all(map(fed.ask, HAPPENED)), 60)
            assert await process.stop() == 0


# What must be in the database: the newest points are delivered first.
HAPPENED: Final = (
    'SELECT "energy_j" FROM "relay" WHERE "energy_j" > 0',
    "SELECT latency_s FROM relay_event WHERE \"kind\" = 'switch'",
    "SELECT reason FROM relay_event WHERE \"kind\" = 'policy' AND \"action\" = 'off'",
)


def _configure(folder: Path, url: str) -> None:
    """Write deploy/compose's configuration with the addresses of this test."""
    demo = REPOSITORY / "deploy" / "compose" / "collector.yaml"
    document = yaml.safe_load(demo.read_text(encoding="utf-8"))
    del document["mqtt"]  # not of these dashboards
    document["data_dir"] = "data"
    document["web"] = {"listen": "127.0.0.1:0"}
    document["radio"]["simulator"]["speed"] = SPEED
    document["influxdb"] |= {"url": url, "token_file": "token"}
    token = folder / "token"
    token.write_text("user:right\n")
    token.chmod(0o600)
    (folder / "demo.yaml").write_text(json.dumps(document))


def queries(panel: Mapping[str, Any]) -> list[str]:
    return [target["query"] for target in panel.get("targets", ())]


def step(panel: Mapping[str, Any]) -> str:
    """Return a panel's least step, or what Grafana takes for some minutes."""
    least: str = panel.get("interval", "5s")
    return least


def numbers(series: list[dict[str, Any]]) -> list[float]:
    return [
        value
        for each in series
        for row in each["values"]
        for value in row[1:]
        if isinstance(value, (int, float))
    ]


def test_every_panel_has_sensible_data(fed: Fed) -> None:
    for board in (INFLUX_OVERVIEW, INFLUX_RELAY):
        panels = json.loads(text_of(board))["panels"]
        asked = [panel for panel in panels if panel["type"] != "row"]
        assert len(asked) >= 10
        for panel in asked:
            assert queries(panel), panel["title"]
            for query in queries(panel):
                _judge(panel, fed.ask(query, __interval=step(panel)), query)


def _judge(panel: Mapping[str, Any], found: list[dict[str, Any]], query: str) -> None:
    assert found, query
    if panel["type"] == "table":
        _columns(panel, found)
        return
    for series in found:
        times = [row[0] for row in series["values"]]
        assert times == sorted(set(times)), query
    values = numbers(found)
    assert values, query
    unit = panel["fieldConfig"]["defaults"]["unit"]
    lowest, highest = SENSIBLE.get(unit, (0, 100_000))
    assert lowest <= min(values), query
    assert max(values) <= highest, query


def _columns(panel: Mapping[str, Any], found: list[dict[str, Any]]) -> None:
    """Each column of a table's query is one that the table shows or needs."""
    shown: set[str] = set()
    for each in panel["transformations"]:
        if each["id"] == "filterFieldsByName":
            shown.update(each["options"]["include"]["names"])
        if each["id"] == "configFromData":  # texts instead of values
            shown.update(one["fieldName"] for one in each["options"]["mappings"])
    has = {*found[0]["columns"], *found[0].get("tags", {})}
    assert has - {"time"} <= shown


def test_what_the_boards_say_is_what_happened(fed: Fed) -> None:
    of = {
        (board.name, panel["title"]): queries(panel)
        for board in (INFLUX_OVERVIEW, INFLUX_RELAY)
        for panel in json.loads(text_of(board))["panels"]
        if panel["type"] != "row"
    }
    names = fed.ask(of["overview-influxdb", "Relays"][0])
    assert {each["tags"]["ieee"]: each["values"][0][1] for each in names} == {
        BOILER: "boiler",
        BOILER[:-1] + "1": "floor",
        BOILER[:-1] + "2": "bath",
    }
    (heard,) = numbers(fed.ask(of["overview-influxdb", "Relays heard"][0]))
    assert heard == 3
    (cut,) = numbers(fed.ask(of["overview-influxdb", "Decisions to cut off"][0]))
    assert cut >= 1
    # What the relays took is what all took; each is above nothing.
    (total,) = numbers(fed.ask(of["overview-influxdb", "Energy today"][0]))
    each = numbers(fed.ask(of["overview-influxdb", "Energy today, by relay"][1]))
    hours = numbers(fed.ask(of["overview-influxdb", "Energy per hour"][0]))
    days = numbers(fed.ask(of["overview-influxdb", "Energy per day"][0]))
    assert total == pytest.approx(sum(each)) == pytest.approx(sum(hours))
    assert total == pytest.approx(sum(days))
    assert total > 0
    # So is the power, in a step that is longer than what happened.
    all_power = fed.ask(
        of["overview-influxdb", "Power of all relays"][0], __interval="1h"
    )
    each_power = fed.ask(of["overview-influxdb", "Power by relay"][0], __interval="1h")
    assert max(numbers(all_power)) > max(numbers(each_power))
    assert sum(numbers(all_power)) == pytest.approx(sum(numbers(each_power)))
    # The heater was closed, and then cut.
    states = fed.ask(of["relay-influxdb", "Contacts"][0])[0]
    assert states["columns"] == ["time", "l1", "l2"]
    assert {row[1] for row in states["values"] if row[1] is not None} == {0, 1}
    (power,) = fed.ask(POWER)
    assert max(row[1] for row in power["values"]) > 2800


POWER: Final = "SELECT max(power_w) FROM relay WHERE ieee = '$relay' AND $timeFilter"


def test_a_counter_that_began_anew_adds_what_it_rose(database: InfluxDB) -> None:
    database.create("anew")
    now = int(time.time() * 1000)
    lines = "\n".join(
        f"relay,ieee=x,site=elsewhere energy_j={value} {now - 1000 * ago}"
        for value, ago in ((100, 9), (3_600_100, 8), (0, 7), (3_600_000, 6))
    )
    database.get("/write?db=anew&precision=ms", lines.encode())
    panels = json.loads(text_of(INFLUX_OVERVIEW))["panels"]
    (query,) = next(queries(each) for each in panels if each["title"] == "Energy today")
    fed = Fed(database, now, "anew")
    assert numbers(fed.ask(query, site="elsewhere")) == [2.0]


def test_variables_and_annotations(fed: Fed) -> None:
    board = json.loads(text_of(INFLUX_RELAY))
    variables = {
        each["name"]: each["query"]["query"]
        for each in board["templating"]["list"]
        if each["type"] == "query"
    }
    assert _found(fed.ask(variables["site"])) == {"demo"}
    assert BOILER in _found(fed.ask(variables["relay"], site="demo"))
    assert len(_found(fed.ask(variables["relay"], site="demo"))) == 3
    assert _found(fed.ask(variables["relay"], site="nowhere")) == set()
    assert _found(fed.ask(variables["name"])) == {"boiler"}
    asked = [each for each in board["annotations"]["list"] if not each.get("builtIn")]
    assert len(asked) == 3
    for annotation in asked:
        target = annotation["target"]
        assert target["fromAnnotations"] is True
        assert target["query"] == annotation["query"]
        (series,) = fed.ask(target["query"])
        # Grafana leaves a row out of which one value is missing.
        assert None not in [value for row in series["values"] for value in row]
        assert {target["textColumn"], target["tagsColumn"]} <= set(series["columns"])
        assert annotation["textColumn"] == target["textColumn"]


def _found(series: list[dict[str, Any]]) -> set[str]:
    """Return what a variable offers: the last column, as Grafana takes it."""
    return {row[-1] for each in series for row in each["values"]}
