"""On With Timed Off: a contact closes, and opens by itself."""

import pytest

from collector.simulator import zcl
from collector.simulator.agenda import Agenda
from collector.simulator.clusters import RelayClusters
from collector.simulator.relay import Relay
from collector.simulator.simulated_relay import SimulatedRelay
from tests.clock import ManualClock
from tests.unit.simulator.radio_log import RadioLog

ON_OFF = 0x0006
SIXTY, THIRTY, FOR_EVER = "010942005802 0000", "010942002c01 0000", "01094200ffff 0000"
TAKEN = "18090b4200"


@pytest.fixture
def relay() -> Relay:
    relay = Relay(0, 47, seed=1)
    relay.obeys_timed_off = True
    return relay


def ask(relay: Relay, request: str, endpoint: int = 1) -> str:
    answer = zcl.answer(RelayClusters(relay), endpoint, ON_OFF, bytes.fromhex(request))
    assert answer is not None
    return answer.hex()


def test_the_contact_closes_and_opens_when_the_time_is_over(relay: Relay) -> None:
    assert ask(relay, SIXTY, endpoint=2) == TAKEN
    assert relay.contacts == [False, True]
    relay.outbox.clear()
    relay.advance(59.9)
    assert relay.contacts == [False, True]
    relay.advance(60.0)
    assert relay.contacts == [False, False]
    assert [endpoint for endpoint, _, _ in relay.outbox] == [2]
    assert relay.next_change == float("inf")


def test_a_longer_time_counts_and_a_shorter_one_does_not(relay: Relay) -> None:
    ask(relay, SIXTY)
    relay.advance(20.0)
    ask(relay, THIRTY)
    relay.advance(59.0)
    assert relay.contacts[0]
    ask(relay, THIRTY)
    relay.advance(88.0)
    assert relay.contacts[0]
    relay.advance(89.0)
    assert not relay.contacts[0]


def test_an_off_ends_it(relay: Relay) -> None:
    ask(relay, SIXTY)
    ask(relay, "010a00")
    ask(relay, "010b01")
    relay.advance(1000.0)
    assert relay.contacts[0]


def test_for_ever_and_only_when_it_is_on(relay: Relay) -> None:
    assert ask(relay, FOR_EVER) == TAKEN
    relay.advance(1e6)
    assert relay.contacts[0]
    assert ask(relay, "01094201580200 00", endpoint=2) == TAKEN
    assert not relay.contacts[1]


def test_a_short_command_is_malformed(relay: Relay) -> None:
    assert ask(relay, "0109420058") == "18090b4280"
    assert not relay.contacts[0]


def test_it_is_ignored_unless_the_relay_is_told_to_obey() -> None:
    relay = Relay(0, 47, seed=1)
    assert ask(relay, SIXTY) == TAKEN
    assert relay.contacts == [False, False]


async def test_the_agenda_opens_it(relay: Relay) -> None:
    clock = ManualClock()
    agenda, radio = Agenda(clock), RadioLog()
    on_air = SimulatedRelay(relay, 1, clock, agenda, radio)
    on_air.answer(1, ON_OFF, bytes.fromhex(SIXTY))
    on_air.after_answer()
    radio.frames.clear()
    await clock.advance(60)
    agenda.run_due()
    assert not on_air.is_on("l1")
    (report,) = radio.of(ON_OFF)
    assert report[6] == 0
