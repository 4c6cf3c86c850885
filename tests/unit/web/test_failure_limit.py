import pytest

from collector.web.failure_limit import FailureLimit

ME = "192.0.2.1"


def test_ten_failures_in_a_minute_are_free_and_the_next_waits() -> None:
    limit = FailureLimit()
    assert [limit.failed(ME, float(n)) for n in range(10)] == [None] * 10
    assert limit.failed(ME, 10.0) == 50.0  # the first of ten is 50 s from forgotten


def test_who_goes_on_goes_on_waiting_and_who_rests_is_free() -> None:
    limit = FailureLimit(at_most=2, within_seconds=60)
    waits = [limit.failed(ME, now) for now in (0.0, 10.0, 20.0, 30.0, 95.0)]
    assert waits == [None, None, 40.0, 40.0, None]


def test_another_address_is_not_concerned() -> None:
    limit = FailureLimit(at_most=1)
    limit.failed(ME, 0.0)
    assert limit.failed(ME, 1.0) is not None
    assert limit.failed("192.0.2.2", 1.0) is None
    assert limit.failed(None, 1.0) is None  # a transport that is gone has none


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),  # one host has a whole /64
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),  # a socket for both families
        ("192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_an_address_is_known_in_every_guise(one: str, other: str, same: bool) -> None:
    limit = FailureLimit(at_most=1)
    limit.failed(one, 0.0)
    assert (limit.failed(other, 1.0) is not None) is same


def test_a_flood_of_addresses_takes_no_memory() -> None:
    limit = FailureLimit()
    for number in range(5000):
        limit.failed(f"10.0.{number >> 8}.{number & 255}", 0.0)
    assert len(limit._failures) == 1000
