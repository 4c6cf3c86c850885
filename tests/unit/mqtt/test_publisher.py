"""Topics of relays that change names, leave and come back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.config.mqtt import Mqtt
from collector.model.clock import Now
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.mqtt.message import Message
from collector.mqtt.publisher import Publisher
from collector.mqtt.report import Report
from collector.mqtt.topics import Topics
from tests.clock import ManualClock

ONE, TWO = "00:15:8d:00:03:a0:00:00", "00:15:8d:00:03:a0:00:01"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Ports:
    """Two relays with names."""

    def __init__(self) -> None:
        self.names = {ONE: "x", TWO: "y"}

    def name_of(self, ieee: str) -> str:
        return self.names[ieee]

    def online(self, ieee: str) -> bool:
        return ieee in self.names

    def options_of(self, ieee: str) -> Mapping[str, Any]:
        del ieee
        return {"retain": True}

    def memory_of(self, ieee: str) -> bool | None:
        del ieee
        return None


class Broker:
    """What the broker keeps, by topic."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)
        if message.retain and message.payload:
            self.kept[message.topic] = message.payload
        elif message.retain:
            self.kept.pop(message.topic, None)


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def publisher(ports: Ports, broker: Broker) -> Publisher:
    config = Mqtt.model_validate({"server": "mqtt://127.0.0.1"})
    topics = Topics("b")
    made = Publisher(config, ports, topics, broker.send, ManualClock(), UTC)  # type: ignore[arg-type]
    made.restore({ONE: {"values": {"interlock": True, "power": 5.0}}})
    for ieee in (ONE, TWO):
        made.renew(ieee, whole=True)
        report(made, ieee, 1.0)
    return made


def report(publisher: Publisher, ieee: str, watts: float) -> None:
    reading = Reading(
        ieee=ieee,
        channel=None,
        quantity=Quantity.POWER,
        value=watts,
        at=NOON,
        mono=1.0,
    )
    publisher.report(Report(ieee, [reading], 100, Now(1.0, NOON), False))


def test_two_names_may_change_places(
    publisher: Publisher, ports: Ports, broker: Broker
) -> None:
    ports.names = {ONE: "y", TWO: "x"}
    publisher.appeared(ONE)
    publisher.appeared(TWO)
    assert set(broker.kept) == {"b/x", "b/y", "b/x/availability", "b/y/availability"}


def test_a_relay_that_was_removed_leaves_nothing_and_is_not_remembered(
    publisher: Publisher, broker: Broker
) -> None:
    publisher.disappeared(ONE)
    report(publisher, ONE, 2.0)  # a frame that was on its way
    publisher.answered(ONE, {"state_l1": "ON"})
    assert set(broker.kept) == {"b/y", "b/y/availability"}
    publisher.appeared(ONE)
    report(publisher, ONE, 3.0)
    assert "interlock" not in broker.kept["b/x"]


def test_the_state_of_before_the_restart_is_said_at_once(
    publisher: Publisher, broker: Broker
) -> None:
    del publisher
    first = next(message for message in broker.sent if message.topic == "b/x")
    assert '"interlock":true' in first.payload
