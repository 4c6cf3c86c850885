"""The frame queue: bounded, and the newest of each kind survives."""

import asyncio
from datetime import UTC, datetime

from hypothesis import given, strategies as st

from collector.app.queues import FrameQueue
from collector.model.clock import Now
from collector.model.frame import Frame

NOW = Now(0.0, datetime(2026, 1, 1, tzinfo=UTC))


def frame(ieee: str, number: int, cluster: int = 0) -> Frame:
    return Frame(ieee, 1, cluster, number.to_bytes(4, "little"))


def drain(queue: FrameQueue) -> list[Frame]:
    frames = []
    while (entry := queue.get_nowait()) is not None:
        frames.append(entry[0])
    return frames


def test_frames_leave_in_the_order_in_which_they_came() -> None:
    queue = FrameQueue()
    sent = [frame("a", 1), frame("b", 2), frame("a", 3)]
    for each in sent:
        assert queue.put(each, NOW)
    assert drain(queue) == sent


def test_a_full_queue_drops_the_oldest_of_the_same_relay_and_cluster() -> None:
    queue = FrameQueue(at_most=3)
    for each in (frame("a", 1), frame("b", 2), frame("b", 3)):
        queue.put(each, NOW)
    assert not queue.put(frame("b", 4), NOW)
    assert drain(queue) == [frame("a", 1), frame("b", 3), frame("b", 4)]


def test_a_full_queue_without_its_like_drops_the_oldest_of_all() -> None:
    queue = FrameQueue(at_most=2)
    for each in (frame("a", 1), frame("b", 2)):
        queue.put(each, NOW)
    assert not queue.put(frame("c", 3), NOW)
    assert drain(queue) == [frame("b", 2), frame("c", 3)]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0, 6, 12])), max_size=60
    )
)
def test_the_newest_frame_of_each_relay_and_cluster_is_never_dropped(
    keys: list[tuple[str, int]],
) -> None:
    queue = FrameQueue(at_most=9)
    newest: dict[tuple[str, int], Frame] = {}
    for number, (ieee, cluster) in enumerate(keys):
        newest[ieee, cluster] = frame(ieee, number, cluster)
        queue.put(newest[ieee, cluster], NOW)
        assert len(queue) <= 9
    left = drain(queue)
    assert set(newest.values()) <= set(left)
    assert [each.data for each in left] == sorted(
        (each.data for each in left), key=lambda data: int.from_bytes(data, "little")
    )


async def test_get_waits_for_a_frame() -> None:
    queue = FrameQueue()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.put(frame("a", 1), NOW)
    assert (await waiting)[0] == frame("a", 1)
