"""What systemd is told, where it has started the service: sd_notify(3), in its own words."""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

_MICRO: Final = 1e6


class Notifier:
    """Says ready, alive and stopping; says nothing where nobody listens."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        # systemd's notation for a socket in the abstract namespace.
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._period = _watchdog(environment)

    def ready(self) -> None:
        """The service runs; it waits for no stick and no server."""
        self._say("READY=1")

    def stopping(self) -> None:
        """The service has been asked to end."""
        self._say("STOPPING=1")

    async def run(self) -> None:
        """Say that the loop turns, for ever: a loop that stands still is restarted."""
        while self._period is not None:
            self._say("WATCHDOG=1")
            await asyncio.sleep(self._period)
        await asyncio.Event().wait()  # nobody asks for it

    def _say(self, text: str) -> None:
        if not self._address:
            return
        # Best effort: systemd's absence must not cost anything.
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outlet,
        ):
            outlet.setblocking(False)
            outlet.sendto(text.encode(), self._address)


def _watchdog(environment: Mapping[str, str]) -> float | None:
    """Return half the time in which a sign of life is due, s; None: none is."""
    pid = environment.get("WATCHDOG_PID")
    if pid is not None and pid != str(os.getpid()):
        return None  # meant for another process
    try:
        seconds = int(environment.get("WATCHDOG_USEC", "")) / _MICRO
    except ValueError:
        return None
    return seconds / 2 if seconds > 0 else None
