"""The relay itself: contacts, memory, meter. Pure: time comes as an argument."""

import struct

from collector.simulator import identity, zcl
from collector.simulator.loads import ConstantLoad, Demand, Load
from collector.simulator.meter import Meter, Sample, as_float32
from collector.simulator.structure import Structure
from collector.simulator.timed import TimedOff

Outgoing = tuple[int, int, bytes]  # endpoint, cluster, ZCL frame

HAND, ZIGBEE, RESTORED = 0x03, 0x07, 0x0E  # codes of attribute 0xF000
_AFTER_ON_S, _AFTER_OFF_S, _AFTER_CHANGE_S = 3.0, 1.0, 2.0  # until AnalogInput
_NOTEWORTHY_W, _NOTEWORTHY_RATIO = 2.0, 0.05  # a change of power worth a report


class Relay:
    """One LLKZMK11LM; `outbox` fills with the frames that it wants to send."""

    def __init__(self, index: int, firmware: int, seed: int) -> None:
        self.firmware = firmware
        self.ieee = identity.wire_ieee(index)
        self.nwk = 0xFFFE
        self.contacts = [False, False]
        self.stuck = [False, False]  # True: the contact does not move
        self.welded = [False, False]  # True: it says that it opens, and does not
        self.refusals = 0  # so many commands get a default response "failure"
        self.write_refusals = 0  # so many writes get the status "failure"
        self.interlock = False
        self.keeps_state = False  # the power outage memory
        # False: On With Timed Off is accepted and ignored, as a user says of his relay.
        self.obeys_timed_off = False
        self.timed_off = TimedOff(2)
        self.inputs = {0xFF22: 0xF2, 0xFF23: 0x2F}  # S1 and S2 -> relays
        self.outages = 1
        self.groups: tuple[set[int], set[int]] = (set(), set())
        self.meter = Meter(f"{seed}/{index}")
        self.outbox: list[Outgoing] = []
        self.analog_due: float | None = None
        self.now = 0.0
        self._loads: list[Load] = [ConstantLoad(0.0), ConstantLoad(0.0)]
        self._sequence = index * 7 & 0xFF
        self._changes = 0  # low byte of attribute 0xF000
        self._reported_watts = 0.0

    def advance(self, now: float) -> None:
        """Let the loads run and the meter count until `now`."""
        while True:
            change = self.next_change
            self.meter.advance(min(now, change), self._demands)
            if change > now:
                break
            for load in self._loads:
                load.advance(change)
            self.now = change
            for channel in self.timed_off.take_due(change):
                self.switch(channel, False)
            self._notice_power()
        self.now = now

    @property
    def next_change(self) -> float:
        """When a load next changes, or a contact opens, by itself."""
        changes = [load.next_change for load in self._loads]
        return min(*changes, self.timed_off.next_due)

    @property
    def _demands(self) -> tuple[Demand, ...]:
        return tuple(load.demand for load in self._loads)

    @property
    def watts(self) -> float:
        """The true power of both channels, W."""
        return self.meter.watts(self.now, self._demands)

    def _notice_power(self) -> None:
        """Plan a report where the power has changed enough."""
        change = abs(self.watts - self._reported_watts)
        limit = max(_NOTEWORTHY_W, _NOTEWORTHY_RATIO * self._reported_watts)
        if change > limit and self.analog_due is None:
            self.analog_due = self.now + _AFTER_CHANGE_S

    def put_load(self, channel: int, load: Load) -> None:
        """Connect another load to a channel (0 or 1)."""
        self._loads[channel].switch(False, self.now)
        self._loads[channel] = load
        load.switch(self.contacts[channel] or self.welded[channel], self.now)
        self._notice_power()

    def switch(self, channel: int, on: bool, code: int = ZIGBEE) -> None:
        """Close or open a contact; with the interlock the other one opens before."""
        if on and self.interlock and self.contacts[1 - channel]:
            self._move(1 - channel, False, code)
        self._move(channel, on, code)

    def switch_for(self, channel: int, seconds: float) -> None:
        """Close a contact, and open it after so many seconds; infinity: never."""
        self.switch(channel, True)
        if self.contacts[channel]:
            self.timed_off.begin(channel, seconds, self.now)

    def _move(self, channel: int, on: bool, code: int) -> None:
        if not on:
            self.timed_off.cancel(channel)
        if self.contacts[channel] == on or self.stuck[channel]:
            return
        self.contacts[channel] = on
        if on or not self.welded[channel]:
            self._loads[channel].switch(on, self.now)
        self.report_state(channel, code)
        self.analog_due = self.now + (_AFTER_ON_S if on else _AFTER_OFF_S)

    def open_load(self, channel: int) -> None:
        """Part a contact that was welded."""
        self._loads[channel].switch(False, self.now)
        self.analog_due = self.now + _AFTER_OFF_S

    def set_interlock(self, on: bool) -> None:
        """Set the interlock; of two closed contacts L2 opens."""
        self.interlock = on
        if on and all(self.contacts):
            self._move(1, False, ZIGBEE)

    def lose_power(self) -> None:
        """Let the mains go: loads stop, nothing is sent any more."""
        for channel, load in enumerate(self._loads):
            load.switch(False, self.now)
            self.timed_off.cancel(channel)
        self.outbox.clear()
        self.analog_due = None

    def regain_power(self) -> None:
        """Boot: count the outage, restore or open the contacts, report them."""
        self.outages += 1
        for channel in (0, 1):
            if not self.keeps_state and not self.stuck[channel]:
                self.contacts[channel] = False
            self._loads[channel].switch(self.contacts[channel], self.now)
            self.report_state(channel, RESTORED)
        self.analog_due = self.now + _AFTER_ON_S

    def sample(self) -> Sample:
        """Measure now."""
        return self.meter.sample(self.now, self._demands)

    def measured_watts(self) -> float:
        """Return what AnalogInput shows: exactly 0 with both contacts open."""
        if not any(self.contacts) and not any(self.welded):
            return 0.0
        return self.sample().watts

    def report_state(self, channel: int, code: int = ZIGBEE) -> None:
        """Send an OnOff report with the change's origin."""
        self._changes = (self._changes + 1) & 0xFF
        origin = 0x0000 if code == ZIGBEE else self.nwk
        where = code << 24 | origin << 8 | self._changes
        self._send(
            channel + 1,
            identity.ON_OFF,
            b"\x00\x00\x10"
            + bytes((self.contacts[channel],))
            + b"\x00\xf0\x23"
            + struct.pack("<L", where),
        )

    def report_power(self) -> None:
        """Send an AnalogInput report."""
        self.analog_due = None
        watts = self.measured_watts()
        self._reported_watts = self.watts
        self._send(1, identity.ANALOG_INPUT, b"\x55\x00\x39" + struct.pack("<f", watts))

    def report_structure(self) -> None:
        """Send the structure 0xFF01."""
        attribute = self.structure().attribute()
        code = identity.MANUFACTURER_CODE
        frame = zcl.report(self.next_sequence(), attribute, code)
        self.outbox.append((1, identity.BASIC, frame))

    def structure(self) -> Structure:
        """Return what a 0xFF01 report would say now."""
        sample = self.sample()
        return Structure(
            firmware=self.firmware,
            temperature=round(self.meter.celsius),
            outages=self.outages,
            l1=self.contacts[0],
            l2=self.contacts[1],
            power_factor=sample.power_factor,
            energy=self.meter.kwh,
            voltage=sample.volts,
            current=sample.amperes,
            power=as_float32(sample.watts),
        )

    def ask_time(self) -> None:
        """Send the read of genTime."""
        frame = zcl.read_request(self.next_sequence(), 0x0000)
        self.outbox.append((1, identity.TIME, frame))

    def _send(self, endpoint: int, cluster: int, attributes: bytes) -> None:
        frame = zcl.report(self.next_sequence(), attributes)
        self.outbox.append((endpoint, cluster, frame))

    def next_sequence(self) -> int:
        """Return the next ZCL sequence number."""
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence
