"""Remove, interview and map, through zigpy-znp on the simulator."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from collector.model.command import AttemptResult
from collector.model.errors import TransientError
from collector.model.network import InterviewState, NodeKind
from collector.radio import interview as interviewing, upkeep
from collector.simulator.simulated_relay import SimulatedRelay
from tests.integration.radio_world import Radio, command, radio
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]

NOBODY = "00:15:8d:00:03:a0:00:77"
BASIC = 0x0000


def departures(world: Radio) -> list[tuple[str, str]]:
    """Return a list that fills with what the roster tells of departures."""
    told: list[tuple[str, str]] = []
    roster = world.coordinator._roster
    roster._hooks = replace(
        roster._hooks,
        left=lambda ieee: told.append(("left", ieee)),
        removed=lambda ieee: told.append(("removed", ieee)),
    )
    return told


def saved(folder: Path) -> set[str]:
    """Return the addresses that zigpy's database holds."""
    with sqlite3.connect(folder / "zigbee.db") as database:
        tables = database.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'devices_v%'"
        ).fetchall()
        newest = max((name for (name,) in tables), key=lambda each: int(each[9:]))
        rows = database.execute(f"SELECT ieee FROM {newest}").fetchall()  # noqa: S608
    database.close()
    return {str(ieee) for (ieee,) in rows}


def state(world: Radio, relay: SimulatedRelay) -> InterviewState:
    facts = world.coordinator.device_facts(relay.ieee)
    assert facts is not None
    return facts.interview


async def test_a_removed_relay_leaves_and_is_forgotten(tmp_path: Path) -> None:
    async with simulator(relays=2) as air:
        async with radio(air, tmp_path) as world:
            gone, stays = air.relays
            told = departures(world)
            await world.coordinator.remove(gone.ieee, force=False)
            assert (gone.network, stays.network is not None) == (None, True)
            assert told == [("left", gone.ieee), ("removed", gone.ieee)]
            assert world.coordinator.device_facts(gone.ieee) is None
            with pytest.raises(TransientError, match="is not on the network"):
                await world.coordinator.remove(gone.ieee, force=True)
            assert len(told) == 2
        assert saved(tmp_path) & {gone.ieee, stays.ieee} == {stays.ieee}


async def test_a_removed_relay_may_join_again(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        await world.coordinator.remove(relay.ieee, force=False)
        world.joined.clear()
        await world.coordinator.permit_join(60)
        await eventually(lambda: world.joined == [relay.ieee])
        assert await world.coordinator.ping(relay.ieee)


async def test_a_silent_relay_is_only_removed_by_force(tmp_path: Path) -> None:
    async with simulator(relays=1) as air:
        async with radio(air, tmp_path) as world:
            (relay,) = air.relays
            told = departures(world)
            relay.silent = True
            loop = asyncio.get_running_loop()
            begin = loop.time()
            with pytest.raises(TransientError, match=r"did not answer within 5 s"):
                await world.coordinator.remove(relay.ieee, force=False)
            assert loop.time() - begin < 5.5
            assert told == []
            assert world.coordinator.device_facts(relay.ieee) is not None
            await world.coordinator.remove(relay.ieee, force=True)
            assert told == [("removed", relay.ieee)]
            assert world.coordinator.device_facts(relay.ieee) is None
        assert relay.ieee not in saved(tmp_path)


async def test_a_relay_that_was_only_forgotten_comes_back_when_it_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "LEAVE_SECONDS", 0.2)
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.silent = True
        await world.coordinator.remove(relay.ieee, force=True)
        world.joined.clear()
        relay.silent = False
        relay.report_structure()
        await eventually(lambda: world.joined == [relay.ieee])


async def test_an_interview_reads_what_pairing_did_not(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        before = world.coordinator.device_facts(relay.ieee)
        assert before is not None
        assert (before.model, before.date_code) == ("lumi.relay.c2acn01", None)
        assert (before.nwk, before.kind) == (relay.nwk, NodeKind.ROUTER)
        assert before.interview is InterviewState.SUCCESSFUL
        for _ in range(2):  # the device that took the old one's place is as good
            world.joined.clear()
            await world.coordinator.interview(relay.ieee)
            assert world.joined == [relay.ieee]
        after = world.coordinator.device_facts(relay.ieee)
        assert after is not None
        assert (after.date_code, after.hw_version, after.sw_build) == (
            "02-27-2019",
            18,
            None,
        )
        frames = len(world.frames)
        relay.report_structure()  # the tap has learnt the new device
        await eventually(lambda: len(world.frames) > frames)


async def test_a_cut_off_goes_through_in_the_middle_of_an_interview(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.answer_seconds = 0.1  # each part of the interview takes its time
        working = asyncio.create_task(world.coordinator.interview(relay.ieee))
        results = []
        states = set()
        while not working.done():
            results.append(await world.coordinator.switch(command(relay)))
            states.add(state(world, relay))
        await working
        assert len(results) > 2
        assert set(results) == {AttemptResult.ANSWERED}
        assert InterviewState.IN_PROGRESS in states
        assert await world.coordinator.switch(command(relay)) is AttemptResult.ANSWERED
        assert world.failed == []


async def test_an_interview_that_once_broke_off_is_made_up_for(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        device = next(each for each in world.app.devices.values() if each.nwk)
        device.node_desc = None  # what zigpy is left with
        assert state(world, relay) is InterviewState.FAILED
        world.joined.clear()
        await world.coordinator.interview(relay.ieee)
        assert world.joined == [relay.ieee]
        assert state(world, relay) is InterviewState.SUCCESSFUL


async def test_an_interview_that_breaks_off_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interviewing, "INTERVIEW_SECONDS", 0.5)
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        device = next(each for each in world.app.devices.values() if each.nwk)
        relay.silent = True
        with pytest.raises(TransientError, match="did not answer"):
            await world.coordinator.interview(relay.ieee)
        cancelled = asyncio.create_task(world.coordinator.interview(relay.ieee))
        await eventually(lambda: state(world, relay) is InterviewState.IN_PROGRESS)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        relay.silent = False
        assert world.app.devices[device.ieee] is device
        assert state(world, relay) is InterviewState.SUCCESSFUL
        assert await world.coordinator.switch(command(relay)) is AttemptResult.ANSWERED


async def test_the_coordinator_says_who_it_is(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        identity = world.coordinator.identity()
        nib = air._chip.network.nib
        assert identity is not None
        assert nib is not None
        assert (identity.channel, identity.pan_id) == (15, nib.pan_id)
        assert identity.ieee.replace(":", "") == air._chip.network.ieee[::-1].hex()
        extended = identity.extended_pan_id.replace(":", "")
        assert extended == nib.extended_pan_id[::-1].hex()
        assert (identity.nwk, identity.chip) == (0, "ZStack3x0")
        assert identity.firmware == {
            "transportrev": 2,
            "product": 1,
            "majorrel": 2,
            "minorrel": 7,
            "maintrel": 1,
            "revision": 20230507,
        }


async def test_the_map_has_every_table_whole(tmp_path: Path) -> None:
    async with simulator(relays=5) as air, radio(air, tmp_path) as world:
        seen = await world.coordinator.network_map()
        identity = world.coordinator.identity()
        assert identity is not None
        middle, relays = identity.ieee, {relay.ieee for relay in air.relays}
        assert {node.ieee: node.kind for node in seen.nodes} == {
            middle: NodeKind.COORDINATOR,
            **dict.fromkeys(relays, NodeKind.ROUTER),
        }
        assert {(link.source, link.target) for link in seen.links} == {
            *((relay, middle) for relay in relays),
            *((middle, relay) for relay in relays),
        }
        assert len(seen.links) == 10  # a table of five comes in two parts
        link = next(each for each in seen.links if each.target == middle)
        by_ieee = {relay.ieee: relay.nwk for relay in air.relays}
        assert (link.source_nwk, link.target_nwk) == (by_ieee[link.source], 0)
        assert (link.depth, link.relationship, link.device_type) == (1, 1, 1)
        assert 0 < link.lqi <= 255
        assert all(node.failed == () and node.asked for node in seen.nodes)
        last_seen = [each.last_seen for each in seen.nodes if each.ieee in relays]
        assert all(last_seen)


async def test_a_relay_that_does_not_answer_fails_on_the_map(tmp_path: Path) -> None:
    async with simulator(relays=2) as air, radio(air, tmp_path) as world:
        silent, other = air.relays
        silent.silent = True
        seen = await world.coordinator.network_map()
        failed = {node.ieee: node.failed for node in seen.nodes}
        assert failed[silent.ieee] == ("lqi",)
        assert failed[other.ieee] == ()
        assert silent.ieee not in {link.target for link in seen.links}
        assert other.ieee in {link.target for link in seen.links}


async def test_nothing_is_kept_up_without_relay_or_radio(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        host = world.coordinator
        identity = host.identity()
        assert identity is not None
        for ieee in (NOBODY, identity.ieee):  # the coordinator is no device to remove
            with pytest.raises(TransientError, match="is not on the network"):
                await host.remove(ieee, force=True)
            with pytest.raises(TransientError, match="is not on the network"):
                await host.interview(ieee)
            assert host.device_facts(ieee) is None
        relay.answer_seconds = 60.0
        reading = asyncio.create_task(
            host.read_attributes(relay.ieee, 1, BASIC, [6], None)
        )
        await eventually(lambda: world.wire)
        air.mute = True
        air.drop_connections()
        with pytest.raises(TransientError, match="The radio went down"):
            await reading
        await eventually(lambda: host.problem is not None)
        assert host.identity() is None
        assert host.device_facts(relay.ieee) is None
        assert not await host.ping(relay.ieee)
        for asked in (
            host.remove(relay.ieee, force=True),
            host.interview(relay.ieee),
            host.network_map(),
            host.read_attributes(relay.ieee, 1, BASIC, [6], None),
        ):
            with pytest.raises(TransientError):
                await asked
