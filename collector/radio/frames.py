"""The tap: raw reports of known relays, taken before zigpy parses them.

zigpy drops this relay's main report (a stray byte after the structure), and its
parsing is most of the CPU cost of a report. So frames that we understand are taken
at the ZNP frame level; everything else, and everything during an interview, is
zigpy's alone.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from collector.model.clock import Clock, Now
from collector.model.frame import Frame

# AF_INCOMING_MSG (0x44 0x81), Z-Stack Monitor and Test API 3.x: GroupId, ClusterId,
# SrcAddr, SrcEndpoint, DstEndpoint, WasBroadcast, LQI, SecurityUse, TimeStamp,
# TransSeqNumber, Len; then the ZCL frame.
_HEADER = struct.Struct("<HHHBBBBBIBB")

# Basic, OnOff, AnalogInput, BinaryOutput, and the Lumi cluster of newer siblings.
CLUSTERS = frozenset({0x0000, 0x0006, 0x000C, 0x0010, 0xFCC0})
REPORT = 0x0A
# Read, write and configure-reporting responses and default responses: copied, since
# zigpy has a request waiting for them.
RESPONSES = frozenset({0x01, 0x04, 0x07, 0x0B})

COORDINATOR = 0x0000  # network address
RESERVED = 0xFFF8  # from here on: broadcasts
DUPLICATE_SECONDS = 10.0  # the window of zigpy's own filter
REMEMBERED_FRAMES = 16  # per relay; a repeat follows its original closely
SEEN_SECONDS = 30.0  # zigpy writes last_seen through to its database: 117 µs each


@dataclass(slots=True)
class KnownRelay:
    """A relay whose interview is complete, at its present network address."""

    ieee: str
    device: Any  # zigpy's device: it is told last_seen and LQI now and then
    told_at: float = float("-inf")
    recent: dict[tuple[int, int, bytes], float] = field(default_factory=dict)


class FrameTap:
    """Takes or copies the frames of known relays from the stream of the coordinator."""

    def __init__(
        self,
        sink: Callable[[Frame, Now], None],
        count: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._sink = sink
        self._count = count
        self._clock = clock
        self._known: dict[int, KnownRelay] = {}

    def learn(self, nwk: int, ieee: str, device: Any) -> None:
        """Take frames from this network address as this relay's from now on."""
        self.forget(ieee)
        if COORDINATOR < nwk < RESERVED:  # whatever an announce may claim
            self._known[nwk] = KnownRelay(ieee, device)

    def forget(self, ieee: str) -> None:
        """Leave the relay's frames to zigpy from now on."""
        for nwk, relay in list(self._known.items()):
            if relay.ieee == ieee:
                del self._known[nwk]

    def release(self, nwk: int, ieee: str) -> None:
        """The address belongs to `ieee` now: another relay there has moved away."""
        relay = self._known.get(nwk)
        if relay is not None and relay.ieee != ieee:
            del self._known[nwk]

    def clear(self) -> None:
        """Forget every relay: the network is about to be read anew."""
        self._known.clear()

    def take(self, data: bytes) -> bool:
        """Return True where the frame is ours alone and zigpy need not see it."""
        if len(data) < _HEADER.size:
            return False
        group, cluster, nwk, endpoint, *_, lqi, _, _, _, length = _HEADER.unpack_from(
            data
        )
        relay = self._known.get(nwk)
        if relay is None:
            return False
        if group:
            # A LUMI router passes on end devices' frames under its own address with
            # theirs as the APS group id: not this relay's words.
            self._count("relayed")
            return True
        if cluster not in CLUSTERS:
            return False
        zcl = bytes(data[_HEADER.size : _HEADER.size + length])
        command = _global_command(zcl)
        if len(zcl) != length or (command != REPORT and command not in RESPONSES):
            return False
        self._deliver(relay, Frame(relay.ieee, endpoint, cluster, zcl, lqi))
        return command == REPORT

    def _deliver(self, relay: KnownRelay, frame: Frame) -> None:
        now = self._clock.now()
        if _is_duplicate(relay.recent, frame, now.mono):
            self._count("duplicate")
            return
        if now.mono - relay.told_at >= SEEN_SECONDS:
            relay.told_at = now.mono
            relay.device.lqi = frame.lqi
            relay.device.last_seen = now.wall
        self._sink(frame, now)


def _global_command(zcl: bytes) -> int | None:
    """Return the command id of a global (profile-wide) ZCL frame, else None."""
    if len(zcl) < 3 or zcl[0] & 0x03:
        return None
    at = 4 if zcl[0] & 0x04 else 2  # a manufacturer code lies before the TSN
    return zcl[at] if len(zcl) > at else None


def _is_duplicate(
    recent: dict[tuple[int, int, bytes], float], frame: Frame, mono: float
) -> bool:
    key = (frame.endpoint, frame.cluster, frame.data)
    before = recent.pop(key, None)
    recent[key] = mono
    if len(recent) > REMEMBERED_FRAMES:
        del recent[next(iter(recent))]
    return before is not None and mono - before < DUPLICATE_SECONDS
