"""The MQTT side, put together; loaded only where a broker is configured."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import uuid4

from collector import events
from collector.app.line import Line
from collector.app.mqtt_ports import PortsOfMqtt
from collector.app.network import Network
from collector.config.schema import Config
from collector.model.clock import Now
from collector.model.errors import TransientError
from collector.model.frame import Frame
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.mqtt.client import MqttClient, server_of
from collector.mqtt.interface import MqttInterface
from collector.mqtt.report import Report
from collector.mqtt.slots import Spawn
from collector.mqtt.surroundings import Surroundings
from collector.radio.coordinator import Coordinator
from collector.state.store import StateStore

STATE: Final = "mqtt"  # kind of document: what was last published of a relay
IDENTITY: Final = ("collector", "id")  # kind and key: who we are on the broker
KEEP_SECONDS: Final = 300.0  # between two commits of what was published: SD cards wear
REFUSED_SECONDS: Final = 300.0  # until a base topic of somebody else is looked at again
FACTS_SECONDS: Final = 2.0  # between two relays that are asked what hardware they are
_STATE_CLUSTER: Final = 0x0006
_BASIC: Final = 0x0000
_DATE_CODE, _HW_VERSION = 0x0006, 0x0003  # attributes of Basic


class MqttPart:
    """Hears the line, and gives what it hears to the MQTT side."""

    def __init__(
        self,
        interface: MqttInterface,
        client: MqttClient,
        store: StateStore,
    ) -> None:
        self.interface = interface
        self._client = client
        self._store = store
        self._connected = asyncio.Event()
        self._saved: dict[str, dict[str, object]] = {}
        self._refused: str | None = None
        self._closed = False
        self._unasked: asyncio.Queue[str] = asyncio.Queue()
        self._asked: set[str] = set()  # each is asked once in a process
        self._coordinator: Callable[[], Coordinator]
        self._logs = _Logs(interface)
        logging.getLogger("collector").addHandler(self._logs)
        self._unwatch = events.watch_mqtt(lambda: interface.waiting)

    @classmethod
    async def open(
        cls,
        config: Config,
        ports: PortsOfMqtt,
        line: Line,
        network: Network,
        store: StateStore,
        spawn: Spawn,
    ) -> "MqttPart | None":
        """Make it; None where no broker is configured. Waits for no broker."""
        if config.mqtt is None:
            return None
        interface = MqttInterface(
            config.mqtt,
            ports,
            Surroundings(
                clock=line.clock,
                zone=config.zone,
                gone_seconds=config.availability.timeout_seconds,
                collector_id=await asyncio.to_thread(_identity, store),
                breathe=line.hands.breathe,
                spawn=spawn,
            ),
        )
        part: MqttPart
        client = MqttClient(
            server_of(config.mqtt),
            interface.outbox,
            None,
            [(topic, 0) for topic in interface.subscriptions()],
            interface.heard,
            lambda: part.connected(),  # noqa: PLW0108  # it is made just below
        )
        part = cls(interface, client, store)
        part._saved = await asyncio.to_thread(store.load_all, STATE)
        interface.publisher.restore(part._saved)
        part._join(line, network)
        return part

    def parts(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return what runs for ever, by name."""
        return {
            "mqtt": self._client.run,
            "mqtt reports": self.interface.run_reports,
            "mqtt timers": self.interface.run_timers,
            "mqtt renewals": self.interface.run_renewals,
            "mqtt topic": self.run_settling,
            "mqtt state": self.run_keeping,
            "mqtt facts": self.run_facts,
        }

    def _join(self, line: Line, network: Network) -> None:
        interface = self.interface
        line.hear(self.report)
        line.hands.listen(interface.decided)
        line.hands.on_answered = interface.answered_command
        line.hands.on_written = interface.written
        line.on_availability = interface.availability
        network.listen(interface.roster)
        network.listen(self._meet)
        self._coordinator = lambda: network.coordinator

    def report(self, frame: Frame, readings: tuple[Reading, ...], now: Now) -> None:
        """Take what a frame brought."""
        on_off = (
            frame.cluster == _STATE_CLUSTER
            and any(reading.quantity is Quantity.STATE for reading in readings)
            and not _is_response(frame)
        )
        self.interface.report(Report(frame.ieee, readings, frame.lqi, now, on_off))

    def connected(self) -> None:
        """The broker has taken us."""
        self._connected.set()

    async def run(self) -> None:
        """Keep the connection for ever."""
        await self._client.run()

    async def run_settling(self) -> None:
        """After each connection: is this base topic ours? If so, say everything."""
        while True:
            await self._connected.wait()
            self._connected.clear()
            if self.interface.open or await self._settle():
                self.interface.begin()

    async def _settle(self) -> bool:
        """Return whether the topic is ours; judged on a fresh connection only.

        The broker says what it keeps when it is subscribed to, and not again.
        """
        try:
            refused = await self.interface.settle()
        except TimeoutError:
            events.mqtt_denied(
                "our own message did not come back within 5 s, so that nobody knows "
                f"whose mqtt.base_topic {self.interface.topics.base} is; look at what "
                "the broker allows, and how busy it is"
            )
            self._connected.clear()
            await self._client.reconnect(None)
            return False
        if refused is None:
            # The will says that we are gone: only once this topic is ours.
            await self._client.reconnect(will=self.interface.bridge.will())
            await self._connected.wait()
            self._connected.clear()
            return True
        if refused != self._refused:
            self._refused = refused
            events.mqtt_denied(refused)
        await asyncio.sleep(REFUSED_SECONDS)
        await self._client.reconnect(None)
        return False

    def _meet(self, ieee: str, word: str) -> None:
        if word == "removed":
            self._asked.discard(ieee)  # what was read is forgotten, too
        elif word in {"known", "joined"} and ieee not in self._asked:
            self._asked.add(ieee)
            self._unasked.put_nowait(ieee)

    async def run_facts(self) -> None:
        """Ask each relay once for what the interview leaves out; silent ones later."""
        while True:
            ieee = await self._unasked.get()
            await asyncio.sleep(FACTS_SECONDS)
            coordinator = self._coordinator()
            facts = coordinator.device_facts(ieee)
            down = coordinator.identity() is None
            if down or (facts is not None and facts.interview == "IN_PROGRESS"):
                self._unasked.put_nowait(ieee)  # not now
                continue
            if facts is None or facts.date_code is not None:
                continue
            with suppress(TransientError):  # the next start asks again
                wanted = [_HW_VERSION, _DATE_CODE]
                await coordinator.read_attributes(ieee, 1, _BASIC, wanted, None)
                self.interface.learned(ieee)

    async def run_keeping(self) -> None:
        """Bring to disk what was published, now and then, for ever."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            await self.keep()

    async def keep(self) -> None:
        """Bring to disk what was published, where it has changed."""
        dump = self.interface.publisher.dump()
        changes: dict[tuple[str, str], dict[str, object] | None] = {
            (STATE, ieee): document
            for ieee, document in dump.items()
            if document != self._saved.get(ieee)
        }
        changes |= {(STATE, ieee): None for ieee in self._saved.keys() - dump.keys()}
        try:
            await asyncio.to_thread(self._store.commit, changes)
        except TransientError as error:
            events.disk_failed("state.db", str(error))
        else:
            self._saved = dump

    async def close(self) -> None:
        """Say goodbye, within a second; keep what was published. Any number of times."""
        if self._closed:
            return
        self._closed = True
        interface = self.interface
        logging.getLogger("collector").removeHandler(self._logs)
        ours, interface.open = interface.open, False  # our goodbye is not answered
        await self._client.close(interface.bridge.will() if ours else None)
        await self.keep()
        self._unwatch()


class _Logs(logging.Handler):
    """The service's log lines on bridge/logging."""

    def __init__(self, interface: MqttInterface) -> None:
        super().__init__(logging.INFO)
        self._interface = interface

    def emit(self, record: logging.LogRecord) -> None:
        """Tell a line; whatever is wrong with it, the log itself goes on."""
        if record.msg.startswith(events.MQTT_COMPLAINT):
            return  # told already, in Zigbee2MQTT's words
        try:
            self._interface.log(record.levelname.lower(), record.getMessage())
        except Exception:  # noqa: BLE001  # as the standard handlers do
            self.handleError(record)


def _is_response(frame: Frame) -> bool:
    """Whether a ZCL frame answers a read (command 0x01 of the foundation)."""
    at = 4 if frame.data[0] & 0x04 else 2
    return frame.data[at] == 0x01


def _identity(store: StateStore) -> str:
    """Return who we are on the broker: kept, so that a restart knows its own messages."""
    kept = store.load_all(IDENTITY[0]).get(IDENTITY[1], {}).get("uuid")
    if isinstance(kept, str):
        return kept
    made = uuid4().hex
    try:
        store.commit({IDENTITY: {"uuid": made}})
    except (
        TransientError
    ) as error:  # a full disk must not keep the service from running
        events.disk_failed("state.db", str(error))
    return made
