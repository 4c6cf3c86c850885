"""Attribution and faults over days of the simulated relay's own frames."""

import random
from collections.abc import Iterator

import pytest

from collector.decode.relay import decode
from collector.model.frame import Frame
from collector.model.quantity import Quantity
from collector.simulator.loads import ConstantLoad, Fridge, Heater, Load, Pump, Standby
from collector.simulator.relay import Relay
from tests.unit.policy.metered import Metered

DAY = 86_400.0
POLL_SECONDS = 30.0


class House:
    """A relay that somebody switches at random, polled every 30 s; reports get lost."""

    def __init__(self, seed: int, l1: Load, l2: Load, *, loss: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311 (moments, no secret)
        self.relay = Relay(0, 36, seed)
        self.relay.put_load(0, l1)
        self.relay.put_load(1, l2)
        self.metered = Metered()
        self.loss = loss
        self._poll = self._switching = self._structure = 1.0

    def days(self, days: float) -> Iterator[float]:
        """Let time pass from one thing that happens to the next."""
        relay, now = self.relay, 0.0
        while now < days * DAY:
            now = min(self._poll, self._switching, self._structure, relay.next_change)
            now = min(now, relay.analog_due or now)
            relay.advance(now)
            self._happen(now)
            self._hear(now)
            yield now

    def _happen(self, now: float) -> None:
        relay = self.relay
        if relay.analog_due is not None and now >= relay.analog_due:
            relay.report_power()
            if self.chance.random() < self.loss:
                relay.outbox.pop()
        if now >= self._structure:
            self._structure = now + self.chance.uniform(120.0, 300.0)
            relay.report_structure()
        if now >= self._poll:
            self._poll = now + POLL_SECONDS
            self.metered.tell((now, "power", relay.measured_watts()))
        if now >= self._switching:
            self._switching = now + self.chance.uniform(1.0, 3600.0)
            channel = self.chance.randrange(2)
            relay.switch(channel, not relay.contacts[channel])

    def _hear(self, now: float) -> None:
        for endpoint, cluster, data in self.relay.outbox:
            values = decode(Frame("", endpoint, cluster, data)).values
            for value in values:
                if value.quantity is Quantity.STATE and value.channel is not None:
                    self.metered.tell((now, value.channel, value.value != 0))
            for value in values:
                if value.quantity is Quantity.POWER:
                    self.metered.tell((now, "power", value.value))
        self.relay.outbox.clear()


@pytest.mark.parametrize("loss", [0.0, 0.5])
def test_a_heater_and_a_pump_are_told_apart(loss: float) -> None:
    house = House(1, Heater(2000.0), Pump(370.0), loss=loss)
    estimates = 0
    for now in house.days(2):
        loads = house.metered.attribution.loads
        if now > DAY:  # by now each was switched a few times
            assert 1880.0 < loads["l1"] < 2120.0
            assert 340.0 < loads["l2"] < 370.0 * 1.15  # its last inrush is 1.1
        parts, rest = house.metered.attribution.split(now)
        assert rest is None or rest >= 0.0
        estimates += any(part.estimated for part in parts.values())
        assert house.metered.faults == set()
    assert estimates > 100


@pytest.mark.parametrize(
    ("l1", "l2"),
    [
        (Heater(2000.0), Fridge(90.0, seed="f")),
        (Fridge(90.0, seed="a"), Fridge(90.0, seed="b")),
        (Standby(3.8, seed="s"), ConstantLoad(0.0)),
        (ConstantLoad(60.0), ConstantLoad(60.0)),
    ],
)
def test_no_household_brings_a_false_contact_fault(l1: Load, l2: Load) -> None:
    house = House(7, l1, l2, loss=0.3)
    for _ in house.days(4):
        assert house.metered.faults == set()
