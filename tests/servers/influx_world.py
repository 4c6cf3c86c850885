"""A spool, its delivery, and a door in front of a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from collector.clock import SystemClock
from collector.sinks.delivery import Delivery
from collector.sinks.influx_client import InfluxClient, InfluxServer
from collector.sinks.spool import Spool
from collector.sinks.spool_file import Line
from tests.servers.influx_servers import Door, InfluxDB, VictoriaMetrics

BUCKET = "energy"
START = 1_772_366_400_000  # ms: 2026-03-01T12:00:00Z
POINTS = 4_000


def line(number: int, text: str = "") -> Line:
    """A point of its own time, whose value tells which one it is."""
    relay = number % 50
    stamp = START + number
    fields = text or f"power_w={number}.5,state_l1={number % 2}i"
    return Line(f"relay,ieee=r{relay:02d},site=home {fields} {stamp}", stamp)


class World:
    """A spool, its delivery, and a door in front of a real server."""

    def __init__(self, folder: Path, door: Door) -> None:
        self.door = door
        self.spool = Spool.open(folder / "spool.db", 64 << 20)
        self.token = "right"  # noqa: S105
        self.client = InfluxClient(
            InfluxServer(url=door.url, bucket=BUCKET, token=lambda: self.token),
            request_seconds=3.0,
        )
        self.delivery = Delivery(
            self.spool, self.client.post, SystemClock(), batch_points=1000
        )

    def fill(self, lines: list[Line]) -> None:
        for begin in range(0, len(lines), 250):
            self.spool.commit(lines[begin : begin + 250])

    async def deliver(self) -> None:
        """Run until nothing waits any longer."""
        running = asyncio.create_task(self.delivery.run())
        while self.spool.points:
            await asyncio.sleep(0.01)
            assert not running.done(), running
            done, dead = frozenset(self.delivery.done), tuple(self.delivery.dead)
            self.spool.commit((), done, dead)
            self.delivery.done -= done
            del self.delivery.dead[: len(dead)]
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def world(
    folder: Path, server: InfluxDB | VictoriaMetrics
) -> AsyncIterator[World]:
    door = Door(server)
    await door.open()
    here = World(folder, door)
    try:
        yield here
    finally:
        await here.client.close()
        await door.close()
        here.spool.close()
