"""What is counted and said of the MQTT broker."""

import logging
from collections.abc import Callable, Iterator

import pytest

from collector import events
from collector.events.instruments import REGISTRY
from collector.events.mqtt import MESSAGE_OUTCOMES
from collector.events.repetition import _said, _times

PREFIX = "zigbee_collector_mqtt_"


@pytest.fixture(autouse=True)
def afresh(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="collector")
    _times.clear()
    _said.clear()


@pytest.fixture
def watched() -> Iterator[None]:
    """A broker is configured, and seven messages wait for it."""
    end = events.watch_mqtt(lambda: 7)
    yield
    end()


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"{PREFIX}{name}", labels)


def counted(name: str, **labels: str) -> float:
    value = shown(name, **labels)
    assert value is not None
    return value


def families() -> set[str]:
    return {
        family.name.removeprefix(PREFIX)
        for family in REGISTRY.collect()
        if family.name.startswith(PREFIX)
    }


def waiting() -> float | None:
    return REGISTRY.get_sample_value("zigbee_collector_queue_depth", {"queue": "mqtt"})


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(each.levelname, each.getMessage()) for each in caplog.records]


def test_the_families_are_there_only_while_a_broker_is_configured() -> None:
    assert families() == set()
    end = events.watch_mqtt(lambda: 7)
    assert families() == {"connected", "messages", "reconnects"}
    assert waiting() == 7
    end()
    assert families() == set()
    assert waiting() == 0
    end()  # any number of times


def test_the_last_one_is_the_one_that_is_watched() -> None:
    end_first = events.watch_mqtt(lambda: 1)
    end_second = events.watch_mqtt(lambda: 2)
    end_first()
    assert waiting() == 2
    assert families() == {"connected", "messages", "reconnects"}
    end_second()
    assert families() == set()


def test_every_outcome_is_there_from_the_start_and_counted(watched: None) -> None:
    def all_of_them() -> list[float]:
        return [
            counted("messages_total", direction=direction, outcome=outcome)
            for direction, outcome in MESSAGE_OUTCOMES
        ]

    before = all_of_them()
    for times, outcome in enumerate(MESSAGE_OUTCOMES):
        events.mqtt_message(*outcome, times)
    events.mqtt_message("out", "sent")
    after = all_of_them()
    gained = [new - old for new, old in zip(after, before, strict=True)]
    assert gained == [1, 1, 2, 3, 4, 5]


def test_the_connection_is_shown(watched: None) -> None:
    assert counted("connected") == 0
    for event, shows in (
        (events.mqtt_connected, 1),
        (events.mqtt_lost, 0),
        (events.mqtt_connected, 1),
        (events.mqtt_denied, 1),
        (events.mqtt_refused, 0),
        (events.mqtt_connected, 1),
    ):
        event("x")
        assert counted("connected") == shows
    events.mqtt_closed()
    assert counted("connected") == 0


def test_each_loss_and_refusal_is_a_reconnect(watched: None) -> None:
    before = counted("reconnects_total")
    events.mqtt_refused("x")
    events.mqtt_refused("x")
    events.mqtt_connected("mqtt://h")
    events.mqtt_denied("x")
    events.mqtt_lost("x")
    events.mqtt_connected("mqtt://h")
    assert counted("reconnects_total") - before == 3


@pytest.mark.parametrize(
    "event", [events.mqtt_lost, events.mqtt_refused, events.mqtt_denied]
)
def test_the_last_error_has_a_time_once_there_is_one(
    event: Callable[[str], None],
) -> None:
    end = events.watch_mqtt(lambda: 0)
    assert shown("last_error_timestamp_seconds") is None
    event("x")
    assert counted("last_error_timestamp_seconds") > 1.7e9
    end()
    end = events.watch_mqtt(lambda: 0)
    assert shown("last_error_timestamp_seconds") is None
    end()


def test_each_trouble_is_said_once_until_connected_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(2):
        for _ in range(3):
            events.mqtt_refused("no such host")
            events.mqtt_refused("not authorized")
        events.mqtt_connected("mqtt://h")
        events.mqtt_denied("not this topic")
        events.mqtt_denied("not this topic")
        events.mqtt_lost("hung up")
        events.mqtt_lost("hung up")
        caplog.records.append(logging.makeLogRecord({"msg": "-", "levelname": ""}))
    events.mqtt_connected("mqtt://h")
    first = [
        ("WARNING", "MQTT has no connection, trying on: no such host"),
        ("WARNING", "MQTT has no connection, trying on: not authorized"),
        ("INFO", "MQTT connected: server=mqtt://h"),
        ("WARNING", "MQTT broker does not allow it: not this topic"),
        ("WARNING", "MQTT connection lost: hung up"),
        ("", "-"),
    ]
    assert said(caplog) == [*first, *first, first[2]]


def test_a_broker_that_invents_sentences_does_not_fill_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(1_500):
        events.mqtt_refused(f"reason {number}")
    assert len(caplog.records) == 1_000
    events.mqtt_connected("mqtt://h")


def test_what_the_broker_sent_and_nobody_took_is_said_ever_more_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(12):
        events.mqtt_message("in", "dropped", 2)
        events.mqtt_message("out", "dropped")  # queue_dropped says it
        events.mqtt_message("in", "refused")
    assert said(caplog) == [
        ("ERROR", f"MQTT messages from the broker dropped: times={times} count=2")
        for times in (1, 10)
    ]
