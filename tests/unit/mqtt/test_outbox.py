"""What waits for the broker: its order, its bound, and what replaces what."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from collector import events
from collector.events.instruments import REGISTRY
from collector.events.repetition import _times
from collector.mqtt.message import Message
from collector.mqtt.outbox import WAITING_AT_MOST, Outbox

# What is put: "a1" a state of topic a, "a1!" one that is never replaced, "<" takes the
# first, "^" puts back what was taken last.
Steps = str


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    _times.clear()
    end = events.watch_mqtt(lambda: 0)
    yield
    end()


def dropped() -> float:
    value = REGISTRY.get_sample_value(
        "zigbee_collector_mqtt_messages_total",
        {"direction": "out", "outcome": "dropped"},
    )
    assert value is not None
    return value


async def after(steps: Steps, waiting_at_most: int = 100) -> str:
    """Return all that comes out, after these steps."""
    box, taken = Outbox(waiting_at_most), Message("", "")
    for step in steps.split():
        if step == "<":
            taken = await box.get()
        elif step == "^":
            box.put_back(taken)
        else:
            message = Message(step[0], step[1:].rstrip("!"))
            box.put(message, ordered=step.endswith("!"))
    rest = []
    while box:
        message = await box.get()
        rest.append(message.topic + message.payload)
    return " ".join(rest)


@pytest.mark.parametrize(
    ("steps", "rest"),
    [
        ("a1 b1 c1", "a1 b1 c1"),
        ("a1 b1 a2", "a2 b1"),  # in its place
        ("a1 b1 a2 a3 b2", "a3 b2"),
        ("a1! b1 a2!", "a1 b1 a2"),  # ordered ones stay, each
        ("a1 a2! a3", "a1 a2 a3"),  # the newest state is the last of its topic
        ("a1 b1! a2", "a2 b1"),
        ("a1 a2! a3 a4 a5! a6", "a1 a2 a4 a5 a6"),
        ("a1 < a2", "a2"),  # what was taken is not replaced
        ("a1 b1 < ^", "a1 b1"),
        ("a1 b1 < a2 ^", "b1 a2"),  # a newer one wins
        ("a1 b1 < ^ a2", "a2 b1"),
        ("a1! b1 < a2! ^", "a1 b1 a2"),
        ("a1! b1 < a2 ^", "a1 b1 a2"),  # … but not over an ordered one
        ("a1 b1 < a2! ^ a3", "a1 b1 a2 a3"),
        ("a1 b1 < a2! a3 ^", "b1 a2 a3"),
        ("a1 a2! < ^ a3", "a1 a2 a3"),
    ],
)
async def test_order(steps: Steps, rest: str) -> None:
    assert await after(steps) == rest


@pytest.mark.parametrize(
    ("steps", "rest", "lost"),
    [
        ("a1 b1 c1", "a1 b1 c1", 0),
        ("a1 b1 c1 d1", "b1 c1 d1", 1),
        ("a1 b1 c1 a2 a3", "a3 b1 c1", 0),
        ("a1! b1! c1! d1! e1!", "c1 d1 e1", 2),
        ("a1 b1! c1 d1", "a1 c1 d1", 1),  # an event before any state
        ("a1 b1 c1 d1!", "a1 b1 c1", 1),
        ("a1 b1 c1 < d1 ^", "b1 c1 d1", 1),
        ("a1! b1! c1 < d1! ^", "b1 c1 d1", 1),
        ("a1 b1 c1 d1 a2", "c1 d1 a2", 2),
    ],
)
async def test_of_too_many_the_oldest_is_dropped_and_counted(
    steps: Steps, rest: str, lost: int
) -> None:
    before = dropped()
    assert await after(steps, waiting_at_most=3) == rest
    assert dropped() - before == lost


async def test_get_waits_and_takes_nothing_when_cancelled() -> None:
    box = Outbox()
    waiting = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    box.put(Message("a", "1"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(box) == 1
    assert await box.get() == Message("a", "1")
    again = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put(Message("b", "2"))
    assert await again == Message("b", "2")


async def test_what_waits_can_be_forgotten() -> None:
    box = Outbox()
    box.put(Message("a", "1"))
    box.put(Message("a", "2"), ordered=True)
    box.clear_waiting()
    assert len(box) == 0
    box.put(Message("a", "3"))
    assert await box.get() == Message("a", "3")
    assert len(box) == 0


async def test_two_thousand_topics_wait() -> None:
    box, before = Outbox(), dropped()
    for number in range(3 * WAITING_AT_MOST):
        box.put(Message(f"b/{number % (WAITING_AT_MOST + 1)}", "x"))
    assert len(box) == WAITING_AT_MOST == 2_000
    assert dropped() > before


class Bench:
    """An outbox in use: what was sent, in its order, and what was put last."""

    def __init__(self, waiting_at_most: int) -> None:
        self.box = Outbox(waiting_at_most)
        self.sent: list[Message] = []
        self.newest: dict[str, int] = {}
        self._put_back = True  # what was taken last, or there was nothing

    async def step(self, number: int, what: str | tuple[str, bool]) -> None:
        if isinstance(what, tuple):
            topic, ordered = what
            self.box.put(Message(topic, str(number)), ordered=ordered)
            self.newest[topic] = number
        elif what == "<":
            await self.take()
        elif not self._put_back:
            self._put_back = True
            self.box.put_back(self.sent.pop())

    async def take(self) -> None:
        if self.box:
            self.sent.append(await self.box.get())
            self._put_back = False

    def sent_of(self, topic: str) -> list[int]:
        return [int(each.payload) for each in self.sent if each.topic == topic]


STEP = st.one_of(
    st.sampled_from("<^"), st.tuples(st.sampled_from("abcde"), st.booleans())
)


@given(st.lists(STEP, max_size=60), st.sampled_from([3, 100]))
def test_of_each_topic_the_newest_comes_last_and_none_twice(
    steps: list[str | tuple[str, bool]], at_most: int
) -> None:
    async def check() -> None:
        bench = Bench(at_most)
        for number, step in enumerate(steps):
            await bench.step(number, step)
            assert len(bench.box) <= at_most
        while bench.box:
            await bench.take()
        for topic, newest in bench.newest.items():
            numbers = bench.sent_of(topic)
            assert numbers == sorted(set(numbers))
            if at_most == 100:  # nothing was dropped
                assert numbers[-1] == newest

    asyncio.run(check())
