"""A publisher of one relay, and a clock that the test moves."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from collector.mqtt.message import Message
from collector.mqtt.publishing import RelayPublisher, merged

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPIC = "zigbee2mqtt/relay"


class World:
    """A publisher, what it has sent and when; time only moves when a test says so."""

    def __init__(self, **options: Any) -> None:
        self.now = 1_000.0
        self.sent: list[tuple[float, Message]] = []
        self.publisher = RelayPublisher(TOPIC, merged({}, options), self._send)

    def _send(self, message: Message) -> None:
        self.sent.append((self.now, message))

    def frame(self, values: Mapping[str, Any], **more: Any) -> None:
        self.publisher.received(values, self.now, lqi=None, at=AT, **more)

    def advance(self, seconds: float, late: float = 0.0) -> None:
        """Let time pass; what is due is flushed, `late` seconds after its moment."""
        until = self.now + seconds
        while (due := self.publisher.next_due() + late) <= until:
            self.now = max(self.now, due)
            self.publisher.flush(self.now)
        self.now = until

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(message.payload) for _, message in self.sent]

    @property
    def last(self) -> dict[str, Any]:
        return self.payloads[-1]

    @property
    def times(self) -> list[float]:
        return [at - 1_000 for at, _ in self.sent]
