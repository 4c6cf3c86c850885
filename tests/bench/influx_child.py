"""One side of the InfluxDB benchmark, in a process of its own; says one JSON line.

python -m tests.bench.influx_child SIDE FOLDER URL POINTS

SIDE: ours (report to spool to server), batching (influxdb-client's own batching API),
outage (an hour of 50 relays while the server is away; simulated time).
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from collector.app.threads import background_threads
from collector.clock import SystemClock
from collector.sinks.delivery import Delivery
from collector.sinks.influx import InfluxSink
from collector.sinks.influx_client import InfluxClient, InfluxServer
from collector.sinks.points import Points
from collector.sinks.spool import CHUNK_POINTS, Spool
from tests.servers.influx_points import BUCKET, context, readings

AHEAD = 10_000  # points that may wait in memory: half of what the sink keeps
WARM = 2_000
WARM_COMMITS = 60  # five minutes


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def written_bytes() -> int:
    """What this process has had written to disk, proc(5)."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("write_bytes"):
            return int(line.split()[1])
    return 0


class Ours:
    """The sink of the service, with a spool of its own."""

    def __init__(self, folder: Path, post: Callable[[bytes], Awaitable[Any]]) -> None:
        self.spool = Spool.open(folder / "spool.db", 256 << 20)
        self.delivery = Delivery(self.spool, post, SystemClock())
        self.sink = InfluxSink(
            self.spool, self.delivery, Points("home", {}), breathe=_turn
        )

    async def feed(self, first: int, count: int) -> None:
        for number in range(first, first + count):
            self.sink.report(f"r{number % 50:02d}", readings(number), context())
            if number % 100 == 0:
                await asyncio.sleep(0)
                await until(lambda: self.sink.waiting <= AHEAD)


async def ours(folder: Path, url: str, points: int) -> dict[str, float]:
    """Return points/s from the report to the answer of the server."""
    asyncio.get_running_loop().set_default_executor(background_threads())
    client = InfluxClient(InfluxServer(url=url, bucket=BUCKET))
    side = Ours(folder, client.post)
    tasks = [
        asyncio.create_task(part())
        for part in (side.sink.run_writer, side.sink.run_delivery)
    ]
    await side.feed(0, WARM)
    await until(lambda: not (side.sink.waiting or side.spool.points))
    began, cpu = time.perf_counter(), time.process_time()
    await side.feed(WARM, points)
    fed = time.perf_counter() - began
    await until(lambda: not side.sink.waiting)
    spooled = time.perf_counter() - began
    await until(lambda: _all_delivered(side))
    delivered = time.perf_counter() - began
    found = {
        "fed_seconds": fed,
        "spooled_per_second": points / spooled,
        "per_second": points / delivered,
        "cpu_us": (time.process_time() - cpu) / points * 1e6,
    }
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await client.close()
    return found


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that no event tells."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def _all_delivered(side: Ours) -> bool:
    done = side.delivery.done
    return set(side.spool.numbers) <= done


def batching(url: str, points: int) -> dict[str, float]:
    """Return points/s of influxdb-client's batching API, from Point to close()."""
    from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415
    from influxdb_client.client.write.point import Point  # noqa: PLC0415
    from influxdb_client.client.write_api import WriteOptions  # noqa: PLC0415

    def made(number: int) -> Any:
        power, voltage, state = readings(number)
        beside = context()
        return (
            Point("relay")
            .tag("ieee", power.ieee)
            .tag("site", "home")
            .field("power_w", power.value)
            .field("voltage_v", voltage.value)
            .field("state_l1", int(state.value))
            .field("energy_j", beside.energy_joules)
            .field("link_quality", float(beside.lqi or 0))
            .time(round(power.at.timestamp() * 1000), "ms")
        )

    def write(first: int, count: int) -> None:
        api = client.write_api(WriteOptions(batch_size=5000, flush_interval=1000))
        for number in range(first, first + count):
            api.write(BUCKET, "", made(number))
        api.close()

    with InfluxDBClient(url, token="", org="", enable_gzip=True) as client:
        write(0, WARM)
        began, cpu = time.perf_counter(), time.process_time()
        write(WARM, points)
        seconds = time.perf_counter() - began
    used = time.process_time() - cpu
    return {"per_second": points / seconds, "cpu_us": used / points * 1e6}


async def outage(folder: Path, points: int) -> dict[str, float]:
    """Return memory and bytes on disk over an hour of commits, one each five seconds."""

    async def away(_: bytes) -> Any:
        raise AssertionError("nothing is delivered here")

    side = Ours(folder, away)
    each = points // 720  # commits an hour
    warm = disk = 0.0
    for commit in range(720):
        if commit == WARM_COMMITS:
            warm, disk = resident_mib(), written_bytes()
        await side.feed(commit * each, each)
        await side.sink.flush()
    found = {
        "points": float(side.spool.points),
        "growth_mib": resident_mib() - warm,
        "spool_bytes": side.spool.size / side.spool.points,
        "written_bytes": (written_bytes() - disk) / ((720 - WARM_COMMITS) * each),
    }
    side.spool.close()
    return found


async def _turn() -> None:
    await asyncio.sleep(0)


def main() -> None:
    side, folder, url, points = sys.argv[1:]
    if side == "ours":
        found = asyncio.run(ours(Path(folder), url, int(points)))
    elif side == "batching":
        found = batching(url, int(points))
    else:
        found = asyncio.run(outage(Path(folder), int(points)))
    sys.stdout.write(json.dumps({**found, "chunk": CHUNK_POINTS}) + "\n")


if __name__ == "__main__":
    main()
