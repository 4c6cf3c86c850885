"""A client that floods `set`: as many messages that nobody understands as valid ones.

    python -m tests.bench.mqtt_loud PORT BASE RELAY

Takes one JSON line per command and answers each: {"rate": r} sends r of each kind a
second until {"rate": 0}, whose answer is what was sent. Valid ones switch L2 of RELAY.
"""

import json
import selectors
import sys
import time
from itertools import cycle

from tests.bench.mqtt_wire import connected, publish

TURN_SECONDS = 0.005  # what is due goes out together


class Loud:
    """Messages in turn: a valid one, and one that is not."""

    def __init__(self, port: int, base: str, relay: str) -> None:
        self._broker = connected(port, "bench-loud")
        topic = f"{base}/{relay}/set"
        valid = cycle(
            publish(topic, b'{"state_l2":"%b"}' % word) for word in (b"ON", b"OFF")
        )
        malformed = cycle(
            (
                publish(topic, b'{"state_l1":'),  # no JSON
                publish(topic, b'{"state_l1":"AJAR"}'),  # no state
                publish(topic, b'{"colour":"red"}'),  # no such key
                publish(topic, b"\xff\xfe"),  # no text
                publish(f"{base}/nobody/set", b'{"state_l1":"OFF"}'),
            )
        )
        self._pairs = (next(valid) + next(malformed) for _ in iter(int, 1))
        self._began = 0.0
        self._sent = 0
        self.rate = 0.0

    def begin(self, rate: float) -> dict[str, float]:
        """Send so many pairs a second from now on."""
        self.rate, self._began, self._sent = rate, time.monotonic(), 0
        return {"rate": rate}

    def send_due(self) -> None:
        """Send what is due by now."""
        due = int((time.monotonic() - self._began) * self.rate)
        self._broker.sendall(
            b"".join(next(self._pairs) for _ in range(due - self._sent))
        )
        self._sent = due

    def end(self) -> dict[str, float]:
        """Stop; return how many pairs went out, and in how many seconds."""
        self.rate = 0.0
        return {"pairs": self._sent, "seconds": time.monotonic() - self._began}


def serve(loud: Loud) -> None:
    """Send as told until standard input ends."""
    _say({"ready": True})
    with selectors.DefaultSelector() as news:
        news.register(sys.stdin, selectors.EVENT_READ)
        while True:
            if not news.select(TURN_SECONDS if loud.rate else None):
                loud.send_due()
                continue
            line = sys.stdin.readline()
            if not line:
                return
            if rate := json.loads(line)["rate"]:
                _say(loud.begin(rate))
            else:
                _say(loud.end())


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(Loud(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
