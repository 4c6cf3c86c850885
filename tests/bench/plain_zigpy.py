"""The other side of the comparison: zigpy-znp with listeners that do nothing.

    python -m tests.bench.plain_zigpy PORT DATABASE RELAYS

Says {"ready": true} once every relay has been interviewed, and answers each line on
standard input with how many frames and events it has had.
"""

import asyncio
import json
import sys
from typing import Any

from zigpy.zcl import AttributeReportedEvent, AttributeUpdatedEvent
from zigpy_znp.zigbee.application import ControllerApplication


class Program:
    """What any program on zigpy has: an application listener, events of attributes."""

    def __init__(self, relays: int) -> None:
        self._relays = relays
        self._interviewed = 0
        self.ready = asyncio.Event()
        self.messages = 0
        self.events = 0

    def device_initialized(self, device: Any) -> None:
        self._interviewed += 1
        for number, endpoint in device.endpoints.items():
            if number:  # 0 is ZDO
                for cluster in endpoint.in_clusters.values():
                    for event in (AttributeReportedEvent, AttributeUpdatedEvent):
                        cluster.on_event(event.event_type, self._attribute)
        if self._interviewed == self._relays:
            self.ready.set()

    def handle_message(self, *_: Any) -> None:
        self.messages += 1

    def _attribute(self, _: Any) -> None:
        self.events += 1


async def serve(port: int, database: str, relays: int) -> None:
    """Run until standard input ends."""
    app = ControllerApplication(
        {
            "device": {"path": f"socket://127.0.0.1:{port}", "baudrate": 115200},
            "database_path": database,
            "network": {"channel": 15},
            # Traffic that no measurement wants: off on both sides.
            "ota": {"enabled": False},
            "topology_scan_enabled": False,
            "backup_enabled": False,
        }
    )
    program = Program(relays)
    app.add_listener(program)
    await app._load_db()
    await app.startup(auto_form=True)
    try:
        await program.ready.wait()
        _say({"ready": True})
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            _say({"messages": program.messages, "events": program.events})
    finally:
        await app.shutdown(db=True)


def _say(answer: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
