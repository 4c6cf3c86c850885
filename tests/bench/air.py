"""The air of a benchmark: the simulator, in a process of its own.

    python -m tests.bench.air RELAYS STAMPS

Takes one JSON line per command on standard input, gives one per answer: first the
port, then for each [rate, count] what was sent. STAMPS is the file that each flood's
frames go to with their moment (empty: nowhere).
"""

import asyncio
import json
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path

from collector.clock import SystemClock
from collector.simulator.flood import Flood
from collector.simulator.settings import SimulatorSettings
from collector.simulator.znp import SimulatedCoordinator

JOIN_SECONDS = 0.05  # between two relays; an interview takes longer than that


class Sender:
    """Sends what the flood makes, and notes when it did."""

    def __init__(self, send: Callable[[bytes], None], *, stamped: bool) -> None:
        self._send = send
        self._stamped = stamped
        self.writes: list[tuple[int, bytes]] = []  # CLOCK_MONOTONIC ns, MT frames

    def __call__(self, data: bytes) -> None:
        if self._stamped:
            self.writes.append((time.monotonic_ns(), data))
        self._send(data)


async def serve(relays: int, stamps: str) -> None:
    """Run the coordinator until standard input ends."""
    settings = SimulatorSettings(
        relays=relays,
        firmware=(47,),
        scenario="quiet",  # nothing is sent but the flood and what the host asks for
        joined=True,
        join_seconds=JOIN_SECONDS,
    )
    clock = SystemClock()
    coordinator = SimulatedCoordinator(settings, clock)
    for relay in coordinator.relays:
        relay.set_state("l1", True)  # power through open contacts would be a fault
    await coordinator.start()
    _say({"port": coordinator.port})
    flood: Flood | None = None
    commands = await standard_input()
    try:
        while line := await commands.readline():
            rate, count = json.loads(line)
            flood = flood or Flood(coordinator.relays)
            sender = Sender(coordinator.send_raw, stamped=bool(stamps))
            started = time.monotonic()
            await flood.run(sender, clock, rate, count)
            seconds = time.monotonic() - started
            if stamps:
                _write(Path(stamps), coordinator, sender)
            lost = coordinator._link.unread_frames
            _say({"sent": count, "seconds": seconds, "lost": lost})
    finally:
        await coordinator.stop()


def _write(path: Path, coordinator: SimulatedCoordinator, sender: Sender) -> None:
    """Write every frame as (ns, relay's address, ZCL frame)."""
    names = {relay.nwk: relay.ieee for relay in coordinator.relays}
    frames = []
    for at, data in sender.writes:
        place = 0
        while place < len(data):  # FE, length, two bytes of command, payload, FCS
            payload = data[place + 4 : place + 4 + data[place + 1]]
            nwk = int.from_bytes(payload[4:6], "little")
            frames.append((at, names[nwk], payload[17 : 17 + payload[16]]))
            place += 5 + data[place + 1]
    path.write_bytes(pickle.dumps(frames))


async def standard_input() -> asyncio.StreamReader:
    """Return standard input as a stream."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


def _say(answer: dict[str, float]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
