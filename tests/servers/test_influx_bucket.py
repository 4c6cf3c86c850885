"""A full spool and another bucket: what waits goes where the configuration points now."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.clock import SystemClock
from collector.sinks.delivery import Delivery
from collector.sinks.influx_client import InfluxClient, InfluxServer
from tests.servers.influx_servers import InfluxDB, fresh_database
from tests.servers.influx_world import BUCKET, line, world

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    yield from fresh_database(tmp_path_factory.mktemp("influxdb"), BUCKET)


async def test_it_goes_to_the_new_one(tmp_path: Path, database: InfluxDB) -> None:
    database.create("other")
    async with world(tmp_path, database) as here:
        here.fill([line(number) for number in range(2000)])
        await here.client.close()
        here.client = InfluxClient(InfluxServer(url=here.door.url, bucket="other"))
        here.delivery = Delivery(here.spool, here.client.post, SystemClock())
        await here.deliver()
    count = 'SELECT count("power_w") FROM "relay"'
    assert database.query(count, "other")[0]["values"][0][1] == 2000
    assert database.query(count, BUCKET) == []
