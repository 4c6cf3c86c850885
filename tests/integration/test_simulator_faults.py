"""The faults of the simulated coordinator's port."""

import asyncio
import struct
from pathlib import Path

import pytest

from collector.clock import SystemClock
from collector.simulator.settings import SimulatorSettings
from collector.simulator.znp import SimulatedCoordinator
from tests.integration.mt_client import commission, join, mt_client
from tests.integration.simulator_world import LOOPBACK, simulator

pytestmark = pytest.mark.allow_hosts(LOOPBACK)
PING, VERSION = 0x2101, 0x2102


async def test_a_new_connection_replaces_the_old_one() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as first:
        assert await first.ask(PING)
        async with mt_client(coordinator.port) as second:
            assert await second.ask(PING)
            assert await first.closed()
        assert coordinator.connections == 2


async def test_mute_takes_the_connection_and_says_nothing() -> None:
    async with simulator() as coordinator:
        coordinator.mute = True
        async with mt_client(coordinator.port) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.ask(PING)
            coordinator.mute = False
            assert await client.ask(VERSION)
            assert client.told == []


async def test_a_lost_answer_leaves_the_command_done() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        coordinator.lose_next_srsp(1)
        client.send(0x211D, struct.pack("<HHH", 0x0083, 0, 2) + b"\x34\x12")
        assert await client.ask(0x211C, struct.pack("<HH", 0x0083, 0)) == (
            b"\x00\x02\x34\x12"
        )


async def test_lost_and_duplicated_reports() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        await join(client, 1)
        (relay,) = coordinator.relays
        coordinator.lose_frames = 1.0
        relay.report_structure()
        coordinator.lose_frames = 0.0
        coordinator.duplicate_frames = 1.0
        relay.report_power()
        first, second = await client.wait(0x4481), await client.wait(0x4481)
        assert first[10:] == second[10:]  # byte 9 is the link quality
        assert first[2:4] == b"\x0c\x00"


async def test_garbage_and_a_dropped_connection_reach_the_host() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        await client.ask(PING)
        coordinator.send_garbage(64)
        coordinator.drop_connections()
        assert await client.closed()
        assert not coordinator.connected


async def test_a_used_port_is_said_clearly() -> None:
    async with simulator() as coordinator:
        settings = SimulatorSettings(port=coordinator.port, scenario="quiet")
        second = SimulatedCoordinator(settings, SystemClock())
        with pytest.raises(OSError, match=r"cannot listen on 127\.0\.0\.1") as caught:
            await second.start()
        assert "choose another port" in str(caught.value)
        await second.stop()


async def test_stop_leaves_no_task_behind(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with (
        simulator(tmp_path, scenario="faults", speed=1000) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        await join(client, 3)
    assert asyncio.all_tasks() == before
    assert (tmp_path / "simulator.json").stat().st_mode & 0o777 == 0o600
