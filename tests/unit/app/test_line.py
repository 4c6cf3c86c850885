"""The task that hands frames from the queue to the pipeline."""

import asyncio

import pytest

from collector.app.line import BATCH, Line
from collector.model.frame import Frame
from collector.model.settings import LineSettings, RelaySettings
from collector.pipeline.line import Pipeline
from tests.clock import ManualClock
from tests.integration.zigpy_host import eventually
from tests.unit.pipeline.lines import IEEE, power


class Listener:
    """The line of one relay, and what its feed has told."""

    def __init__(self) -> None:
        relay = RelaySettings(ieee=IEEE, name="boiler")
        clock = ManualClock()
        self._clock = clock
        self.line = Line(
            Pipeline(LineSettings(relays={IEEE: relay}), clock.now()), clock, 1.0
        )
        self.line.pipeline.relay_known(IEEE, None, clock.now())

    def arrive(self, frames: int) -> list[Frame]:
        sent = [power(float(number), number) for number in range(frames)]
        for frame in sent:
            self.line.enqueue(frame, self._clock.now())
        return sent


@pytest.mark.parametrize(
    "count", [1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 2 * BATCH + 1, 5 * BATCH + 7]
)
async def test_no_frame_of_a_crowd_is_lost(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener()
    handled: list[Frame] = []
    monkeypatch.setattr(
        listener.line.feed, "publish", lambda frame, _: handled.append(frame)
    )
    sent = listener.arrive(count)
    running = asyncio.create_task(listener.line.consume())
    await eventually(lambda: len(listener.line.queue) == 0)
    running.cancel()
    assert handled == sent


async def test_between_two_batches_others_may_run() -> None:
    listener = Listener()
    listener.arrive(3 * BATCH)
    running = asyncio.create_task(listener.line.consume())
    await asyncio.sleep(0)
    waiting = [len(listener.line.queue)]
    await asyncio.sleep(0)
    waiting.append(len(listener.line.queue))
    running.cancel()
    assert waiting == [2 * BATCH, BATCH]


async def test_while_a_command_is_on_its_way_frames_come_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listener = Listener()
    monkeypatch.setattr(type(listener.line.hands), "hurried", property(lambda _: True))
    listener.arrive(3)
    running = asyncio.create_task(listener.line.consume())
    waiting = []
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.append(len(listener.line.queue))
    running.cancel()
    assert waiting == [2, 1, 0]
