"""A stranger on the air, and what every device keeps."""

import pytest

from collector.simulator import zdo
from collector.simulator.device import ForeignDevice

WIRE = bytes.fromhex("01000000 0038c1a4".replace(" ", ""))


@pytest.fixture
def plug() -> ForeignDevice:
    return ForeignDevice(WIRE, "TS0121", "_TZ3000_x")


@pytest.mark.parametrize(
    ("cluster", "request_hex", "answer"),
    [
        (0x0000, "1001000500", "180101050000" + "42" + "06" + b"TS0121".hex()),
        (0x0000, "1001000040", "180101004086"),
        (0x0006, "1001000000", "18010100000010" + "00"),
        (0x0006, "010201", "18020b0100"),
        (0x0006, "010242", "18020b4281"),
        (0x0004, "010200", "18020b0081"),
        (0x000C, "1001005500", "18010b00c3"),
        (0x0000, "144111010200" + "ff2001", "1c411101048600ff"),
        (0x0000, "145f11010000" + "ff", "1c5f11010b0084"),
    ],
)
def test_a_plug_answers(
    plug: ForeignDevice, cluster: int, request_hex: str, answer: str
) -> None:
    said = plug.answer(1, cluster, bytes.fromhex(request_hex))
    assert said is not None
    assert said.hex() == answer


def test_a_plug_switches(plug: ForeignDevice) -> None:
    for command, on in ((b"\x01", True), (b"\x02", False), (b"\x02", True)):
        plug.answer(1, 0x0006, b"\x01\x01" + command)
        assert plug.on is on


def test_a_plug_is_described(plug: ForeignDevice) -> None:
    plug.nwk = 0x1234
    assert plug.ieee == "a4:c1:38:00:00:00:00:01"
    answer = zdo.answer(plug.node(), zdo.ACTIVE_EP, b"\x34\x12")
    assert answer == bytes.fromhex("0034120101")
    assert plug.in_group(1) == ()


def test_membership_outlives_a_restart(plug: ForeignDevice) -> None:
    plug.nwk, plug.network = 0x1234, "home"
    other = ForeignDevice(WIRE, "TS0121", "_TZ3000_x")
    other.load(plug.dump())
    assert (other.nwk, other.network, other.may_join) == (0x1234, "home", True)
    with pytest.raises(TypeError, match="nwk must be a number"):
        other.load({"nwk": "1", "network": None, "may_join": True})


def test_link_quality_stays_a_byte(plug: ForeignDevice) -> None:
    assert all(1 <= plug.lqi <= 255 for _ in range(500))
