"""zigpy's application with the tap in its connection and a roster of relays."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import zigpy_znp.commands as c
from zigpy_znp.zigbee.application import ControllerApplication

from collector.radio.znp import GONE, RelayZNP


class RelayApplication(ControllerApplication):  # type: ignore[misc]  # untyped base
    """One connection to one coordinator; never used twice."""

    def __init__(self, config: dict[str, Any], take: Callable[[bytes], bool]) -> None:
        super().__init__(config)
        self._take = take
        self._link: RelayZNP | None = None
        self._transaction = 0
        self._limits: set[asyncio.Timeout] = set()  # of the requests that wait
        self.gone = False  # True: the connection was lost or closed
        self.on_join: Callable[[Any], None] | None = None
        self.on_fault: Callable[[], None] | None = None

    async def connect(self) -> None:
        """Open the port with our own ZNP class instead of the stock one."""
        znp = RelayZNP(self.config, self._take, self._fault)
        await znp.connect()
        self._znp = self._link = znp
        znp.set_application(self)
        self._bind_callbacks()

    async def disconnect(self) -> None:
        """Close the port; nobody waits for an answer any more."""
        self._end_requests()
        await super().disconnect()

    def connection_lost(self, exc: Exception) -> None:
        """Note that the port is gone; nobody waits for an answer any more."""
        self._end_requests()
        super().connection_lost(exc)

    @contextmanager
    def lasting(self, limit: asyncio.Timeout) -> Iterator[None]:
        """End a request's time with the connection; ConnectionError where it is gone."""
        if self.gone:
            raise ConnectionError(GONE)
        self._limits.add(limit)
        try:
            yield
        finally:
            self._limits.discard(limit)

    def handle_join(self, nwk: Any, ieee: Any, parent_nwk: Any, **options: Any) -> None:
        """Follow every announce: zigpy fires no event where nothing looks new."""
        super().handle_join(nwk, ieee, parent_nwk, **options)
        device = self.devices.get(ieee)
        if self.on_join is not None and device is not None:
            self.on_join(device)

    async def _send_request_raw(
        self,
        *,
        sequence: int,  # noqa: ARG002  # per device: not used, see below
        **request: Any,
    ) -> None:
        """Send with a transaction id of the coordinator's own count.

        zigpy numbers requests per device and zigpy-znp matches an AF_DATA_CONFIRM by
        that number alone, so that one relay's "no ack" ends another's request (seen:
        a dead relay sent a living one into its back-off). The id is not on the air;
        the ZCL sequence number in the data stays as it is.
        """
        self._transaction = (self._transaction + 1) % 256
        await super()._send_request_raw(sequence=self._transaction, **request)

    @property
    def frames(self) -> int:
        """Return how many valid MT frames have come; 0 while not connected."""
        return self._link.frames if self._link is not None else 0

    @property
    def strangers(self) -> int:
        """Return how many frames of no known command have come: noise on the line."""
        return self._link.strangers if self._link is not None else 0

    @property
    def old_chip(self) -> bool:
        """Return whether this is a CC253x: 4 requests in flight at the most."""
        return self._link is not None and not self._link.nvram.align_structs

    async def ping(self, seconds: float) -> None:
        """Ask the coordinator for a sign of life; raise where none comes in time."""
        async with asyncio.timeout(seconds):
            await self._znp.request(c.SYS.Ping.Req(), timeout=seconds)

    def abort(self) -> None:
        """Drop the connection without a word: the peer does not answer."""
        uart = self._link._uart if self._link is not None else None  # noqa: SLF001  # no public way
        if uart is not None and uart._transport is not None:  # noqa: SLF001
            uart._transport.abort()  # noqa: SLF001

    def _end_requests(self) -> None:
        self.gone = True
        now = asyncio.get_running_loop().time()
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(now)

    def _fault(self) -> None:
        if self.on_fault is not None:
            self.on_fault()
