"""Reports at a steady rate, for benchmarks: encoded beforehand, patched per frame."""

import struct
from collections.abc import Callable, Sequence
from itertools import cycle

from collector.model.clock import Clock
from collector.simulator import identity, mt, zcl
from collector.simulator.chip import INCOMING_MSG, incoming
from collector.simulator.simulated_relay import SimulatedRelay

_LONGEST_BATCH_S = 0.02  # frames that are late go out together
_BASE_WATTS, _SPAN_WATTS = 200.0, 1400  # no relay is near its limit
_VOLTS = 231.0


class _Template:
    """One frame of one relay, in which sequence number and power are changed."""

    def __init__(self, data: bytes, sequence_at: int, floats_at: tuple[int, ...]):
        self._frame = bytearray(mt.frame(INCOMING_MSG, data))
        self._sequence_at = 4 + sequence_at  # after FE, length and command
        self._floats_at = tuple(4 + place for place in floats_at)

    def fill(self, sequence: int, *values: float) -> bytes:
        """Return the frame with these values."""
        frame = self._frame
        frame[self._sequence_at] = sequence
        for place, value in zip(self._floats_at, values, strict=True):
            struct.pack_into("<f", frame, place, value)
        frame[-1] = mt.checksum(frame[1:-1])
        return bytes(frame)


class _Source:
    """One relay's alternating reports."""

    def __init__(self, relay: SimulatedRelay) -> None:
        core = relay.core
        structure = zcl.report(
            0, core.structure().attribute(), identity.MANUFACTURER_CODE
        )
        analog = zcl.report(0, b"\x55\x00\x39" + bytes(4))
        # 0x95 energy, 0x96 voltage, 0x97 current, 0x98 power: the float follows tag
        # and type; the last match, because a tag's byte may also be part of a value
        tags = [structure.rindex(bytes((tag, 0x39))) + 2 for tag in range(0x95, 0x99)]
        head = 17  # bytes of AF_INCOMING_MSG before the ZCL frame
        lqi = relay.lqi
        self._structure = _Template(
            incoming(relay.nwk, 1, identity.BASIC, structure, lqi),
            head + 3,
            tuple(head + place for place in tags),
        )
        self._analog = _Template(
            incoming(relay.nwk, 1, identity.ANALOG_INPUT, analog, lqi),
            head + 1,
            (head + 6,),
        )
        self._ticks = int(core.meter.kwh * 3200)
        self._turn = 0

    def next_frame(self) -> bytes:
        """Return the next report: 0xFF01 and AnalogInput in turn."""
        self._turn += 1
        watts = _BASE_WATTS + self._turn * 7 % _SPAN_WATTS
        if not self._turn % 2:
            return self._analog.fill(self._turn & 0xFF, watts)
        self._ticks += 1
        volts = _VOLTS + self._turn % 20 / 10
        return self._structure.fill(
            self._turn & 0xFF, self._ticks / 3200, volts * 10, watts / volts, watts
        )


class Flood:
    """All relays' reports in turn; raises RuntimeError where no relay has joined."""

    def __init__(self, relays: Sequence[SimulatedRelay]) -> None:
        if not relays:
            raise RuntimeError("no relay has joined that could send reports")
        self._sources = cycle([_Source(relay) for relay in relays])

    async def run(
        self, send: Callable[[bytes], None], clock: Clock, rate: float, count: int
    ) -> None:
        """Send `count` frames at `rate` a second of `clock`."""
        begin = clock.now().mono
        sent = 0
        while sent < count:
            passed = clock.now().mono - begin
            due = min(count, int(passed * rate) + 1)
            send(b"".join(next(self._sources).next_frame() for _ in range(due - sent)))
            sent = due
            if sent < count:
                wait = sent / rate - (clock.now().mono - begin)
                await clock.sleep(min(max(wait, 0.5 / rate), _LONGEST_BATCH_S))
