"""A disk that takes nothing more, and then does again."""

import asyncio
import resource
from pathlib import Path

import pytest

from tests.integration.process_world import get, running, sample, write_config
from tests.integration.service_world import BOILER, RELAYS
from tests.integration.simulator_world import LOOPBACK

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(90)]


async def test_a_full_disk_costs_no_scrape_and_no_count(tmp_path: Path) -> None:
    config = write_config(
        tmp_path / "collector.yaml",
        radio={"path": "simulator", "simulator": {"relays": 1, "speed": 60}},
        relays=RELAYS[:1],
    )
    async with running("run", "--config", config, cwd=tmp_path) as service:
        url = (await service.said(r"HTTP listener open: url=(\S+)"))[1] + "/metrics"

        async def energy(least: float) -> float:
            async with asyncio.timeout(30):
                while True:
                    value = sample(
                        await get(url), "zigbee_relay_energy_joules_total", ieee=BOILER
                    )
                    if value is not None and value > least:
                        return value

        await energy(0.0)
        # No file of the service may grow from now on, as on a disk that is full.
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (1, -1))
        await service.said("Disk write failed, trying on: path=state.db")
        full = await energy(0.0)
        text = await get(url)
        assert sample(text, "zigbee_relay_up", ieee=BOILER) == 1.0
        assert sample(text, "zigbee_relay_power_watts", ieee=BOILER) is not None
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        await service.said("Disk writes work again: path=state.db")
        # What was used meanwhile is counted: the register went on.
        assert await energy(full) > full
        assert await service.stop() == 0
        assert "Traceback" not in service.log()
