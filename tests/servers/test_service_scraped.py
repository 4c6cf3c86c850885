"""The running service, scraped by a real Prometheus: a relay that falls silent."""

from pathlib import Path

import pytest

from tests.integration.service_world import BOILER, FLOOR, world
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.servers.conftest import Prometheus

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(90)]

POWER = 'zigbee_relay_power_watts{{job="silent",ieee="{}"}}'
ENERGY = 'zigbee_relay_energy_joules_total{{job="silent",ieee="{}"}}'
NAMED = (
    'zigbee_relay_power_watts{{job="silent",ieee="{}"}} '
    '* on(ieee) group_left(name) zigbee_relay_info{{job="silent",name="{}"}}'
)


async def test_a_silent_relay_turns_stale_in_the_query_and_keeps_its_counters(
    prometheus: Prometheus, tmp_path: Path
) -> None:
    staleness = {"power_seconds": 3.0}
    polling = {"power_seconds": 0.5}
    async with (
        simulator(relays=2) as air,
        world(tmp_path, air, staleness=staleness, polling=polling) as here,
    ):
        await prometheus.scrape({"silent": here.url.removeprefix("http://")})
        for ieee, name in ((BOILER, "boiler"), (FLOOR, "floor")):
            await prometheus.until(
                NAMED.format(ieee, name), lambda found: len(found) == 1
            )
        air.relay(BOILER).silent = True
        # A stale marker ends the series at once, not after five minutes.
        await prometheus.until(POWER.format(BOILER), lambda found: found == [])
        assert len(await prometheus.query(ENERGY.format(BOILER))) == 1
        assert len(await prometheus.query(POWER.format(FLOOR))) == 1
        air.relay(BOILER).silent = False
        air.relay(BOILER).report_power()
        await prometheus.until(POWER.format(BOILER), lambda found: len(found) == 1)
