"""What the HTTP side asks of the rest; the app satisfies it."""

from contextlib import AbstractContextManager
from typing import Protocol

from collector.model.status import RelayStatus
from collector.web.frames import FrameTap


class WebPorts(Protocol):
    """The neighbours of the HTTP side."""

    async def metrics(self, *, openmetrics: bool) -> bytes:
        """Return the exposition of this moment; no radio I/O."""

    def readiness(self) -> list[str]:
        """Return why the service is not ready, one sentence each; empty = ready."""

    def relays(self) -> list[RelayStatus]:
        """Return a snapshot of every known relay."""

    async def permit_join(self, seconds: int) -> None:
        """Let devices join for so long, 0 = stop; TransientError: the radio is down."""

    def frames(self) -> AbstractContextManager[FrameTap]:
        """Open a window on the raw frames from now on (FrameFeed.tap)."""

    async def reload(self) -> None:
        """Read the configuration again; ConfigError: the old one stays in force."""
