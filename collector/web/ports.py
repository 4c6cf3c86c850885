"""What the HTTP side asks of the rest; the app satisfies it."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

from collector.model.command import Action, Origin, SwitchResult
from collector.model.decision import PolicyStatus
from collector.model.status import RelayStatus
from collector.web.events import EventTap
from collector.web.frames import FrameTap


class WebPorts(Protocol):
    """The neighbours of the HTTP side."""

    async def metrics(self, *, openmetrics: bool) -> bytes:
        """Return the exposition of this moment; no radio I/O."""

    def readiness(self) -> list[str]:
        """Return why the service is not ready, one sentence each; empty = ready."""

    def relays(self) -> list[RelayStatus]:
        """Return a snapshot of every known relay."""

    def relay_named(self, name: str) -> str | None:
        """Return the IEEE address of a relay by its name or address; None: no such."""

    async def switch(
        self, ieee: str, channel: str, action: Action, origin: Origin
    ) -> SwitchResult:
        """Move a contact and return how that ended.

        RequestRefusedError: turned down, nothing was sent. TransientError: the radio
        is down.
        """

    def policies(self) -> list[PolicyStatus]:
        """Return a snapshot of every rule."""

    async def reset_policy(self, name: str, origin: Origin) -> None:
        """Clear latch and retries of a rule; durable on return, and nothing is sent.

        RequestRefusedError(404): there is no such rule.
        """

    async def override(self, ieee: str, seconds: float, origin: Origin) -> None:
        """Suspend economy rules of a relay for so long; 0 ends that."""

    def policy_events(self) -> AbstractContextManager[EventTap]:
        """Open a window on the decisions from now on (EventFeed.tap)."""

    async def permit_join(self, seconds: int) -> None:
        """Let devices join for so long, 0 = stop; TransientError: the radio is down."""

    def frames(self) -> AbstractContextManager[FrameTap]:
        """Open a window on the raw frames from now on (FrameFeed.tap)."""

    async def dead_letters(self) -> list[dict[str, Any]]:
        """Return the points that the database refuses; RequestRefusedError(404): none is configured."""

    async def retry_dead(self) -> int:
        """Put them on their way again; return how many."""

    async def drop_dead(self) -> int:
        """Forget them; return how many."""

    async def reload(self) -> None:
        """Read the configuration again; ConfigError: the old one stays in force."""
