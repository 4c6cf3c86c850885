"""A real Prometheus reads what the listener serves."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from collector import events
from collector.model.status import Availability
from collector.sinks.prometheus import PrometheusExposition
from collector.web.server import WebServer
from tests.servers.conftest import Prometheus, need
from tests.statuses import boiler, house as many_relays
from tests.web_ports import House

# The first sample comes some 6 s after a server's start.
pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]


@pytest.fixture
def house() -> House:
    house = House()
    house.exposition = PrometheusExposition(lambda: house.statuses, events.REGISTRY)
    return house


@pytest.fixture
async def target(house: House) -> AsyncIterator[str]:
    server = WebServer()
    await server.start("127.0.0.1:0", house)
    yield f"127.0.0.1:{server.port}"
    await server.stop()


@pytest.fixture
async def text_target(target: str) -> AsyncIterator[str]:
    """The same listener behind a door that asks for the text format only.

    Prometheus 2.42 cannot be told to: it always asks for OpenMetrics first.
    """

    async def ask(_: web.Request) -> web.Response:
        url = f"http://{target}/metrics"
        async with session.get(url, headers={"Accept": "text/plain"}) as answer:
            content_type = {"Content-Type": answer.headers["Content-Type"]}
            return web.Response(body=await answer.read(), headers=content_type)

    app = web.Application()
    app.add_routes([web.get("/metrics", ask)])
    runner = web.AppRunner(app)
    async with aiohttp.ClientSession() as session:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"127.0.0.1:{site.port}"
        await runner.cleanup()


@pytest.mark.parametrize(
    ("job", "unit"),
    [("openmetrics", "watts"), ("text", "")],  # only OpenMetrics tells a unit
)
async def test_both_formats_are_scraped_with_values_and_types(
    prometheus: Prometheus, target: str, text_target: str, job: str, unit: str
) -> None:
    await prometheus.scrape({job: text_target if job == "text" else target})
    for metric, value in [
        ("up", 1.0),
        ("zigbee_relay_power_watts", 61.481),
        ("zigbee_relay_energy_register_joules", 63_012_375.0),
        ("zigbee_relay_energy_joules_total", 1125.0),
        ("zigbee_relay_last_seen_timestamp_seconds", 1_700_000_000.25),
        ("zigbee_collector_config_last_reload_successful", 1.0),
    ]:
        assert await prometheus.until(f'{metric}{{job="{job}"}}', bool) == [value]
    told = await prometheus.metadata("zigbee_relay_power_watts")
    assert (told["type"], told["unit"]) == ("gauge", unit)
    assert "tag 152" in told["help"]


async def test_a_value_that_leaves_is_stale_at_once_and_its_counters_stay(
    prometheus: Prometheus, target: str, house: House
) -> None:
    await prometheus.scrape({"stale": target})
    await prometheus.until('zigbee_relay_power_watts{job="stale"}', bool)
    house.statuses = [boiler(values={}, availability=Availability.GONE, lqi=None)]
    # Without a staleness marker the last value would be shown for 5 minutes.
    async with asyncio.timeout(10):
        for gone in ("power_watts", "voltage_volts", "switch_state"):
            query = f'zigbee_relay_{gone}{{job="stale"}}'
            assert await prometheus.until(query, lambda found: not found) == []
    for stays, value in [
        ("up", 0.0),
        ("energy_joules_total", 1125.0),
        ("power_outages_total", 3.0),
        ("last_seen_timestamp_seconds", 1_700_000_000.25),
    ]:
        query = f'zigbee_relay_{stays}{{job="stale"}}'
        assert sorted((await prometheus.query(query)).values()) == [value]


async def test_a_removed_relay_vanishes(
    prometheus: Prometheus, target: str, house: House
) -> None:
    house.statuses = many_relays(3)
    await prometheus.scrape({"removed": target})
    query = 'zigbee_relay_energy_joules_total{job="removed"}'
    await prometheus.until(query, lambda found: len(found) == 3)
    house.statuses.pop()
    await prometheus.until(query, lambda found: len(found) == 2)


async def test_a_rename_forks_no_series_and_is_joined_through_relay_info(
    prometheus: Prometheus, target: str, house: House
) -> None:
    await prometheus.scrape({"renamed": target})
    named = (
        'zigbee_relay_power_watts{job="renamed"} '
        '* on(ieee) group_left(name) zigbee_relay_info{job="renamed"}'
    )
    for name in ("boiler", 'Wärme "unten" \\ links\n2'):
        house.statuses = [boiler(name=name)]
        await prometheus.until(
            f'zigbee_relay_info{{job="renamed",name={json.dumps(name)}}}', bool
        )
        ((labels, watts),) = (await prometheus.query(named)).items()
        assert dict(labels)["name"] == name
        assert watts == 61.481
    ever = 'count(count_over_time({}{{job="renamed"}}[1m]))'
    for metric, series in [("power_watts", 1), ("energy_joules_total", 1), ("info", 2)]:
        query = ever.format(f"zigbee_relay_{metric}")
        assert list((await prometheus.query(query)).values()) == [series]


async def test_two_hundred_relays_are_scraped_whole(
    prometheus: Prometheus, target: str, house: House
) -> None:
    house.statuses = many_relays(200)
    await prometheus.scrape({"many": target})
    samples = await prometheus.until('scrape_samples_scraped{job="many"}', bool)
    assert samples[0] > 200 * 33
    (seconds,) = (
        await prometheus.query('scrape_duration_seconds{job="many"}')
    ).values()
    assert seconds < 1


async def promtool(text: bytes) -> tuple[int | None, bytes]:
    """Return the exit code of `promtool check metrics`, and what it says."""
    checked = await asyncio.create_subprocess_exec(
        need("promtool"),
        *("check", "metrics"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await checked.communicate(text)
    return checked.returncode, said


@pytest.mark.parametrize("relays", [0, 1, 3])
async def test_promtool_finds_nothing_to_say_of_the_text_format(
    house: House, relays: int
) -> None:
    house.statuses = many_relays(relays)
    events.unknown_tag("00:01", 203)
    events.queue_dropped("frames")
    assert await promtool(await house.metrics(openmetrics=False)) == (0, b"")


async def test_promtool_would_have_said_something() -> None:
    code, said = await promtool(b"# TYPE a_total gauge\na_total 1\n")
    assert code != 0
    assert b"a_total" in said
