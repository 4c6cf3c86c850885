"""One attempt to move a contact, down to the wire and back."""

import asyncio
from pathlib import Path

import pytest

from collector.model.command import AttemptResult, Origin, SwitchCommand
from tests.integration.radio_world import ON_OFF, busy, command, power, radio
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


@pytest.mark.parametrize("channel", ["l1", "l2"])
@pytest.mark.parametrize("cut_off", [True, False])
async def test_a_contact_opens_and_closes_as_commanded(
    tmp_path: Path, channel: str, cut_off: bool
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        other = "l2" if channel == "l1" else "l1"
        for on in (True, False, False):
            wanted = command(relay, channel, on=on, cut_off=cut_off)
            assert await world.coordinator.switch(wanted) is AttemptResult.ANSWERED
            assert relay.is_on(channel) is on
            assert not relay.is_on(other)
        frames = [(endpoint, frame) for _, endpoint, frame in world.commands(relay)]
        assert [frame[2] for _, frame in frames] == [0x01, 0x00, 0x00]
        assert {endpoint for endpoint, _ in frames} == {1 if channel == "l1" else 2}
        assert world.failed == []


async def test_a_lost_answer_to_the_command_itself_is_no_answer_in_its_time(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.set_state("l1", True)
        air.lose_next_srsp()
        loop = asyncio.get_running_loop()
        begin = loop.time()
        result = await world.coordinator.switch(command(relay, seconds=0.5))
        assert result is AttemptResult.NO_ANSWER
        assert 0.4 < loop.time() - begin < 1.0
        assert not relay.is_on("l1")  # it was heard all the same
        assert world.failed == ["timeout"]
        # The next one is not held up by it.
        again = await world.coordinator.switch(command(relay, seconds=1.0))
        assert again is AttemptResult.ANSWERED
        assert world.lost == []


async def test_a_relay_that_cannot_be_reached_gives_no_answer(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.silent = True
        air.no_ack_seconds = 0.05
        loop = asyncio.get_running_loop()
        begin = loop.time()
        result = await world.coordinator.switch(command(relay))
        assert result is AttemptResult.NO_ANSWER
        assert loop.time() - begin < 1.0
        assert world.failed == ["mac_no_ack"]
        assert len(world.commands(relay)) == 1  # no retries of zigpy's own


async def test_a_silent_relay_gives_no_answer_when_the_time_is_over(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.silent = True
        air.no_ack_seconds = None
        loop = asyncio.get_running_loop()
        begin = loop.time()
        result = await world.coordinator.switch(command(relay, seconds=0.4))
        assert result is AttemptResult.NO_ANSWER
        assert 0.35 < loop.time() - begin < 1.0
        assert world.failed == ["timeout"]


async def test_a_command_that_the_relay_turns_down_is_refused(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.set_state("l1", True)
        relay.refuse_commands = 1
        refused = await world.coordinator.switch(command(relay))
        assert refused is AttemptResult.REFUSED
        assert relay.is_on("l1")
        assert world.failed == ["refused"]
        assert await world.coordinator.switch(command(relay)) is AttemptResult.ANSWERED


async def test_a_dropped_connection_ends_a_command_that_may_have_been_heard(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.answer_seconds = 60.0  # confirmed by the stack, and then nothing
        wanted = command(relay, seconds=10.0)
        switching = asyncio.create_task(world.coordinator.switch(wanted))
        await eventually(lambda: world.commands(relay))
        await asyncio.sleep(0.05)  # the confirm comes, and the default response waits
        loop = asyncio.get_running_loop()
        begin = loop.time()
        air.drop_connections()
        assert await switching is AttemptResult.NO_ANSWER
        assert loop.time() - begin < 0.5
        assert world.failed == ["radio_down"]


async def test_a_dropped_connection_ends_a_command_that_was_never_sent(
    tmp_path: Path,
) -> None:
    async with simulator(relays=2) as air, radio(air, tmp_path) as world:
        polled, relay = air.relays
        air.lose_next_srsp()
        (read,) = await busy(world, power(polled))
        wanted = command(relay, cut_off=False, seconds=10.0)
        switching = asyncio.create_task(world.coordinator.switch(wanted))
        lock = world.app._znp._sync_request_lock
        await eventually(lambda: lock.num_waiting == 1)
        air.drop_connections()
        async with asyncio.timeout(0.5):
            assert await switching is AttemptResult.NOT_SENT
        assert world.commands(relay) == []
        assert not await read
        # And not over the next connection either.
        await world.coordinator.up.wait()
        assert await world.coordinator.read(power(relay))
        assert world.commands(relay) == []


async def test_without_a_radio_nothing_is_sent(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        air.mute = True
        air.drop_connections()
        await eventually(lambda: world.coordinator.problem is not None)
        wanted = command(relay, seconds=10.0)
        async with asyncio.timeout(1.0):
            assert await world.coordinator.switch(wanted) is AttemptResult.NOT_SENT
        assert world.failed == ["radio_down"]


async def test_a_relay_or_a_channel_that_nobody_knows_is_not_switched(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        for ieee, channel in (
            ("00:15:8d:00:03:a0:00:77", "l1"),
            ("no address", "l1"),
            (relay.ieee, "l3"),
        ):
            wanted = SwitchCommand(
                number=1,
                attempt=1,
                ieee=ieee,
                channel=channel,
                on=False,
                origin=Origin.API,
                cut_off=False,
                seconds=1.0,
            )
            assert await world.coordinator.switch(wanted) is AttemptResult.NOT_SENT
        assert world.failed == ["unknown_relay"] * 3
        assert world.wire == []


async def test_a_cancelled_command_is_cancelled(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.answer_seconds = 60.0
        switching = asyncio.create_task(world.coordinator.switch(command(relay)))
        await eventually(lambda: world.commands(relay))
        switching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await switching


async def test_an_answer_that_is_no_default_response_is_no_answer(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.answer_seconds = 60.0
        switching = asyncio.create_task(world.coordinator.switch(command(relay)))
        await eventually(lambda: world.commands(relay))
        ((_, _, frame),) = world.commands(relay)
        # A write response with the sequence number of the command.
        air.inject(relay.ieee, 1, ON_OFF, bytes((0x18, frame[1], 0x04, 0x00)))
        assert await switching is AttemptResult.NO_ANSWER
        assert world.failed == ["bad_answer"]
