"""MT framing: every frame found, whatever stands around it."""

import pytest
from hypothesis import given, strategies as st

from collector.simulator.mt import Deframer, frame

PAYLOADS = st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=250))


def test_a_frame_has_length_command_data_and_checksum() -> None:
    assert frame(0x2101).hex() == "fe00210120"
    assert frame(0x4180, bytes.fromhex("000201020701")).hex() == (
        "fe06418000020102070" + "1c0"
    )


def test_more_than_250_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="250"):
        frame(0x2101, bytes(251))


@given(frames=st.lists(PAYLOADS, max_size=5), cuts=st.lists(st.integers(1, 40)))
def test_frames_survive_any_cutting(
    frames: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(frame(command, data) for command, data in frames)
    deframer, found = Deframer(), []
    while stream:
        cut = cuts.pop() if cuts else len(stream)
        found += list(deframer.feed(stream[:cut]))
        stream = stream[cut:]
    assert found == frames


@given(noise=st.binary(max_size=300).filter(lambda noise: 0xFE not in noise))
def test_noise_without_a_start_byte_hides_nothing(noise: bytes) -> None:
    assert list(Deframer().feed(noise + frame(0x2101))) == [(0x2101, b"")]


@given(noise=st.binary(max_size=600))
def test_any_bytes_are_taken_without_error(noise: bytes) -> None:
    for command, data in Deframer().feed(noise):
        assert frame(command, data) in noise


def test_a_frame_with_a_bad_checksum_is_skipped() -> None:
    good = frame(0x2102)
    bad = good[:-1] + bytes((good[-1] ^ 1,))
    assert list(Deframer().feed(bad + good)) == [(0x2102, b"")]
