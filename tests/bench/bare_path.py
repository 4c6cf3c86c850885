"""The least that a cut-off can take: a raw frame arrives, a CRITICAL command is sent.

    python -m tests.bench.bare_path PORT DATABASE RELAYS

No decoding beyond the one float, no calibration, no policy, no confirmation, no state,
no scrape: only the tap in front of zigpy-znp and the radio's own switch. Says
{"ready": true} once every relay has been interviewed; ends with standard input.
"""

import asyncio
import json
import struct
import sys
from typing import Any

from collector.model.command import Origin, SwitchCommand
from collector.radio.application import RelayApplication
from collector.radio.switch import switch
from tests.bench.overload_air import LIMIT_WATTS

_HEADER = struct.Struct("<HHHBBBBBIBB")  # AF_INCOMING_MSG up to the ZCL frame
_REPORT = b"\x0a\x55\x00\x39"  # of AnalogInput's present value
_ANALOG_INPUT = 0x000C


class BarePath:
    """Sends OFF for L1 of whoever reports more than the limit."""

    def __init__(self, relays: int) -> None:
        self._relays = relays
        self._nwks: dict[int, str] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._number = 0
        self.app: RelayApplication
        self.ready = asyncio.Event()

    def device_initialized(self, device: Any) -> None:
        self._nwks[int(device.nwk)] = str(device.ieee)
        if len(self._nwks) == self._relays:
            self.ready.set()

    def take(self, data: bytes) -> bool:
        """Look at one raw frame; reports of relays are nobody else's."""
        _, cluster, nwk, *_ = _HEADER.unpack_from(data)
        frame = data[_HEADER.size :]
        ieee = self._nwks.get(nwk)
        if ieee is None or len(frame) < 3 or frame[0] & 0x03:
            return False
        if cluster == _ANALOG_INPUT and frame[2:6] == _REPORT:
            if struct.unpack("<f", frame[6:10])[0] > LIMIT_WATTS:
                self._cut(ieee)
            return True
        return frame[4 if frame[0] & 0x04 else 2] == 0x0A

    def _cut(self, ieee: str) -> None:
        self._number += 1
        command = SwitchCommand(
            number=self._number,
            attempt=1,
            ieee=ieee,
            channel="l1",
            on=False,
            origin=Origin.POLICY,
            cut_off=True,
            seconds=2.0,
        )
        task = asyncio.get_running_loop().create_task(
            switch(self.app, command, lambda _: None)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def serve(port: int, database: str, relays: int) -> None:
    """Run until standard input ends."""
    bare = BarePath(relays)
    app = bare.app = RelayApplication(
        {
            "device": {"path": f"socket://127.0.0.1:{port}", "baudrate": 115200},
            "database_path": database,
            "network": {"channel": 15},
            "znp_config": {"sync_request_timeout": 2, "async_response_timeout": 5},
            "watchdog_enabled": False,
            "ota": {"enabled": False},
            "topology_scan_enabled": False,
            "backup_enabled": False,
        },
        bare.take,
    )
    app.add_listener(bare)
    await app._load_db()
    await app.startup(auto_form=True)
    try:
        await bare.ready.wait()
        sys.stdout.write(json.dumps({"ready": True}) + "\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    finally:
        await app.shutdown(db=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
