"""Runs the line: frames from the queue into the pipeline, time into its ticks."""

import asyncio
from collections.abc import Callable

from collector import events
from collector.app.hands import Hands
from collector.app.queues import Entry, FrameQueue
from collector.clock import JumpDetector
from collector.model.clock import Clock, Now
from collector.model.frame import Frame
from collector.model.reading import Reading
from collector.model.status import Availability
from collector.pipeline.line import Pipeline
from collector.pipeline.outcome import Outcome
from collector.web.frames import FrameFeed

BATCH = 32  # frames handled before others may run: about 5 ms of work
TICK_SECONDS = 0.25
LEAST_REAL_SECONDS = 0.05  # between two ticks, however fast the clock runs

_SAY = {
    Availability.UP: events.relay_up,
    Availability.STALE: events.relay_stale,
    Availability.GONE: events.relay_gone,
}


class Line:
    """The pipeline with its queue, its ticks and its poller."""

    def __init__(self, pipeline: Pipeline, clock: Clock, speed: float) -> None:
        self.pipeline = pipeline
        self.queue = FrameQueue()
        self.feed = FrameFeed()
        self.hands = Hands(pipeline, clock)
        self.clock = clock
        self._jumps = JumpDetector(clock.now())
        self.on_clock_jump: Callable[[float], None] = lambda _: None
        self._sinks: list[Callable[[Frame, tuple[Reading, ...], Now], None]] = []
        self.on_availability: Callable[[str, Availability], None] = lambda _, __: None
        self._least = LEAST_REAL_SECONDS * speed
        self._step = max(TICK_SECONDS, self._least)
        events.watch_queue("frames", lambda: len(self.queue))

    def hear(self, sink: Callable[[Frame, tuple[Reading, ...], Now], None]) -> None:
        """Give this one, too, each frame that brought readings, these, and when.

        It must not wait.
        """
        self._sinks.append(sink)

    def enqueue(self, frame: Frame, now: Now) -> None:
        """Take a frame from the radio; never waits."""
        if not self.queue.put(frame, now):
            events.queue_dropped("frames")
            events.frame_counted("overflow")

    async def consume(self) -> None:
        """Handle frames for ever, in the order in which they came."""
        while True:
            entry: Entry | None = await self.queue.get()
            await self.hands.give_way()
            handled = 0
            while entry is not None:
                self._handle(*entry)
                handled += 1
                # A command goes to the wire turn by turn: the next frame waits.
                enough = handled == BATCH or self.hands.hurried
                entry = None if enough else self.queue.get_nowait()
            if len(self.queue):  # else the next get() waits
                await asyncio.sleep(0)

    async def tick(self) -> None:
        """Let time pass for ever, a quarter of a second at a time or less."""
        wait = self._step
        while True:
            await self.clock.sleep(wait)
            wait = self.pass_time()

    def settle(self) -> None:
        """Bring every counter up to this moment; asks for nothing."""
        self.pipeline.settle(self.clock.now())

    def pass_time(self) -> float:
        """Let time pass up to now; return in how many s to do so again."""
        now = self.clock.now()
        jump = self._jumps.jump(now)
        if jump:
            events.clock_jumped(jump)
            self.on_clock_jump(jump)
        try:
            outcome = self.pipeline.tick(now)
        except Exception:  # noqa: BLE001  # a bug: said, and the line lives on
            events.callback_failed("tick")
            self.hands.follow(self.pipeline.drain)
            return self._step
        self.hands.take(outcome)
        for ieee, availability in (outcome.availability or {}).items():
            _SAY[availability](ieee, self.pipeline.name(ieee))
            self.on_availability(ieee, availability)
        # A timer that protects is due at its moment, not at the next step.
        return min(self._step, max(self._least, outcome.next_due - now.mono))

    def _handle(self, frame: Frame, now: Now) -> None:
        self.feed.publish(frame, now.wall)
        try:
            outcome = self.pipeline.handle(frame, now)
        except Exception:  # noqa: BLE001  # a bug: said, and the line lives on
            events.callback_failed("pipeline")
            self.hands.follow(self.pipeline.drain)  # what other rules have decided
            return
        self.hands.take(outcome)
        if outcome.commands:
            events.policy_judged(self.clock.now().mono - now.mono)
        if outcome.readings:
            for sink in self._sinks:
                try:
                    sink(frame, outcome.readings, now)
                except Exception:  # noqa: BLE001  # a bug of it: the line lives on
                    events.callback_failed("sink")
        if outcome.undecodable is not None:
            wrong = outcome.undecodable
            events.undecodable(frame.ieee, wrong.cluster, wrong.reason)
        else:
            events.frame_counted(_outcome(outcome))
        for tag in outcome.unknown_tags:
            events.unknown_tag(frame.ieee, tag)


def _outcome(outcome: Outcome) -> str:
    if outcome.response:
        return "response"
    return "truncated" if outcome.truncated else "decoded"
