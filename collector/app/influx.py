"""The InfluxDB sink, put together; its library is loaded only where it is configured."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from collector import events
from collector.app.line import Line
from collector.clock import SystemClock
from collector.config.influx import Influx
from collector.config.schema import Config
from collector.config.secret_files import read_secret
from collector.model.clock import Clock, Now
from collector.model.decision import PolicyEvent
from collector.model.quantity import Quantity
from collector.model.reading import Reading

if TYPE_CHECKING:
    from collector.sinks.dead_letters import DeadLetter
    from collector.sinks.influx import InfluxSink
    from collector.sinks.points import Points

MIB = 1024 * 1024


class InfluxPart:
    """Hears the line, and gives what it hears to the sink."""

    def __init__(
        self, line: Line, clock: Clock, sink: "InfluxSink", points: "Points"
    ) -> None:
        self.sink = sink
        self._points = points
        self._line = line
        self._clock = clock
        self._resets: dict[str, int] = {}  # of each relay's energy register

    @classmethod
    async def open(
        cls, config: Config, line: Line, clock: Clock, stack: AsyncExitStack
    ) -> "InfluxPart | None":
        """Open the spool; None where no server is configured. Waits for no server."""
        if config.influxdb is None:
            return None
        # Only here: without a server its 20 MiB are not carried.
        from collector.sinks.delivery import Delivery  # noqa: PLC0415
        from collector.sinks.influx import InfluxSink  # noqa: PLC0415
        from collector.sinks.influx_client import InfluxClient  # noqa: PLC0415
        from collector.sinks.points import Points  # noqa: PLC0415
        from collector.sinks.spool import NAME, Spool  # noqa: PLC0415

        influx = config.influxdb
        spool = await asyncio.to_thread(
            Spool.open,
            config.data_dir / NAME,
            influx.spool_max_mib * MIB,
            events.damage_repaired,
        )
        stack.callback(spool.close)
        stack.callback(events.watch_influx(spool))
        client = InfluxClient(server_of(influx))
        stack.push_async_callback(client.close)
        # A server's seconds are real ones, whatever the clock of the line does.
        delivery = Delivery(spool, client.post, SystemClock())
        points = Points(config.site, influx.tags)
        sink = InfluxSink(spool, delivery, points, breathe=line.hands.breathe)
        stack.push_async_callback(sink.close)
        part = cls(line, clock, sink, points)
        line.hear(lambda frame, readings, now: part.report(frame.ieee, readings, now))
        line.hands.listen(part.decided)
        return part

    def report(self, ieee: str, readings: tuple[Reading, ...], now: Now) -> None:
        """Take what a frame brought, with what is known of the relay beside it."""
        pipeline = self._line.pipeline
        record = pipeline.record(ieee)
        if record is None:
            return
        engine = pipeline.policies.engine
        limit = engine.house.limit(Quantity.POWER)
        power, _ = engine.meters.split(ieee, now.mono, limit)
        beside = record.context(power)
        self.sink.report(ieee, readings, beside)
        before = self._resets.setdefault(ieee, beside.register_resets)
        if beside.register_resets > before:
            self._resets[ieee] = beside.register_resets
            self._happened("reset", "the energy register fell", ieee)

    def decided(self, event: PolicyEvent, name: str) -> None:
        """Take an entry of the record."""
        del name
        self.sink.decided(event)

    async def dead_letters(self) -> "list[DeadLetter]":
        """Return the points that the server refuses, the oldest first."""
        return await asyncio.to_thread(self.sink.spool.dead_letters)

    async def retry_dead(self) -> int:
        """Put them on their way again; return how many."""
        retried = await asyncio.to_thread(self.sink.spool.retry_dead)
        self.sink.wake()
        return retried

    async def drop_dead(self) -> int:
        """Forget them; return how many."""
        return await asyncio.to_thread(self.sink.spool.drop_dead)

    def roster(self, ieee: str, word: str) -> None:
        """A relay has joined, left or been removed."""
        if word in {"joined", "left", "removed"}:
            self._happened("join", word, ieee)

    def clock_jumped(self, seconds: float) -> None:
        """The wall clock was set; points keep the times that they had."""
        self._happened("clock_jump", f"the wall clock jumped by {seconds:+.1f} s")

    def _happened(self, kind: str, reason: str, ieee: str = "") -> None:
        at = self._clock.now().wall
        self.sink.event(self._points.event(kind, at, {"reason": reason}, ieee=ieee))


def server_of(influx: Influx) -> Any:
    """Return where points go, as the configuration says."""
    from collector.sinks.influx_client import InfluxServer  # noqa: PLC0415

    file = influx.token_file
    token: Callable[[], str | None] = lambda: read_secret(file) if file else None  # noqa: E731
    return InfluxServer(
        url=influx.url,
        bucket=influx.bucket,
        org=influx.org or "",
        ca_file=influx.ca_file,
        token=token,
    )
