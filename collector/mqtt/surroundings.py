"""What the MQTT side needs of the process that it lives in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo

from collector.model.clock import Clock
from collector.mqtt.slots import Spawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The service around it."""

    clock: Clock
    zone: tzinfo  # of local times
    gone_seconds: float  # without a frame until a relay is offline
    collector_id: str  # by which it knows its own messages
    breathe: Callable[[], Awaitable[None]]  # lets others run
    spawn: Spawn  # begins a task of the service
