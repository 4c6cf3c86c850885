"""Scenarios, memory and load physics of the simulator, on its own clock."""

import asyncio
import multiprocessing
import struct
from pathlib import Path

import pytest

from collector.clock import SystemClock
from collector.simulator.child import serve
from collector.simulator.settings import SimulatorSettings
from collector.simulator.znp import SimulatedCoordinator
from tests.clock import ManualClock
from tests.integration.mt_client import commission, join, mt_client
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = pytest.mark.allow_hosts(LOOPBACK)


async def test_the_household_consumes_what_its_loads_say() -> None:
    clock = ManualClock()
    coordinator = SimulatedCoordinator(SimulatorSettings(), clock)
    await coordinator.start()
    try:
        watts = [relay.watts for relay in coordinator.relays]
        assert watts == pytest.approx([4035, 678.8, 1206.5], rel=0.05)  # inrush
        await clock.advance(3600)
        kwh = [relay.kwh for relay in coordinator.relays]
    finally:
        await coordinator.stop()
    # heater 248 s, then 40 % of 2 kW; pump 370 W; fridge 90 W for 28 of 60 min, standby 4 W
    assert kwh == pytest.approx([1.21, 0.047, 0.82], rel=0.1)


async def test_speed_does_not_change_the_energy() -> None:
    async with simulator(scenario="household", speed=2000) as fast:
        begin = fast._clock.now().mono
        await eventually(lambda: fast._clock.now().mono - begin > 1000)
        passed = fast._clock.now().mono - begin
        kwh = fast.relays[2].kwh
    clock = ManualClock()
    slow = SimulatedCoordinator(SimulatorSettings(), clock)
    await slow.start()
    await clock.advance(passed)
    expected = slow.relays[2].kwh
    await slow.stop()
    assert kwh == pytest.approx(expected, rel=0.05)


async def test_a_scenario_overloads_at_its_time_and_repeats(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        """
repeat_seconds: 100
relays: [{l1: {load: constant, watts: 100, closed: true}}]
events:
  - {at: 10, do: set_load, relay: 0, channel: l1, watts: 3200}
  - {at: 30, do: load, relay: 0, channel: l1, model: constant, watts: 50}
  - {at: 40, do: meter_asleep, relay: 0, seconds: 10}
  - {at: 60, do: power_cut, relay: 0, seconds: 5}
  - {at: 80, do: press, relay: 0, channel: l1}
  - {at: 81, do: stick, relay: 0, channel: l1, seconds: 2}
  - {at: 82, do: press, relay: 0, channel: l1}
  - {at: 85, do: meter_reset, relay: 0, kwh: 7}
  - {at: 86, do: refuse, relay: 0, count: 3}
  - {at: 87, do: silence, relay: 0, seconds: 5}
""",
        encoding="utf-8",
    )
    clock = ManualClock()
    coordinator = SimulatedCoordinator(
        SimulatorSettings(scenario=str(file), relays=1), clock
    )
    await coordinator.start()
    relay = coordinator.relays[0]
    seen = {}
    for moment in (5, 15, 35, 45, 55, 62, 70, 84, 90, 115):
        await clock.advance(moment - (clock.now().mono - 1000.0))
        seen[moment] = (round(relay.watts), relay.meter_answers, relay.powered)
    await coordinator.stop()
    assert seen == {
        5: (100, True, True),
        15: (3200, True, True),
        35: (50, True, True),
        45: (50, False, True),
        55: (50, True, True),
        62: (0, True, False),
        70: (0, True, True),  # no memory: open after the outage
        84: (50, True, True),  # pressed once, then stuck
        90: (50, True, True),
        115: (3200, True, True),
    }
    assert relay.kwh == pytest.approx(7.0, abs=0.1)
    assert relay.refuse_commands == 3
    assert not relay.silent
    assert relay.core.outages == 2


async def test_a_scenario_makes_the_link_fail_and_recover(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        """
events:
  - {at: 10, do: lose_frames, share: 0.5, seconds: 5}
  - {at: 10, do: duplicate_frames, share: 0.25, seconds: 5}
  - {at: 10, do: mute, seconds: 5}
  - {at: 11, do: lose_srsp, count: 3}
  - {at: 11, do: garbage, bytes: 5}
  - {at: 11, do: flood, rate: 1, count: 1}
""",
        encoding="utf-8",
    )
    clock = ManualClock()
    settings = SimulatorSettings(scenario=str(file), relays=1)
    coordinator = SimulatedCoordinator(settings, clock)
    await coordinator.start()
    seen = []
    for _ in range(2):
        await clock.advance(12)
        seen.append(
            (coordinator.lose_frames, coordinator.duplicate_frames, coordinator.mute)
        )
    await coordinator.stop()
    assert seen == [(0.5, 0.25, True), (0.0, 0.0, False)]


async def test_every_fault_scenario_event_reaches_the_host(tmp_path: Path) -> None:
    frames = tmp_path / "frames.jsonl"
    frames.write_text(
        '{"at": 0, "endpoint": 2, "cluster": 6, "data": "18040a00001000"}\n',
        encoding="utf-8",
    )
    file = tmp_path / "mine.yaml"
    file.write_text(
        """
reports: false
events:
  - {at: 60, do: play, relay: 0, file: frames.jsonl}
  - {at: 61, do: rejoin, relay: 1, nwk: 4660}
  - {at: 62, do: foreign_device}
  - {at: 63, do: leave, relay: 2}
  - {at: 64, do: flood, rate: 1000, count: 2}
  - {at: 66, do: drop_connection}
""",
        encoding="utf-8",
    )
    async with (
        simulator(scenario=str(file), speed=20) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        await join(client, 3)
        played = await client.wait(0x4481)
        assert played[16:] == b"\x07" + bytes.fromhex("18040a00001000") + played[-3:]
        assert (await client.wait(0x45C1))[:2] == struct.pack("<H", 4660)
        stranger = await client.wait(0x45CA)
        assert stranger[2:10][::-1].hex(":").startswith("a4:c1:38")
        left = await client.wait(0x45C9)
        assert left[2:10] == coordinator.relays[2].wire_ieee
        await client.wait(0x4481)
        await client.wait(0x4481)
        assert await client.closed()


async def test_memory_is_written_soon_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / "simulator.json"
    async with (
        simulator(tmp_path, relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        await join(client, 1)
        nwk = f'"nwk": {coordinator.relays[0].nwk}'
        await eventually(lambda: file.exists() and nwk in file.read_text("utf-8"))


async def test_an_unreadable_memory_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "simulator.json").write_text("garbage", encoding="utf-8")
    async with simulator(tmp_path) as coordinator:
        assert coordinator.relays[0].network is None
    assert (tmp_path / "simulator.corrupt").read_text("utf-8") == "garbage"


async def test_it_serves_from_a_process_of_its_own() -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    settings = SimulatorSettings(relays=2, scenario="quiet", join_seconds=0.01)
    process = context.Process(target=serve, args=(there, settings, SystemClock()))
    process.start()
    try:
        port = await asyncio.to_thread(here.recv)
        async with mt_client(port) as client:
            await commission(client)
            await join(client, 2)
            here.send(("joined",))
            assert await asyncio.to_thread(here.recv) == 2
            here.send(("flood", 2000, 100))
            for _ in range(100):
                await client.wait(0x4481)
            assert 0.04 < await asyncio.to_thread(here.recv) < 2
        here.send(("stop",))
        await asyncio.to_thread(process.join, 5)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()
        here.close()
        there.close()
