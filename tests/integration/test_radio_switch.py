"""One attempt to move a contact, down to the wire and back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import zigpy_znp.commands as c
from zigpy.types import EUI64

from collector.model.command import AttemptResult, Origin, SwitchCommand
from collector.model.frame import ReadRequest, Urgency
from collector.model.quantity import Quantity
from collector.radio.znp import DeadlinePassedError, deadline
from collector.simulator.simulated_relay import SimulatedRelay
from tests.integration.radio_world import ON_OFF, Radio, radio
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


def command(
    relay: SimulatedRelay,
    channel: str = "l1",
    *,
    on: bool = False,
    cut_off: bool = True,
    seconds: float = 2.0,
) -> SwitchCommand:
    return SwitchCommand(
        number=1,
        attempt=1,
        ieee=relay.ieee,
        channel=channel,
        on=on,
        origin=Origin.POLICY,
        cut_off=cut_off,
        seconds=seconds,
    )


def power(relay: SimulatedRelay, urgency: Urgency = Urgency.LOW) -> ReadRequest:
    return ReadRequest(ieee=relay.ieee, quantity=Quantity.POWER, urgency=urgency)


async def busy(world: Radio, *requests: ReadRequest) -> list[asyncio.Task[bool]]:
    """Return reads that are all in flight."""
    before = len(world.wire)
    reads = [asyncio.create_task(world.coordinator.read(each)) for each in requests]
    await eventually(lambda: len(world.wire) - before == len(reads))
    return reads


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


async def test_a_cut_off_waits_for_no_read(tmp_path: Path) -> None:
    async with simulator(relays=4) as air, radio(air, tmp_path) as world:
        loaded, *dead = air.relays
        loaded.set_state("l1", True)
        loaded.answer_seconds = 1.5
        air.no_ack_seconds = None
        for relay in dead:
            relay.silent = True
        requests = [power(loaded), power(loaded, Urgency.HIGH)]
        reads = await busy(world, *requests, *(power(relay) for relay in dead))
        loop = asyncio.get_running_loop()
        begin = loop.time()
        wanted = command(loaded)
        switching = asyncio.create_task(world.coordinator.switch(wanted))
        await eventually(lambda: world.commands(loaded))
        ((sent, _, _),) = world.commands(loaded)
        assert sent - begin < 0.05
        assert not loaded.is_on("l1")
        assert await switching is AttemptResult.ANSWERED
        assert await asyncio.gather(*reads) == [True, True, False, False, False]


async def test_the_lost_answer_to_a_poll_holds_a_cut_off_for_a_quarter_second(
    tmp_path: Path,
) -> None:
    async with simulator(relays=2) as air, radio(air, tmp_path) as world:
        polled, loaded = air.relays
        air.lose_next_srsp()
        (read,) = await busy(world, power(polled))
        loop = asyncio.get_running_loop()
        begin = loop.time()
        result = await world.coordinator.switch(command(loaded))
        assert result is AttemptResult.ANSWERED
        assert loop.time() - begin < 0.5  # two seconds is what the poll would have
        assert not await read


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
        assert 0.4 < loop.time() - begin < 0.7
        assert not relay.is_on("l1")  # it was heard all the same
        assert world.failed == ["timeout"]
        # The next one is not held up by it.
        again = await world.coordinator.switch(command(relay, seconds=1.0))
        assert again is AttemptResult.ANSWERED
        assert world.lost == []


async def test_what_was_given_up_is_not_transmitted_later(tmp_path: Path) -> None:
    async with simulator(relays=2) as air, radio(air, tmp_path) as world:
        polled, relay = air.relays
        air.lose_next_srsp()
        (read,) = await busy(world, power(polled))  # holds the line for 2 s
        wanted = command(relay, cut_off=False, seconds=0.3)
        assert await world.coordinator.switch(wanted) is AttemptResult.NO_ANSWER
        assert not await read
        # The line is free again, and others use it.
        assert await world.coordinator.read(power(relay))
        assert world.commands(relay) == []
        assert world.failed == ["timeout", "timeout"]


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
        assert 0.35 < loop.time() - begin < 0.6
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
        async with asyncio.timeout(0.1):
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


async def test_twenty_dead_relays_do_not_hold_up_the_cut_off_of_a_living_one(
    tmp_path: Path,
) -> None:
    async with simulator(relays=21) as air, radio(air, tmp_path) as world:
        living, *dead = air.relays
        living.set_state("l2", True)
        air.no_ack_seconds = None
        for relay in dead:
            relay.silent = True
        to_dead = [
            asyncio.create_task(world.coordinator.switch(command(relay, seconds=1.0)))
            for relay in dead
        ]
        await eventually(lambda: len(world.wire) == len(dead))
        loop = asyncio.get_running_loop()
        begin = loop.time()
        result = await world.coordinator.switch(command(living, "l2"))
        assert result is AttemptResult.ANSWERED
        assert loop.time() - begin < 0.1
        assert not living.is_on("l2")
        assert set(await asyncio.gather(*to_dead)) == {AttemptResult.NO_ANSWER}


async def test_a_cancelled_command_is_cancelled(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.answer_seconds = 60.0
        switching = asyncio.create_task(world.coordinator.switch(command(relay)))
        await eventually(lambda: world.commands(relay))
        switching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await switching


async def test_a_cut_off_asks_for_the_acknowledgement_of_the_relay(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        znp = world.app._znp
        options: list[c.af.TransmitOptions] = []
        send = znp._uart.send

        def observe(frame: Any) -> None:
            if frame.header == c.AF.DataRequestExt.Req.header:
                request = c.AF.DataRequestExt.Req.from_frame(frame, align=True)
                options.append(request.Options)
            send(frame)

        znp._uart.send = observe
        await world.coordinator.switch(command(relay))
        await world.coordinator.switch(command(relay, cut_off=False))
        acknowledged = [
            bool(c.af.TransmitOptions.ACK_REQUEST & each) for each in options
        ]
        assert acknowledged == [True, False]


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


async def test_a_passed_deadline_does_not_keep_what_was_taken_from_being_put_back(
    tmp_path: Path,
) -> None:
    """zigpy-znp removes a child's association to find a route, and adds it again."""
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        device = world.app.devices[EUI64.convert(relay.ieee)]
        back = c.UTIL.AssocAdd.Req(
            NWK=device.nwk, IEEE=device.ieee, NodeRelation=c.util.NodeRelation.CHILD_RFD
        )
        deadline.set(asyncio.get_running_loop().time() - 1.0)
        with pytest.raises(DeadlinePassedError):
            await world.app._znp.request(c.SYS.Version.Req())
        answer = await world.app._znp.request(back)
        assert isinstance(answer, c.UTIL.AssocAdd.Rsp)
