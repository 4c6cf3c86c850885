"""How long a condition has held without a break."""

from collections.abc import Mapping

from collector.model.clock import Now
from collector.policy.document import amount


class Delay:
    """A timer that stands still while nothing is known, and over a restart."""

    def __init__(self) -> None:
        self._since: float | None = None  # mono, s; None: it stands still
        self._banked = 0.0  # s, run before it stood still

    @property
    def began(self) -> float | None:
        """When (mono, s) it began to run, or to run again; None: it does not run."""
        return self._since

    def run(self, since: float) -> float:
        """The condition holds since `since` (mono, s) at least; return since when, all told."""
        if self._since is None:
            self._since = since
        return self._since - self._banked

    def pause(self, mono: float) -> None:
        """From `mono` on nobody knows whether the condition holds: that does not count."""
        if self._since is not None:
            self._banked += max(0.0, mono - self._since)
            self._since = None

    def stop(self) -> None:
        """The condition does not hold."""
        self._since = None
        self._banked = 0.0

    def dump(self, now: Now) -> dict[str, object]:
        """Return the time that it has run, s."""
        ran = self._banked
        if self._since is not None:
            ran += max(0.0, now.mono - self._since)
        return {"ran": round(ran, 3)} if ran > 0 else {}

    def load(self, document: Mapping[str, object]) -> None:
        """Go on with the time that it had run, once the condition holds again."""
        self._since = None
        self._banked = amount(document, "ran")
