"""How the coordinator is reached, and what zigpy is told of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSettings:
    """How to reach the coordinator."""

    path: str  # serial device or socket://host:port
    database: Path
    baudrate: int = 115200
    form_network: bool = False
    channel: int = 15
    open_seconds: float = 60.0  # the whole start-up, forming included
    silence_seconds: float = 30.0  # without any frame: ping, and reopen where mute
    retry_first_seconds: float = 1.0
    retry_last_seconds: float = 60.0
    ping_seconds: float = 2.0


def zigpy_config(settings: RadioSettings, path: str) -> dict[str, Any]:
    """Return zigpy's configuration; `path` is the resolved one."""
    return {
        "device": {
            "path": path,
            "baudrate": settings.baudrate,
        },
        "database_path": str(settings.database),
        # No key here: zigpy draws a random one when it forms a network.
        "network": {"channel": settings.channel},
        # A lost SRSP must not hold a cut-off for zigpy-znp's 30 s.
        "znp_config": {"sync_request_timeout": 2, "async_response_timeout": 5},
        # `Coordinator` pings twice; zigpy's watchdog gives up after one lost answer.
        "watchdog_enabled": False,
        # Traffic that nothing here uses.
        "topology_scan_enabled": False,
        "backup_enabled": False,
        "ota": {"enabled": False, "broadcast_enabled": False},
    }
