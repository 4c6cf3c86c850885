from hypothesis import given, strategies as st

from collector.web.config_file import RateLimit
from collector.web.rate_limit import TokenBucket


def test_the_burst_passes_then_one_each_interval() -> None:
    bucket = TokenBucket(RateLimit(interval=2.0, burst=3))
    passed = [bucket.take(at) for at in (0, 0, 0, 0, 1, 2.5, 3, 100, 100, 100, 100)]
    assert passed == [
        *(True, True, True, False),  # the burst
        *(False, True, False),  # one after 2 s
        *(True, True, True, False),  # never more than the burst
    ]


def test_without_a_limit_everything_passes() -> None:
    bucket = TokenBucket(None)
    assert all(bucket.take(0.0) for _ in range(1000))


@given(
    burst=st.integers(1, 20),
    interval=st.floats(0.01, 10),
    pauses=st.lists(st.floats(0, 5), max_size=100),
)
def test_never_more_than_burst_and_refill(
    burst: int, interval: float, pauses: list[float]
) -> None:
    bucket = TokenBucket(RateLimit(interval=interval, burst=burst))
    now, passed = 0.0, 0
    for pause in pauses:
        now += pause
        passed += bucket.take(now)
    assert passed <= burst + now / interval + 1e-6
