"""A cut-off waits for nobody, and what is given up is not sent any more."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import zigpy_znp.commands as c
from zigpy.types import EUI64

from collector.model.command import AttemptResult
from collector.model.frame import Urgency
from collector.radio.znp import DeadlinePassedError, deadline
from tests.integration.radio_world import busy, command, power, radio
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


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
        assert sent - begin < 0.25  # a read takes 1.5 s
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
        assert loop.time() - begin < 1.0  # two seconds is what the poll would have
        assert not await read


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
        assert loop.time() - begin < 0.5  # the others take 1 s
        assert not living.is_on("l2")
        assert set(await asyncio.gather(*to_dead)) == {AttemptResult.NO_ANSWER}


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
