"""The host's side of the MT protocol, written apart from the simulator's."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import reduce
from operator import xor


class MtClient:
    """Sends frames and sorts what comes back."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.told: list[tuple[int, bytes]] = []  # AREQs not yet taken

    async def ask(self, command: int, data: bytes = b"") -> bytes:
        """Send an SREQ and return the data of its SRSP."""
        self.send(command, data)
        while True:
            got, answer = await self._next()
            if got == command | 0x4000:
                return answer
            if got == 0x6000:
                raise RuntimeError(f"refused: {answer.hex()}")
            self.told.append((got, answer))

    def send(self, command: int, data: bytes = b"") -> None:
        """Send a frame."""
        body = struct.pack(">BH", len(data), command) + data
        self._writer.write(b"\xfe" + body + bytes((reduce(xor, body),)))

    def send_raw(self, data: bytes) -> None:
        """Send any bytes."""
        self._writer.write(data)

    async def wait(self, command: int) -> bytes:
        """Return the data of the next such AREQ, dropping what came before it."""
        async with asyncio.timeout(5):
            while True:
                while self.told:
                    got, data = self.told.pop(0)
                    if got == command:
                        return data
                self.told.append(await self._next())

    async def closed(self) -> bool:
        """Wait until the other side closes; the rest is dropped."""
        async with asyncio.timeout(5):
            try:
                while await self._reader.read(1000):
                    pass
            except ConnectionError:
                pass
        return True

    async def _next(self) -> tuple[int, bytes]:
        async with asyncio.timeout(5):
            head = await self._reader.readexactly(4)
            rest = await self._reader.readexactly(head[1] + 1)
        body = head[1:] + rest[:-1]
        assert head[0] == 0xFE
        assert reduce(xor, body) == rest[-1]
        return head[2] << 8 | head[3], rest[:-1]


@asynccontextmanager
async def mt_client(port: int) -> AsyncIterator[MtClient]:
    """Connect to a coordinator."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield MtClient(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
