"""What the bridge says of itself: retained documents under B/bridge, and events."""

import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Final, Protocol

from collector.config.mqtt import Mqtt
from collector.mqtt import bridge_topics
from collector.mqtt.bridge_topics import EventType
from collector.mqtt.device import Coordinator, Device, Service
from collector.mqtt.discovery import bridge_entities
from collector.mqtt.identity import coordinator_of
from collector.mqtt.message import Message, to_json
from collector.mqtt.ports import MqttPorts
from collector.mqtt.surroundings import Surroundings
from collector.mqtt.topics import Topics

PACKAGE: Final = "relay-energy-collector"


class BridgeVoice(Protocol):
    """Where the bridge speaks."""

    topics: Topics

    def send(self, message: Message) -> None:
        """Put a state on its way."""

    def tell(self, topic: str, document: Any) -> None:
        """Put an event on its way."""


class Bridge:
    """Everything under B/bridge."""

    def __init__(
        self,
        config: Mqtt,
        ports: MqttPorts,
        voice: BridgeVoice,
        around: Surroundings,
        device: Callable[[str], Device],
    ) -> None:
        """`device` describes a relay."""
        self._config = config
        self._ports = ports
        self._voice = voice
        self._clock = around.clock
        self._around = around
        self._device = device
        self._coordinator: Coordinator | None = None  # as last known
        self._said: dict[str, int] = {}  # hashes of what the broker keeps, by topic
        # Of each relay what it was when its entry of bridge/devices was last written.
        self._entries: dict[str, tuple[Device, str]] = {}
        self._stale = False
        self._join_end: float | None = None  # Unix time, s
        self.log_level = "info"

    # what it says -----------------------------------------------------------------------

    def will(self) -> Message:
        """Return what the broker says when we are gone."""
        return bridge_topics.state_message(self._config.base_topic, online=False, qos=1)

    def here(self) -> None:
        """Say that we are online."""
        base = self._config.base_topic
        self._voice.send(bridge_topics.state_message(base, online=True))

    def overheard(self, topic: str, payload: bytes) -> None:
        """An old session's will, or another one that left, says that nobody is here."""
        if topic == self._voice.topics.bridge("state") and b"offline" in payload:
            self.here()

    def everything(self) -> None:
        """Say all of it anew."""
        self._said.clear()
        self.here()
        self._stale = True

    def changed(self) -> None:
        """Something of it is not true any more; `flush` says what is."""
        self._stale = True

    def joining(self, seconds: float) -> None:
        """Devices may join for so long; 0: no longer."""
        now = self._clock.now().wall.timestamp()
        self._join_end = now + seconds if seconds else None
        self.changed()

    async def flush(self, breathe: Callable[[], Awaitable[None]]) -> None:
        """Say what has changed; `breathe` lets others run in between."""
        now = self._clock.now().wall.timestamp()
        if self._join_end is not None and now >= self._join_end:
            self._join_end, self._stale = None, True
        known = self._coordinator is not None or self._ports.identity() is None
        if self._stale or not known:
            self._stale = False
            await self._say(breathe)

    def roster(self, ieee: str, word: str) -> None:
        """A relay was known, joined, came back, left or was removed."""
        kinds: Mapping[str, tuple[EventType, ...]] = {
            # The radio tells of a relay at the end of its interview.
            "joined": ("device_joined", "device_interview"),
            "announced": ("device_announce",),
            "left": ("device_leave",),
        }
        device = self._device(ieee)
        if word == "joined":
            device = replace(device, interview="SUCCESSFUL")
        for kind in kinds.get(word, ()):
            self._event(kind, device)
        self.changed()

    def interview(self, ieee: str, state: str) -> None:
        """A relay is asked anew what it is: IN_PROGRESS, SUCCESSFUL or FAILED."""
        self._event("device_interview", replace(self._device(ieee), interview=state))
        self.changed()

    def _event(self, kind: EventType, device: Device) -> None:
        document = bridge_topics.event(kind, device)
        self._voice.tell(self._voice.topics.bridge("event"), document)

    async def _say(self, breathe: Callable[[], Awaitable[None]]) -> None:
        found = coordinator_of(self._ports.identity())
        self._coordinator = found or self._coordinator
        devices, entries = [], []
        for ieee in list(self._ports.known()):
            device = self._device(ieee)
            if self._entries.get(ieee, (None, ""))[0] != device:
                await breathe()
                self._entries[ieee] = device, to_json(device.entry())
            devices.append(device)
            entries.append(self._entries[ieee][1])
        await breathe()
        messages = bridge_topics.messages(
            self._service(), self._coordinator, devices, entries
        )
        if self._config.homeassistant.enabled and self._coordinator is not None:
            messages += bridge_entities(
                self._coordinator,
                base=self._config.base_topic,
                discovery_topic=self._config.homeassistant.discovery_topic,
            )
        for message in messages:
            said = hash(message.payload)  # 64 bits; the text itself takes a MiB
            if self._said.get(message.topic) != said:
                self._said[message.topic] = said
                self._voice.send(message)

    def _service(self) -> Service:
        config, assistant = self._config, self._config.homeassistant
        end, gone = self._join_end, self._around.gone_seconds
        return Service(
            base=config.base_topic,
            version=version(PACKAGE),
            collector_id=self._around.collector_id,
            server=config.server,
            protocol=config.version,
            discovery_topic=assistant.discovery_topic if assistant.enabled else None,
            status_topic=assistant.status_topic,
            availability_seconds=gone if config.availability else None,
            last_seen=config.last_seen,
            log_level=self.log_level,
            permit_join_end=None if end is None else round(end * 1000),
            os={"version": platform.platform(), "cpus": os.cpu_count() or 1},
        )
