"""Which message tells of which frame: by relay and by the power that a flood changes."""

import json
import pickle
import struct
from collections.abc import Iterable
from pathlib import Path
from statistics import quantiles

from tests.bench.service import GAIN, OFFSET_WATTS

FRAME = tuple[int, str, bytes]  # ns of its writing, relay's address, ZCL frame
MESSAGE = tuple[int, str, str]  # ns of its arrival, topic, payload
_POWER_TAG = b"\x98\x39"  # of the structure 0xFF01, a float behind it
_MANUFACTURER_SPECIFIC = 0x04  # in a frame's first byte: the structure
# A flood repeats a relay's power after 200 reports; no message is so many behind.
_BEHIND_AT_MOST = 150


def sent_by(stamps: Path) -> list[FRAME]:
    """Return what the air has written down of its last flood."""
    frames: list[FRAME] = pickle.loads(stamps.read_bytes())  # noqa: S301  # our child's
    return frames


def pairs(sent: Iterable[FRAME], heard: Iterable[MESSAGE]) -> list[float]:
    """Return the ms from each frame to the first message with its value, or a newer one.

    A state that still waits gives way to the next: nobody hears of the older frame
    any more, and its time ends with the newer one's. RuntimeError where a frame is
    never told of, or a message tells of none.
    """
    frames: dict[str, list[tuple[int, int]]] = {}
    for at, ieee, data in sent:
        name = f"relay {int(ieee[-2:], 16)}"
        frames.setdefault(name, []).append((at, watts_sent(data)))
    told = dict.fromkeys(frames, 0)  # frames of each relay that have been told of
    taken = []
    for at, topic, text in heard:
        name = topic.rpartition("/")[2]
        begin, own = told.get(name, 0), frames.get(name, [])
        watts = watts_told(text)
        ahead = own[begin : begin + _BEHIND_AT_MOST]
        newest = next((n for n, (_, each) in enumerate(ahead) if each == watts), None)
        if newest is not None:
            taken += [(at - then) / 1e6 for then, _ in ahead[: newest + 1]]
            told[name] = begin + newest + 1
        elif begin and own[begin - 1][1] != watts:  # before: of what was sent earlier
            raise RuntimeError(f"{topic} tells of {watts} W, which nobody has sent")
    missing = sum(map(len, frames.values())) - len(taken)
    if missing:
        raise RuntimeError(f"{missing} frame(s) were never told of")
    return taken


def watts_sent(data: bytes) -> int:
    """Return the power in a frame of a flood: whole watts."""
    place = 6  # of AnalogInput's present value
    if data[0] & _MANUFACTURER_SPECIFIC:
        place = data.rindex(_POWER_TAG) + len(_POWER_TAG)
    watts: float = struct.unpack_from("<f", data, place)[0]
    return round(watts)


def watts_told(text: str) -> int | None:
    """Return the power that the relay had sent: without the correction."""
    power: float | None = json.loads(text).get("power")
    return None if power is None else round((power - OFFSET_WATTS) / GAIN)


def figures(taken: list[float]) -> dict[str, float]:
    """Return what of these ms is shown."""
    cuts = quantiles(taken, n=100, method="inclusive")
    return {
        "messages": len(taken),
        "median_ms": cuts[49],
        "p99_ms": cuts[98],
        "worst_ms": max(taken),
    }
