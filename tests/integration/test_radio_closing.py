"""The radio lets go of everything, at whatever moment it is told to end."""

import asyncio
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.radio_world import Radio
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


def database_threads() -> list[str]:
    """Return the threads of aiosqlite; they are no daemons."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if "_connection_worker_thread" in name]


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 21])
async def test_an_end_in_the_middle_of_closing_leaves_no_thread_behind(
    tmp_path: Path, steps: int
) -> None:
    """A thread of the database's would keep the process from ending."""
    async with simulator(relays=1) as air:
        world = Radio(air, tmp_path / "zigbee.db")
        running = asyncio.create_task(world.coordinator.run())
        async with asyncio.timeout(15):
            await world.coordinator.up.wait()
        assert database_threads()
        air.drop_connections()
        async with asyncio.timeout(5):
            while world.coordinator.problem is None:  # noqa: ASYNC110  # each step counts
                await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    await eventually(lambda: not database_threads())
