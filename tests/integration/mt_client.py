"""The host's side of the MT protocol, written apart from the simulator's."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import reduce
from operator import xor

NETWORK_KEY = bytes(range(16))


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


async def commission(client: MtClient, extended: bytes = b"\xdd" * 8) -> None:
    """Form a network the way Zigbee2MQTT does: memory items, then BDB formation."""
    for item, value in {
        0x0083: b"\x62\x1a",  # PAN id
        0x0047: extended,
        0x0062: NETWORK_KEY,
        0x008F: b"\x01",  # ZDO_*_RSP wanted
    }.items():
        data = struct.pack("<HHH", item, 0, len(value)) + value
        assert await client.ask(0x211D, data) == b"\x00"
    assert await client.ask(0x2F08, b"\x01" + struct.pack("<L", 1 << 20)) == b"\x00"
    assert await client.ask(0x2F05, b"\x04") == b"\x00"
    while await client.wait(0x45C0) != b"\x09":
        pass
    head = struct.pack("<BHHBBBB", 1, 0x0104, 5, 0, 0, 0, 0)
    assert await client.ask(0x2400, head) == b"\x00"


async def join(client: MtClient, count: int) -> list[int]:
    """Permit joining until `count` relays have announced themselves."""
    await client.ask(0x2536, struct.pack("<BHBB", 15, 0xFFFC, 60, 0))
    announced = [await client.wait(0x45C1) for _ in range(count)]
    await client.ask(0x2536, struct.pack("<BHBB", 15, 0xFFFC, 0, 0))
    return [int(struct.unpack_from("<H", each)[0]) for each in announced]
