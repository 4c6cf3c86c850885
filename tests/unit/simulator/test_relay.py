"""The relay itself: contacts, interlock, outages, what it wants to send."""

import struct

import pytest

from collector.simulator.loads import ConstantLoad, Heater
from collector.simulator.relay import HAND, Relay

ON_OFF, ANALOG = 0x0006, 0x000C


@pytest.fixture
def relay() -> Relay:
    relay = Relay(0, 46, seed=1)
    relay.nwk = 0x27A4
    relay.advance(1000.0)
    return relay


def reports(relay: Relay) -> list[tuple[int, bool, int, int]]:
    """Return (endpoint, state, code, origin) of the OnOff reports waiting."""
    found = []
    for endpoint, cluster, frame in relay.outbox:
        if cluster == ON_OFF:
            (origin,) = struct.unpack("<L", frame[10:14])
            found.append((endpoint, bool(frame[6]), origin >> 24, origin >> 8 & 0xFFFF))
    relay.outbox.clear()
    return found


def test_a_change_is_reported_with_its_origin(relay: Relay) -> None:
    relay.switch(0, True)
    assert reports(relay) == [(1, True, 0x07, 0x0000)]
    relay.switch(1, True, HAND)
    assert reports(relay) == [(2, True, 0x03, 0x27A4)]


def test_a_report_has_the_real_layout(relay: Relay) -> None:
    relay.switch(0, True)
    ((_, _, frame),) = relay.outbox
    assert frame[:1] + frame[2:10] == bytes.fromhex("18 0a 0000 10 01 00f0 23")
    assert len(frame) == 14


def test_the_counter_grows_with_every_change(relay: Relay) -> None:
    for on in (True, False, True):
        relay.switch(0, on)
    counters = [frame[10] for _, _, frame in relay.outbox]
    assert counters == [1, 2, 3]


def test_no_change_no_report(relay: Relay) -> None:
    relay.switch(0, False)
    assert reports(relay) == []


def test_interlock_opens_the_other_first(relay: Relay) -> None:
    relay.set_interlock(True)
    relay.switch(0, True)
    reports(relay)
    relay.switch(1, True)
    assert [each[:2] for each in reports(relay)] == [(1, False), (2, True)]


def test_interlock_set_on_two_closed_contacts_opens_l2(relay: Relay) -> None:
    relay.switch(0, True)
    relay.switch(1, True)
    relay.set_interlock(True)
    assert relay.contacts == [True, False]


def test_a_stuck_contact_does_not_move(relay: Relay) -> None:
    relay.stuck[0] = True
    relay.switch(0, True)
    assert relay.contacts == [False, False]
    assert reports(relay) == []


def test_analog_input_follows_3_s_after_on_and_1_s_after_off(relay: Relay) -> None:
    relay.put_load(0, ConstantLoad(36.6))
    relay.switch(0, True)
    assert relay.analog_due == 1003.0
    relay.advance(1010.0)
    relay.switch(0, False)
    assert relay.analog_due == 1011.0
    relay.report_power()
    assert relay.outbox[-1][2][2:] == bytes.fromhex("0a 5500 39 00000000")


def test_a_thermostat_that_acts_is_reported_too(relay: Relay) -> None:
    relay.put_load(0, Heater())
    relay.switch(0, True)
    relay.advance(1003.0)
    relay.report_power()
    change = relay.next_change
    relay.advance(change)
    assert relay.analog_due == change + 2.0
    assert relay.watts == 0.0


def test_energy_counts_both_channels(relay: Relay) -> None:
    relay.put_load(0, ConstantLoad(1000.0))
    relay.put_load(1, ConstantLoad(500.0))
    relay.switch(0, True)
    relay.switch(1, True)
    relay.advance(1000.0 + 3600.0)
    assert relay.meter.joules == pytest.approx(1.5 * 3_600_000)
    assert relay.structure().energy == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("keeps", "after"), [(True, [True, False]), (False, [False] * 2)]
)
def test_the_memory_decides_after_an_outage(
    relay: Relay, keeps: bool, after: list[bool]
) -> None:
    relay.put_load(0, ConstantLoad(1000.0))
    relay.switch(0, True)
    relay.keeps_state = keeps
    relay.lose_power()
    relay.advance(1100.0)
    assert relay.meter.joules == 0.0
    assert relay.outages == 1
    relay.regain_power()
    assert relay.contacts == after
    assert relay.structure().outages == 2
    assert [each[2] for each in reports(relay)] == [0x0E, 0x0E]


def test_state_tags_follow_the_contacts(relay: Relay) -> None:
    relay.switch(1, True)
    structure = relay.structure()
    assert (structure.l1, structure.l2) == (False, True)
