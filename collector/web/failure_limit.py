"""How many wrong tokens one address may show."""

import ipaddress
from collections import OrderedDict, deque
from typing import Final

AT_MOST: Final = 10  # wrong tokens …
WITHIN_SECONDS: Final = 60.0  # … in so long; the next are not judged any more
_ADDRESSES: Final = 1000  # remembered; more than fail at one time in any house


class FailureLimit:
    """Remembers the failures of each address for a while."""

    def __init__(
        self, at_most: int = AT_MOST, within_seconds: float = WITHIN_SECONDS
    ) -> None:
        self._at_most = at_most
        self._within = within_seconds
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def failed(self, address: str | None, now: float) -> float | None:
        """Note a failure at `now`, s on any monotonic clock.

        Return the s to wait where there were too many before it, else None.
        """
        key = _network(address)
        times = self._failures.setdefault(key, deque(maxlen=self._at_most))
        self._failures.move_to_end(key)
        if len(self._failures) > _ADDRESSES:
            self._failures.popitem(last=False)
        full = len(times) == self._at_most
        wait = times[0] + self._within - now if full else 0.0
        times.append(now)  # who goes on failing goes on waiting
        return wait if wait > 0 else None


def _network(address: str | None) -> str:
    """Return an address as one place: a host of IPv6 has 2^64 of them."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(known), 64), strict=False))
