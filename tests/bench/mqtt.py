"""The MQTT interface: how long a frame takes to it, what it weighs, whom it delays."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.bench.children import Air, Child, stopped_at_the_end
from tests.bench.cutoff import bare_path, in_turns, policies, protecting
from tests.bench.influx import NullServer
from tests.bench.mqtt_pairs import figures, pairs, sent_by
from tests.bench.mqtt_wire import connected, publish
from tests.bench.service import PROMETHEUS, Service
from tests.servers.influx_points import BUCKET
from tests.servers.mosquitto import Mosquitto

RATES = (100, 400)  # reports/s
SECONDS = 20.0  # at each
WARM_RATE, WARM = 800, 20_000  # reports/s, reports: as many as in `memory`
LOOPBACKS = 400  # messages of the broker and the subscriber alone
LOUD = 1000  # valid messages/s, and as many that are not
TRIALS, ROUNDS = 240, 3
OVERLOADED = 17  # relays with a threshold of their own; three more policies for all
BASE = "zigbee2mqtt"
LOOPBACK = f"{BASE}/loopback"
_C = TypeVar("_C", bound=Child)
MQTT = """\
mqtt: {{server: "{url}", base_topic: "{base}", homeassistant: {{enabled: true}}}}
"""
INFLUX = """\
influxdb: {{url: "{url}", bucket: {bucket}}}
"""


class Ear(Child):
    """A subscriber to the relays' states."""

    def __init__(self, folder: Path, port: int) -> None:
        module = "tests.bench.mqtt_ear"
        super().__init__(module, str(port), f"{BASE}/+", log=folder / "ear.log")
        self.hear()

    def heard(self) -> list[tuple[int, str, str]]:
        """Return what came since the last time, once it is quiet."""
        self.say("heard")
        return [(at, topic, text) for at, topic, text in self.hear()["messages"]]


class Loud(Child):
    """A client that floods `set`."""

    def __init__(self, folder: Path, port: int, relay: str) -> None:
        module = "tests.bench.mqtt_loud"
        super().__init__(module, str(port), BASE, relay, log=folder / "loud.log")
        self.hear()
        self.pairs = 0
        self.seconds = 0.0

    @contextmanager
    def flooding(self, rate: float) -> Iterator[None]:
        """Send so many messages of each kind a second until the end of the context."""
        self.say({"rate": rate})
        self.hear()
        try:
            yield
        finally:
            self.say({"rate": 0})
            answer = self.hear()
            self.pairs += int(answer["pairs"])
            self.seconds += float(answer["seconds"])


def measure(
    folder: Path,
    *,
    relays: int = 50,
    rates: tuple[int, ...] = RATES,
    seconds: float = SECONDS,
    warm: int = WARM,
    overloaded: int = OVERLOADED,
    loud: int = LOUD,
    trials: int = TRIALS,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Return the figures of all three, each on the whole service and a real broker."""
    with _broker(folder) as broker:
        everything = _everything(folder, broker, relays, rates, seconds, warm)
        protection = _protection(
            folder,
            broker,
            relays=relays,
            overloaded=overloaded,
            rate=rates[-1],
            loud=loud,
            trials=trials,
            rounds=rounds,
        )
    return {**everything, "loud": protection}


@contextmanager
def _broker(folder: Path) -> Iterator[Mosquitto]:
    """Run mosquitto; it passes each message on at once, as is asked of us, too."""
    broker = Mosquitto(folder, settings="set_tcp_nodelay true")
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@contextmanager
def _running(child: _C) -> Iterator[_C]:
    with stopped_at_the_end(child):
        yield child


def _everything(
    folder: Path,
    broker: Mosquitto,
    relays: int,
    rates: tuple[int, ...],
    seconds: float,
    warm: int,
) -> dict[str, Any]:
    """Return memory and latencies of one service with all that can be configured."""
    stamps = folder / "sent.pickle"
    with (
        _running(Ear(folder, broker.port)) as ear,
        _running(NullServer(folder)) as server,
        _running(Air(folder, relays, stamps)) as air,
    ):
        alone = _loopback(broker.port, ear)
        more = (
            policies(min(OVERLOADED, relays))
            + INFLUX.format(url=server.url, bucket=BUCKET)
            + MQTT.format(url=broker.url, base=BASE)
        )
        with _running(Service(folder, air.port, relays, more=more)) as service:
            memory = _memory(service, air, ear, relays, warm)
            latency = {}
            for rate in rates:
                before = service.cpu_seconds
                took = air.flood(rate, round(rate * seconds))
                share = (service.cpu_seconds - before) / took
                found = figures(pairs(sent_by(stamps), ear.heard()))
                latency[str(rate)] = found | {"cpu_share": share}
    return {"loopback": alone, "memory": memory, "latency": latency}


def _memory(
    service: Service, air: Air, ear: Ear, relays: int, warm: int
) -> dict[str, Any]:
    """Return MiB after the warm-up; RuntimeError where a relay's state is not heard."""
    started, before = service.resident_mib, service.frames()["decoded"]
    air.flood(WARM_RATE, warm)
    service.scrape(**PROMETHEUS)
    told = {topic for _, topic, _ in ear.heard()} - {LOOPBACK}
    decoded = service.frames()["decoded"] - before
    if decoded != warm or len(told) != relays:
        raise RuntimeError(
            f"{warm} sent, {decoded} decoded; states of {len(told)} of {relays} relays"
        )
    return {"start_mib": started, "warm_mib": service.resident_mib, "reports": warm}


def _loopback(port: int, ear: Ear) -> dict[str, float]:
    """Return what broker and subscriber take by themselves, ms."""
    broker = connected(port, "bench-loopback")
    for _ in range(LOOPBACKS):
        time.sleep(1 / RATES[-1])
        broker.sendall(publish(LOOPBACK, b"%d" % time.monotonic_ns()))
    heard = [(at - int(text)) / 1e6 for at, topic, text in ear.heard()]
    broker.close()
    if len(heard) != LOOPBACKS:
        raise RuntimeError(f"{LOOPBACKS} messages sent, {len(heard)} heard")
    return figures(heard)


def _protection(
    folder: Path,
    broker: Mosquitto,
    *,
    relays: int,
    overloaded: int,
    rate: int,
    loud: int,
    trials: int,
    rounds: int,
) -> dict[str, Any]:
    """Return the cut-off's figures beside a client that floods `set`."""
    far = folder / "loud"
    more = policies(overloaded) + MQTT.format(url=broker.url, base=BASE)
    with (
        protecting(far, relays, overloaded, more) as ours,
        bare_path(folder, relays, overloaded) as bare,
        _running(Loud(folder, broker.port, f"relay {relays - 1}")) as client,
    ):
        before = _messages(ours[0])
        beside = partial(client.flooding, loud)
        found = in_turns(ours, bare, rate, trials, rounds, beside)
        after = _messages(ours[0])
    taken = {key: after[key] - before.get(key, 0) for key in after}
    if not client.pairs or not taken.get("in accepted"):
        raise RuntimeError(f"nobody was loud: {client.pairs} pairs sent, {taken} taken")
    return {
        **found,
        "rate": rate,
        "pairs_per_second": client.pairs / client.seconds,
        "pairs": client.pairs,
        "messages": taken,
    }


def _messages(service: Service) -> dict[str, int]:
    return service.counted("zigbee_collector_mqtt_messages_total")
