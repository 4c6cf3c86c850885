"""The token bucket of rate_limit."""

from collector.web.config_file import RateLimit


class TokenBucket:
    """Lets `burst` requests through at once, then one every `interval` seconds."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._limit = limit
        self._tokens = float(limit.burst) if limit else 0.0
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Return whether a request may pass at `now`, s on any monotonic clock."""
        if self._limit is None:
            return True
        if self._at is not None:
            gained = (now - self._at) / self._limit.interval
            self._tokens = min(float(self._limit.burst), self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
