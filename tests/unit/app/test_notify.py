"""What systemd hears."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.app.notify import Notifier


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(5)
        yield heard


def test_it_says_when_it_is_ready_and_when_it_ends(ear: socket.socket) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": ear.getsockname()})
    notifier.ready()
    notifier.stopping()
    assert [ear.recv(100), ear.recv(100)] == [b"READY=1", b"STOPPING=1"]


def test_a_socket_without_a_file() -> None:
    name = f"collector-test-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(f"\0{name}")
        heard.settimeout(5)
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert heard.recv(100) == b"READY=1"


async def test_signs_of_life_come_twice_in_the_time_that_they_have(
    ear: socket.socket,
) -> None:
    asked = {"NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": "20000"}
    alive = asyncio.create_task(Notifier(asked).run())
    loop = asyncio.get_running_loop()
    ear.setblocking(False)
    for _ in range(3):
        async with asyncio.timeout(5):
            assert await loop.sock_recv(ear, 100) == b"WATCHDOG=1"
    alive.cancel()
    await asyncio.gather(alive, return_exceptions=True)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"WATCHDOG_USEC": "x"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "-5"},
        {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"},
    ],
)
async def test_where_nobody_asks_there_are_none(
    asked: dict[str, str], ear: socket.socket
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": ear.getsockname(), **asked})
    alive = asyncio.create_task(notifier.run())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not alive.done()
    ear.setblocking(False)
    with pytest.raises(BlockingIOError):
        ear.recv(100)
    alive.cancel()
    await asyncio.gather(alive, return_exceptions=True)


@pytest.mark.parametrize("path", ["", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_listens(path: str) -> None:
    Notifier({"NOTIFY_SOCKET": path}).ready()
