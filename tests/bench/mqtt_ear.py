"""A subscriber that stamps every message on its arrival, in a process of its own.

    python -m tests.bench.mqtt_ear PORT TOPIC

A plain socket and a thread that only receives: a library's own turns would be measured
with. To each line of standard input it answers with the messages so far, once nothing
has come for QUIET_SECONDS, and forgets them: [ns of its arrival on CLOCK_MONOTONIC,
topic, payload] of each.
"""

import json
import socket
import sys
import threading
import time

from tests.bench.mqtt_wire import CHUNK, Stream, connected, subscribe

QUIET_SECONDS = 0.5


class Ear:
    """What came, as it came, with its moment."""

    def __init__(self, broker: socket.socket) -> None:
        self._broker = broker
        self._pieces: list[tuple[int, bytes]] = []
        self._stream = Stream()
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        receive, stamp = self._broker.recv, time.monotonic_ns
        while data := receive(CHUNK):
            self._pieces.append((stamp(), data))

    def heard(self) -> list[tuple[int, str, str]]:
        """Return and forget the messages so far, once it is quiet."""
        last = -1
        while last != len(self._pieces):
            last = len(self._pieces)
            time.sleep(QUIET_SECONDS)
        pieces, self._pieces[:last] = self._pieces[:last], []
        return [
            (at, topic, payload.decode())
            for at, data in pieces
            for topic, payload in self._stream.feed(data)
        ]


def serve(port: int, topic: str) -> None:
    """Listen until standard input ends."""
    broker = connected(port, "bench-ear")
    subscribe(broker, topic)
    ear = Ear(broker)
    _say({"ready": True})
    for _ in sys.stdin:
        _say({"messages": ear.heard()})


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
