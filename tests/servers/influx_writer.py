"""The InfluxDB sink of the service alone, fed with numbered points, to be killed.

    python -m tests.servers.influx_writer FOLDER URL FIRST COUNT PER_SECOND

Says `acked N` whenever N of its points are in the spool, `empty` when all are delivered.
"""

import asyncio
import sys
from pathlib import Path

from collector import events
from collector.app.threads import background_threads
from collector.clock import SystemClock
from collector.events.influx import POINTS
from collector.sinks import influx, sender
from collector.sinks.delivery import Delivery
from collector.sinks.influx import InfluxSink
from collector.sinks.influx_client import InfluxClient, InfluxServer
from collector.sinks.points import Points
from collector.sinks.spool import Spool
from tests.servers.influx_points import BUCKET, context, readings

STEP_SECONDS = 0.02


async def write(folder: Path, url: str, first: int, count: int, rate: int) -> None:
    asyncio.get_running_loop().set_default_executor(background_threads())
    influx.WINDOW_SECONDS = 0.2  # type: ignore[misc]  # more commits to be killed in
    sender.LAST_WAIT = 2.0  # type: ignore[misc]
    spool = Spool.open(folder / "spool.db", 64 << 20)
    end = events.watch_influx(spool)
    client = InfluxClient(InfluxServer(url=url, bucket=BUCKET), request_seconds=5.0)
    delivery = Delivery(spool, client.post, SystemClock())
    sink = InfluxSink(spool, delivery, Points("home", {}), breathe=_turn)
    tasks = [
        asyncio.create_task(part()) for part in (sink.run_writer, sink.run_delivery)
    ]
    tasks.append(asyncio.create_task(_say_acked()))
    number = first
    while number < first + count:
        for _ in range(max(1, round(rate * STEP_SECONDS))):
            if number < first + count:
                sink.report(f"r{number % 50:02d}", readings(number), context())
                number += 1
        await asyncio.sleep(STEP_SECONDS)
    while _spooled() < count or spool.points:  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0.05)
    _say("empty")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await sink.close()
    await client.close()
    end()
    spool.close()


def _spooled() -> int:
    # Each report of a new relay brings its relay_info, too.
    return int(POINTS.labels("spooled")._value.get())


async def _say_acked() -> None:
    before = -1
    while True:
        now = _spooled()
        if now != before:
            before = now
            _say(f"acked {now}")
        await asyncio.sleep(0.005)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _turn() -> None:
    await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(
        write(
            Path(sys.argv[1]),
            sys.argv[2],
            int(sys.argv[3]),
            int(sys.argv[4]),
            int(sys.argv[5]),
        )
    )
