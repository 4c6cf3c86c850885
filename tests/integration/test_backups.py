"""The nightly copies: sound, private, and good for a new start."""

import json
from pathlib import Path

import pytest

from tests.integration.service_world import BOILER, configuration, serving, world
from tests.integration.simulator_world import LOOPBACK, simulator

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


async def test_a_damaged_database_is_replaced_by_the_nights_copy(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    async with simulator(relays=1) as air:
        async with world(tmp_path, air) as here:
            assert here.service.jobs is not None
            await here.service.jobs.backup()
            key = json.loads((data / "backups" / "coordinator.json").read_text("utf-8"))
            assert key["metadata"]["format"] == "zigpy/open-coordinator-backup"
            assert key["channel"] == 15
            for file in (data / "backups").iterdir():
                assert file.stat().st_mode & 0o777 == 0o600
        (data / "zigbee.db").write_bytes(b"no database at all" * 400)
        async with serving(configuration(tmp_path, air.port)) as here:
            await here.ready()
            # Known at once, without a word from the relay.
            assert BOILER in here.relays_known()


async def test_a_backup_without_a_radio_is_said_and_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(configuration(tmp_path, 1)) as here:
        await here.service.ports
        assert here.service.jobs is not None
        await here.service.jobs.backup()
        assert "Backup failed" in caplog.text
        assert (await here.get("/healthz"))[0] == 200
