"""The audit: every decision and what became of it, as JSON lines in data_dir/audit."""

import asyncio
import json
from collections import deque
from pathlib import Path
from typing import Final

from collector import events
from collector.model.decision import PolicyEvent
from collector.model.decision_json import event_json
from collector.sinks.audit_file import AuditFile

FOLDER: Final = "audit"  # in data_dir
NAME: Final = "audit.jsonl"
WAITING_AT_MOST: Final = 4096  # events, about 3 MiB
BATCH: Final = 64  # events for one write and one fdatasync
RETRY_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 2.0

_QUEUE: Final = "audit"


class Audit:
    """Takes events at any rate, and writes them behind the event loop's back."""

    def __init__(
        self,
        data_dir: Path,
        *,
        waiting_at_most: int = WAITING_AT_MOST,
        retry_seconds: float = RETRY_SECONDS,
        close_seconds: float = CLOSE_SECONDS,
    ) -> None:
        self._file = AuditFile(data_dir / FOLDER / NAME)
        self._waiting: deque[tuple[PolicyEvent, str]] = deque()
        self._at_most = waiting_at_most
        self._retry_seconds = retry_seconds
        self._close_seconds = close_seconds
        self._news = asyncio.Event()
        self._busy = asyncio.Lock()
        self._lines: list[bytes] = []  # on their way to the disk
        self._writing: asyncio.Future[None] | None = None  # the thread with `_lines`
        events.watch_queue(_QUEUE, lambda: len(self._waiting) + len(self._lines))

    def offer(self, event: PolicyEvent, name: str) -> None:
        """Take an event of the relay `name`; never waits. Full: the oldest is lost."""
        if len(self._waiting) >= self._at_most:
            self._waiting.popleft()
            events.queue_dropped(_QUEUE)
        self._waiting.append((event, name))
        self._news.set()

    async def run(self) -> None:
        """Write for ever; a disk that fails is asked again and again."""
        while True:
            self._news.clear()
            if await self._flush():
                await self._news.wait()
            else:
                await asyncio.sleep(self._retry_seconds)

    async def close(self) -> None:
        """Write what waits, as far as the disk takes it in two seconds."""
        try:
            async with asyncio.timeout(self._close_seconds):
                await self._flush()
        except TimeoutError:
            events.disk_failed(self._file.path, "the disk does not answer")

    async def _flush(self) -> bool:
        """Bring everything to disk; return whether it is there."""
        async with self._busy:
            while self._waiting or self._lines:
                if self._writing is None:
                    await self._encode()
                    self._writing = asyncio.get_running_loop().run_in_executor(
                        None, self._file.append, b"".join(self._lines)
                    )
                writing = self._writing
                try:
                    # Whoever is cancelled here leaves the thread to the next one.
                    await asyncio.shield(writing)
                except OSError as error:
                    events.disk_failed(self._file.path, error)
                    return False
                finally:
                    self._look_at(writing)
                events.disk_recovered(self._file.path)
        return True

    def _look_at(self, writing: asyncio.Future[None]) -> None:
        """Forget what the thread has brought to disk."""
        if writing.done():
            self._writing = None
            if not writing.cancelled() and writing.exception() is None:
                self._lines.clear()

    async def _encode(self) -> None:
        """Turn waiting events into lines, one at a turn of the loop.

        Not in the thread: it would hold the interpreter for up to 5 ms at a time, and
        a cut-off must not wait for so long.
        """
        while self._waiting and len(self._lines) < BATCH:
            event, name = self._waiting.popleft()
            line = json.dumps(event_json(event, name), ensure_ascii=False)
            self._lines.append(line.encode("utf-8", errors="replace") + b"\n")
            await asyncio.sleep(0)
