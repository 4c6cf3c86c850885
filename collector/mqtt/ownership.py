"""Whether a base topic is ours: two services on one would answer every command twice."""

import asyncio
import json
from typing import Final
from uuid import uuid4

from collector.mqtt.topics import Topics

PROBE_SECONDS: Final = 5.0  # for what the broker keeps to arrive


class Ownership:
    """Listens to what the broker keeps of whoever was here before."""

    def __init__(self, topics: Topics, collector_id: str, *, shared: bool) -> None:
        """`shared`: somebody else on it is all right."""
        self._base = topics.base
        self._info, self._state = topics.bridge("info"), topics.bridge("state")
        self._id = collector_id
        self._shared = shared
        self.probe = f"{topics.bridge('collector')}/{uuid4().hex}"
        self._probed = asyncio.Event()
        self._foreign: str | None = None
        self._online = False

    @property
    def topics(self) -> tuple[str, str, str]:
        """What is to be heard for it; the probe last."""
        return self._info, self._state, self.probe

    def heard(self, topic: str, payload: bytes, retained: bool) -> bool:
        """Take a message; return whether it was about this."""
        if topic == self.probe:
            self._probed.set()
        elif topic == self._info:
            if retained:
                self._foreign = self._author(payload)
        elif topic == self._state:
            if retained:
                self._online = b"online" in payload
        else:
            return False
        return True

    def begin(self) -> None:
        """The probe is about to be sent."""
        self._probed.clear()

    async def found(self) -> str | None:
        """Wait for the probe; return why the topic cannot be ours.

        What the broker keeps comes before what is sent after subscribing to it.
        Raises TimeoutError where the probe does not come back.
        """
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._probed.wait()
        finally:
            # Only the next connection brings what is kept then, some of it before it
            # is known to be there: nothing of this one may be left.
            foreign, online = self._foreign, self._online
            self._foreign, self._online = None, False
        if foreign is None or not online or self._shared:
            return None
        return (
            f"mqtt.base_topic {self._base} is used by {foreign}: two would answer "
            "every command; stop it, choose another base_topic, or set "
            "mqtt.allow_shared_base_topic"
        )

    def _author(self, payload: bytes) -> str | None:
        """Return who has said this bridge/info; None: we, or nobody."""
        if not payload:
            return None
        try:
            document = json.loads(payload)
            own = document.get("collector")
            if isinstance(own, dict):
                return None if own.get("id") == self._id else "another collector"
            return f"Zigbee2MQTT {str(document.get('version', ''))[:20]}".strip()
        except (ValueError, RecursionError, AttributeError):
            return "somebody else"
