"""How long a condition has held without a break."""

from collections.abc import Mapping

from collector.model.clock import Now


class Delay:
    """A timer that survives a restart with the time it has run."""

    def __init__(self) -> None:
        self._since: float | None = None  # mono, s
        self._banked = 0.0  # s, run before a restart

    def run(self, since: float) -> float:
        """The condition holds since `since` (mono, s) at least; return since when, all told."""
        if self._since is None:
            self._since = since - self._banked
            self._banked = 0.0
        return self._since

    def stop(self) -> None:
        """The condition does not hold."""
        self._since = None
        self._banked = 0.0

    def dump(self, now: Now) -> dict[str, object]:
        """Return the time that it has run, s."""
        if self._since is None:
            return {"ran": round(self._banked, 3)} if self._banked else {}
        return {"ran": round(max(0.0, now.mono - self._since), 3)}

    def load(self, document: Mapping[str, object]) -> None:
        """Go on with the time that it had run, once the condition holds again."""
        ran = document.get("ran")
        if isinstance(ran, int | float) and not isinstance(ran, bool) and ran > 0:
            self._banked = float(ran)
