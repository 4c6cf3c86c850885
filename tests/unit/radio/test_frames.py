"""The tap's rule: what is taken, what is copied, what is left to zigpy."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from collector.model.clock import Now
from collector.model.frame import Frame
from collector.radio.frames import FrameTap

IEEE = "00:15:8d:00:03:a0:00:00"
NWK = 0x27A4
START = datetime(2026, 1, 1, tzinfo=UTC)
REPORT = bytes.fromhex("18110a55003998d55841")
RESPONSE = bytes.fromhex("18130155000039b4721242")
VECTORS = json.loads(
    (Path(__file__).parents[2] / "frames" / "vectors.json").read_text("utf-8")
)


class Clock:
    """Only what the tap needs."""

    def __init__(self) -> None:
        self.mono = 100.0

    def now(self) -> Now:
        return Now(self.mono, START + timedelta(seconds=self.mono))

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002
        raise AssertionError("the tap never waits")


class Device:
    """Only what the tap tells zigpy's device."""

    def __init__(self) -> None:
        self.lqi: int | None = None
        self.seen: list[datetime] = []

    @property
    def last_seen(self) -> datetime:
        return self.seen[-1]

    @last_seen.setter
    def last_seen(self, value: datetime) -> None:
        self.seen.append(value)


class Bench:
    def __init__(self) -> None:
        self.clock = Clock()
        self.device = Device()
        self.frames: list[Frame] = []
        self.counts: list[str] = []
        self.tap = FrameTap(
            lambda frame, _: self.frames.append(frame),
            self.counts.append,
            self.clock,
        )
        self.tap.learn(NWK, IEEE, self.device)


def incoming(
    zcl: bytes,
    cluster: int = 0x000C,
    group: int = 0,
    nwk: int = NWK,
    endpoint: int = 1,
    lqi: int = 110,
) -> bytes:
    """AF_INCOMING_MSG without the MT frame around it."""
    return b"".join(
        (
            group.to_bytes(2, "little"),
            cluster.to_bytes(2, "little"),
            nwk.to_bytes(2, "little"),
            bytes((endpoint, 1, 0, lqi, 0)),
            bytes(4),
            bytes((0, len(zcl))),
            zcl,
            bytes((0xA4, 0x27, 0x1D)),
        )
    )


def test_a_report_of_a_known_relay_is_taken() -> None:
    bench = Bench()
    assert bench.tap.take(incoming(REPORT))
    assert bench.frames == [Frame(IEEE, 1, 0x000C, REPORT, 110)]


@pytest.mark.parametrize(
    ("zcl", "cluster"),
    [
        (RESPONSE, 0x000C),
        (bytes.fromhex("1c5f110d0400"), 0x0010),  # write response
        (bytes.fromhex("18020700"), 0x0006),  # configure-reporting response
        (bytes.fromhex("18000b0100"), 0x0006),  # default response
    ],
)
def test_a_response_is_copied_and_passed_on(zcl: bytes, cluster: int) -> None:
    bench = Bench()
    assert not bench.tap.take(incoming(zcl, cluster=cluster))
    assert [frame.data for frame in bench.frames] == [zcl]


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("another device", incoming(REPORT, nwk=0x1234)),
        ("a cluster we do not use", incoming(REPORT, cluster=0x0402)),
        ("a read by the relay", incoming(bytes.fromhex("1005000000"), cluster=0x000A)),
        ("a cluster command", incoming(bytes.fromhex("110502"), cluster=0x0006)),
        ("a read request", incoming(bytes.fromhex("1005000000"), cluster=0x0000)),
        ("a header cut short", incoming(bytes.fromhex("1c5f11"), cluster=0x0000)),
        ("no payload", incoming(b"")),
        ("a payload cut short", incoming(REPORT)[:22]),
        ("a message cut short", incoming(REPORT)[:10]),
    ],
)
def test_everything_else_is_left_to_zigpy(what: str, data: bytes) -> None:
    bench = Bench()
    assert not bench.tap.take(data), what
    assert bench.frames == []
    assert bench.counts == []


def test_a_frame_resent_for_an_end_device_is_dropped_and_counted() -> None:
    bench = Bench()
    assert bench.tap.take(incoming(REPORT, group=0xBE30))
    assert bench.frames == []
    assert bench.counts == ["relayed"]


def test_the_same_frame_within_ten_seconds_is_a_duplicate() -> None:
    bench = Bench()
    bench.tap.take(incoming(REPORT))
    bench.clock.mono += 9.9
    assert bench.tap.take(incoming(REPORT))
    assert len(bench.frames) == 1
    assert bench.counts == ["duplicate"]
    bench.clock.mono += 10.1
    bench.tap.take(incoming(REPORT))
    assert len(bench.frames) == 2


def test_another_sequence_number_or_endpoint_is_no_duplicate() -> None:
    bench = Bench()
    bench.tap.take(incoming(REPORT))
    bench.tap.take(incoming(b"\x18\x12" + REPORT[2:]))
    bench.tap.take(incoming(REPORT, endpoint=2))
    assert len(bench.frames) == 3


def test_a_duplicate_response_still_reaches_zigpy() -> None:
    bench = Bench()
    for _ in range(2):
        assert not bench.tap.take(incoming(RESPONSE))
    assert len(bench.frames) == 1


def test_zigpy_is_told_last_seen_and_lqi_every_thirty_seconds_at_most() -> None:
    bench = Bench()
    for index in range(61):
        bench.tap.take(incoming(b"\x18" + bytes((index,)) + REPORT[2:], lqi=index))
        bench.clock.mono += 1.0
    assert len(bench.device.seen) == 3
    assert bench.device.lqi == 60


def test_a_moved_relay_is_heard_at_its_new_address_only() -> None:
    bench = Bench()
    bench.tap.learn(0x5555, IEEE, bench.device)
    assert not bench.tap.take(incoming(REPORT))
    assert bench.tap.take(incoming(REPORT, nwk=0x5555))


def test_an_address_given_to_another_device_is_not_the_relays_any_more() -> None:
    bench = Bench()
    bench.tap.release(NWK, "00:15:8d:00:03:a0:00:09")
    assert not bench.tap.take(incoming(REPORT))
    bench.tap.learn(NWK, IEEE, bench.device)
    bench.tap.release(NWK, IEEE)
    assert bench.tap.take(incoming(REPORT))


def test_a_forgotten_relay_is_zigpys_again() -> None:
    bench = Bench()
    bench.tap.forget(IEEE)
    assert not bench.tap.take(incoming(REPORT))


@pytest.mark.parametrize(
    "vector",
    [each for each in VECTORS if "znp_areq_hex" in each],
    ids=lambda vector: str(vector["id"]),
)
def test_real_frames_arrive_byte_for_byte(vector: dict[str, str]) -> None:
    bench = Bench()
    bench.tap.learn(0xBE30, "00:15:8d:00:03:a0:00:01", bench.device)
    mt = bytes.fromhex(vector["znp_areq_hex"])
    bench.tap.take(mt[4:-1])
    if vector["id"] == "group-retransmit":
        assert bench.counts == ["relayed"]
        return
    assert [frame.data.hex() for frame in bench.frames] == [vector["raw_hex"]]


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_tap(data: bytes) -> None:
    bench = Bench()
    bench.tap.take(data)
    bench.tap.take(data[:4] + NWK.to_bytes(2, "little") + data[6:])


@pytest.mark.parametrize("nwk", [0x0000, 0xFFF8, 0xFFFC, 0xFFFF])
def test_nobody_is_heard_at_an_address_that_no_relay_can_have(nwk: int) -> None:
    bench = Bench()
    bench.tap.learn(nwk, IEEE, bench.device)
    assert not bench.tap.take(incoming(REPORT, nwk=nwk))
    assert bench.frames == []
