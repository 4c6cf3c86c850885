"""zigpy-znp's connection with our tap, our ranking and our deadlines.

The stock class sends all data requests at one priority and lets a lost SRSP hold
every one of them for `async_response_timeout`; a request that was given up meanwhile
is transmitted all the same. Here a cut-off goes first, a lost SRSP costs the
`sync_request_timeout`, and nothing is transmitted past its deadline.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import zigpy_znp.commands as c
from zigpy.datastructures import PriorityLock
from zigpy_znp.api import ZNP

from collector.radio.stream import divert

_LOG = logging.getLogger(__name__)

INCOMING = c.AF.IncomingMsg.Callback.header.serialize()  # as it comes: 0x44 0x81
GONE = "the connection to the coordinator is gone"
CUT_OFF_RANK = 9000  # above all but resets and watchdog pings
# For the SRSP of whoever is before a cut-off: it takes milliseconds, or it is lost.
SRSP_SECONDS = 0.25

# Set around a command by its sender; carried into zigpy's tasks with the context.
cut_off: ContextVar[bool] = ContextVar("cut_off", default=False)
deadline: ContextVar[float | None] = ContextVar("deadline", default=None)  # loop time
# Called when the turn has come: from here on the bytes may be on their way.
on_turn: ContextVar[Callable[[], None] | None] = ContextVar("on_turn", default=None)


class DeadlinePassedError(TimeoutError):
    """The command waited for its turn beyond its deadline; nothing was sent."""


class DeadlineLock(PriorityLock):
    """The one-request-at-a-time lock: it refuses who is late, and hurries for a cut-off."""

    def __init__(self) -> None:
        super().__init__()
        self._cut_offs = 0  # that wait
        self._holding: asyncio.Timeout | None = None
        self._held_at = 0.0  # loop time

    @asynccontextmanager
    async def __call__(  # type: ignore[override]  # zigpy annotates its wrapper
        self, priority: int = 0
    ) -> AsyncIterator[None]:
        """Hold the lock; raise DeadlinePassedError where the turn came too late.

        TimeoutError where a cut-off waits and the holder has no SRSP in time.
        """
        await self._wait(priority)
        try:
            latest, now = deadline.get(), asyncio.get_running_loop().time()
            if latest is not None and now > latest:
                raise DeadlinePassedError
            tell = on_turn.get()
            if tell is not None:
                tell()
            async with asyncio.timeout(None) as self._holding:
                self._held_at = now
                if self._cut_offs:
                    self._hurry()
                yield
        finally:
            self._holding = None
            self.release()

    async def _wait(self, priority: int) -> None:
        if not cut_off.get():
            await self.acquire(priority=priority)
            return
        self._cut_offs += 1
        try:
            self._hurry()
            await self.acquire(priority=priority)
        finally:
            self._cut_offs -= 1

    def _hurry(self) -> None:
        """Let the holder have what is left of SRSP_SECONDS, and no more."""
        if self._holding is not None and not self._holding.expired():
            self._holding.reschedule(self._held_at + SRSP_SECONDS)


class RelayZNP(ZNP):  # type: ignore[misc]  # zigpy-znp carries no types
    """A ZNP connection whose known relays' frames go to the tap first."""

    def __init__(
        self,
        config: dict[str, Any],
        take: Callable[[bytes], bool],
        fault: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._sync_request_lock = DeadlineLock()
        self._take = take
        self._fault = fault
        self.frames = 0  # valid MT frames so far: the sign of life
        self.strangers = 0  # frames of no known command: noise on the line

    async def connect(self, *, test_port: bool = True) -> None:
        """Open the port; from then on the tap is asked before zigpy-znp."""
        await super().connect(test_port=test_port)
        divert(self._uart, self._offer)

    def frame_received(self, frame: Any) -> bool | None:
        """Handle a frame that is not the tap's."""
        self.frames += 1
        if frame.header not in c.COMMANDS_BY_ID:
            # The stock class logs an error for each: a noisy line fills the disk.
            self.strangers += 1
            return False
        try:
            handled: bool | None = super().frame_received(frame)
        except Exception:  # noqa: BLE001  # whatever a frame holds: noise, and counted
            _LOG.debug("Frame not understood", exc_info=True)
            self.strangers += 1
            return False
        return handled

    def _offer(self, frame: bytes) -> bool:
        """Return whether the tap has taken this frame for itself."""
        if frame[2:4] != INCOMING or not self._take(frame[4:-1]):
            return False
        self.frames += 1
        return True

    def get_request_priority(self, request: Any) -> int:
        """Rank a cut-off before every other request but resets and pings."""
        if cut_off.get():
            return CUT_OFF_RANK
        return int(super().get_request_priority(request))

    async def request_callback_rsp(self, **request: Any) -> Any:
        """Send a request and wait for its AREQ.

        zigpy-znp shields this task from its caller's time-out; a caller that is gone
        never looks at the failure, and asyncio would log it as forgotten.
        """
        task = asyncio.current_task()
        name = getattr(task.get_coro(), "__name__", "") if task is not None else ""
        if task is not None and name == "request_callback_rsp":
            task.add_done_callback(_look_at_failure)
        try:
            return await super().request_callback_rsp(**request)
        except asyncio.CancelledError:
            raise _gone() from None

    async def request(
        self,
        request: Any,
        timeout: float | None = None,  # noqa: ASYNC109  # the base class' signature
        **response_params: Any,
    ) -> Any:
        """Send a request; a missing SRSP is a fault of the coordinator."""
        if isinstance(request, c.UTIL.AssocAdd.Req):
            deadline.set(None)  # puts back what an earlier request has taken away
        longest = self._znp_config["sync_request_timeout"]
        if timeout is None or not isinstance(request, c.SYS.Ping.Req):
            timeout = min(timeout or longest, longest)
        try:
            return await super().request(request, timeout=timeout, **response_params)
        except DeadlinePassedError:
            raise
        except TimeoutError:
            self._fault()
            raise
        except asyncio.CancelledError:
            raise _gone() from None
        except AttributeError:
            if self._uart is not None:
                raise
            raise ConnectionError(GONE) from None  # between the check and the send


def _look_at_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


def _gone() -> BaseException:
    """Return what a CancelledError in a request stands for.

    zigpy-znp cancels its own futures when the connection goes; that must not look
    like the end of the task that waits for one.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        return asyncio.CancelledError()
    return ConnectionError(GONE)
