"""What happens on the way to the MQTT broker, and back."""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import Counter, Gauge, Metric
from prometheus_client.registry import Collector

from collector.events.instruments import REGISTRY
from collector.events.repetition import first, forget, tenfold
from collector.events.service import watch_queue

_LOG = logging.getLogger("collector")

MESSAGE_OUTCOMES: Final = (
    ("out", "sent"),  # to the broker; with qos 1 or 2 it has said so
    ("out", "dropped"),  # from a full queue, while the broker took nothing
    ("in", "accepted"),
    ("in", "refused"),  # answered with an error
    ("in", "ignored"),  # retained commands, and what is nobody's topic
    ("in", "dropped"),  # larger than 1 MiB, or more at once than can wait
)
_PREFIX = "zigbee_collector_mqtt_"
_CONNECTED = Gauge(
    f"{_PREFIX}connected", "1 while the broker is connected.", registry=None
)
_MESSAGES = Counter(
    f"{_PREFIX}messages_total",
    "MQTT messages by direction and what became of them.",
    ["direction", "outcome"],
    registry=None,
)
_RECONNECTS = Counter(
    f"{_PREFIX}reconnects_total",
    "Attempts to connect anew, one after each loss or refusal.",
    registry=None,
)
_LAST_ERROR = Gauge(
    f"{_PREFIX}last_error_timestamp_seconds",
    "When the broker was last lost, or refused something, Unix time.",
    registry=None,
)
MQTT_COMPLAINT: Final = "MQTT message refused:"
_SAID: Final = "mqtt"
_MOST_SAID: Final = 1_000  # a broker can invent sentences
_troubles: Final[set[str]] = set()  # said since the last connection


class _Families(Collector):
    """The families of one broker; there are none where none is configured."""

    failed = False

    def collect(self) -> Iterable[Metric]:
        """Yield what is known: an error there never was has no time."""
        yield from _CONNECTED.collect()
        yield from _MESSAGES.collect()
        yield from _RECONNECTS.collect()
        if self.failed:
            yield from _LAST_ERROR.collect()


_families: _Families | None = None


def watch_mqtt(queue_length: Callable[[], int]) -> Callable[[], None]:
    """Show the broker's figures from now on; return what ends that.

    `queue_length`: messages that wait to be sent, asked at each scrape.
    """
    global _families  # noqa: PLW0603  # the registry is one for the process, too
    if _families is not None:
        REGISTRY.unregister(_families)
    for direction, outcome in MESSAGE_OUTCOMES:
        _MESSAGES.labels(direction, outcome)
    _CONNECTED.set(0)
    watch_queue(_SAID, queue_length)
    families = _families = _Families()
    REGISTRY.register(families)

    def end() -> None:
        global _families  # noqa: PLW0603
        if _families is families:
            REGISTRY.unregister(families)
            _families = None
            watch_queue(_SAID, lambda: 0)  # and let go of the queue

    return end


def mqtt_connected(server: str) -> None:
    """The broker has taken us; every trouble may be said again."""
    _CONNECTED.set(1)
    for sentence in _troubles:
        forget(_SAID, sentence)
    _troubles.clear()
    _LOG.info("MQTT connected: server=%s", server)


def mqtt_lost(sentence: str) -> None:
    """The connection broke and is about to be made anew."""
    _RECONNECTS.inc()
    _CONNECTED.set(0)
    _trouble("MQTT connection lost: %s", sentence)


def mqtt_refused(sentence: str) -> None:
    """There was no connection; it is tried again."""
    _RECONNECTS.inc()
    _CONNECTED.set(0)
    _trouble("MQTT has no connection, trying on: %s", sentence)


def mqtt_denied(sentence: str) -> None:
    """The connected broker does not allow something; the connection stays."""
    _trouble("MQTT broker does not allow it: %s", sentence)


def mqtt_closed() -> None:
    """We have left the broker in good order."""
    _CONNECTED.set(0)


def mqtt_message(direction: str, outcome: str, count: int = 1) -> None:
    """So many messages came to this end, one of MESSAGE_OUTCOMES."""
    _MESSAGES.labels(direction, outcome).inc(count)
    if (direction, outcome) != ("in", "dropped"):
        return  # of "out", queue_dropped says it
    if times := tenfold(_SAID, "dropped"):
        _LOG.error(
            "MQTT messages from the broker dropped: times=%d count=%d", times, count
        )


def mqtt_complaint(kind: str, sentence: str) -> bool:
    """A message could not be carried out; said at the 1st, 10th … of its kind.

    Return whether it was said.
    """
    times = tenfold(_SAID, kind)
    if times:
        _LOG.warning(f"{MQTT_COMPLAINT} %s times=%d", sentence, times)
    return times > 0


def _trouble(text: str, sentence: str) -> None:
    """Say each sentence once until connected again; keep the time of each."""
    _LAST_ERROR.set_to_current_time()
    if _families is not None:
        _families.failed = True
    if len(_troubles) < _MOST_SAID and first(_SAID, sentence):
        _troubles.add(sentence)
        _LOG.warning(text, sentence)
