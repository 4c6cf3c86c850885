"""A relay on the air: its cadence, and what is done to it."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest

from collector.simulator.agenda import Agenda
from collector.simulator.relay import Relay
from collector.simulator.simulated_relay import SimulatedRelay
from tests.clock import ManualClock
from tests.unit.simulator.radio_log import RadioLog

BASIC, ON_OFF, TIME, ANALOG = 0x0000, 0x0006, 0x000A, 0x000C


class Bench:
    """One relay that has joined, its clock and its radio."""

    def __init__(self, firmware: int = 47) -> None:
        self.clock = ManualClock()
        self.agenda = Agenda(self.clock)
        self.radio = RadioLog()
        core = Relay(3, firmware, seed=1)
        self.relay = SimulatedRelay(core, 1, self.clock, self.agenda, self.radio)
        self.relay.nwk = 0x27A4
        self.relay.network_started()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    task = asyncio.create_task(bench.agenda.run())
    yield bench
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_first_structure_comes_soon_and_then_every_2_to_5_minutes(
    bench: Bench,
) -> None:
    await bench.clock.advance(4)
    assert bench.radio.of(BASIC) == []
    await bench.clock.advance(7)
    assert len(bench.radio.of(BASIC)) == 1
    await bench.clock.advance(3600)
    assert 12 <= len(bench.radio.of(BASIC)) - 1 <= 30


async def test_the_time_is_asked_for_every_minute(bench: Bench) -> None:
    await bench.clock.advance(3600)
    assert 55 <= len(bench.radio.of(TIME)) <= 65
    assert bench.radio.of(TIME)[0][2:] == b"\x00\x00\x00"


async def test_switching_sends_state_at_once_and_power_3_s_later(bench: Bench) -> None:
    bench.relay.set_load("l1", 100.0)
    bench.relay.press("l1")
    assert bench.radio.of(ON_OFF)[0][6] == 1
    await bench.clock.advance(2.9)
    assert bench.radio.of(ANALOG) == []
    await bench.clock.advance(0.2)
    (frame,) = bench.radio.of(ANALOG)
    assert struct.unpack("<f", frame[6:])[0] == pytest.approx(100.0, rel=0.02)


async def test_the_report_after_a_change_may_get_lost(bench: Bench) -> None:
    bench.relay.analog_loss = 1.0
    bench.relay.press("l1")
    await bench.clock.advance(4)
    assert bench.radio.of(ANALOG) == []


async def test_a_silent_relay_says_nothing(bench: Bench) -> None:
    bench.relay.silent = True
    bench.relay.press("l1")
    await bench.clock.advance(600)
    assert bench.radio.frames == []
    assert bench.relay.is_on("l1")


async def test_a_power_cut_ends_with_an_announcement(bench: Bench) -> None:
    bench.relay.set_load("l1", 1000.0)
    bench.relay.set_state("l1", True)
    await bench.clock.advance(60)
    before = bench.relay.kwh
    bench.radio.frames.clear()
    bench.relay.power_cut(30)
    await bench.clock.advance(29)
    assert bench.radio.frames == []
    assert not bench.relay.reachable
    await bench.clock.advance(2)
    assert bench.radio.announced == [None]
    assert bench.relay.kwh == before
    assert not bench.relay.is_on("l1")
    assert len(bench.radio.of(ON_OFF)) == 2


async def test_the_meter_sleeps_and_is_reset(bench: Bench) -> None:
    bench.relay.set_load("l1", 3600.0)
    bench.relay.set_state("l1", True)
    await bench.clock.advance(100)
    assert bench.relay.kwh == pytest.approx(0.1, abs=0.001)
    bench.relay.meter_answers = False
    await bench.clock.advance(100)
    assert bench.relay.kwh == pytest.approx(0.1, abs=0.001)
    bench.radio.frames.clear()
    bench.relay.report_structure()
    (frame,) = bench.radio.of(BASIC)
    assert b"\x96\x39" + bytes(4) + b"\x97\x39" + bytes(4) in frame
    bench.relay.meter_answers = True
    bench.relay.reset_meter()
    assert bench.relay.kwh == 0.0


async def test_leaving_forgets_the_interlock_and_ends_the_reports(
    bench: Bench,
) -> None:
    bench.relay.core.interlock = True
    bench.relay.leave()
    assert not bench.relay.core.interlock
    await bench.clock.advance(600)
    assert bench.radio.of(BASIC) == []


async def test_what_outlives_a_restart(bench: Bench) -> None:
    bench.relay.network = "home"
    bench.relay.set_load("l2", 720.0)
    bench.relay.set_state("l2", True)
    bench.relay.core.keeps_state = True
    await bench.clock.advance(500)
    state = bench.relay.dump()
    other = Bench().relay
    other.load(state)
    assert other.dump() == state
    assert other.is_on("l2")
    assert other.kwh == pytest.approx(0.1)
    with pytest.raises(TypeError):
        other.load(state | {"joules": "much"})


async def test_one_seed_gives_one_simulation() -> None:
    first, second = Bench(), Bench()
    for bench in (first, second):
        bench.relay.press("l1")
        bench.clock._mono += 5
        bench.relay.report_structure()
        bench.relay.report_power()
    assert first.radio.frames == second.radio.frames
