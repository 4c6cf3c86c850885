"""Carries out what the line wants done: commands first, then reads and writes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from collector import events
from collector.model.clock import Clock
from collector.model.command import (
    Action,
    AttemptResult,
    Origin,
    RequestRefusedError,
    SettingWrite,
    SwitchCommand,
    SwitchResult,
)
from collector.model.decision import EventKind, PolicyEvent
from collector.model.errors import TransientError
from collector.model.frame import ReadRequest
from collector.model.policy import ChannelKey
from collector.pipeline.line import Pipeline
from collector.pipeline.outcome import Outcome

# A command is on the wire in 2 ms: other rules are asked after that, and may have one of
# their own; a log line, a commit and a read take longer, and may wait.
OTHERS_SECONDS = 0.002
REST_SECONDS = 0.01
CROWD_SECONDS = (
    0.05  # frames wait for a command once in so long, or overloads would queue
)
# A scrape waits so long for commands to be on their way, however many there are.
CALM_SECONDS = 0.1
TURNS = 4  # of the loop: a frame is read, queued, judged, and its command begun
NOT_KEPT = "Not switched on: the disk does not take what is to be remembered of it; see the log."
# A person waits for an answer; the command itself goes on to its own end.
ANSWER_SECONDS = 60.0


class Radio(Protocol):
    """The way down to the relays; none of these raises."""

    async def read(self, request: ReadRequest) -> bool:
        """Read one quantity; return whether it was answered."""

    async def switch(self, command: SwitchCommand) -> AttemptResult:
        """Send one attempt of a command."""

    async def write(self, write: SettingWrite) -> bool:
        """Write a setting; return whether the relay took it."""


class Hands:
    """Takes each outcome of the line, and gives the radio's answers back to it."""

    def __init__(self, pipeline: Pipeline, clock: Clock) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._radio: Radio | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._waiting: dict[int, asyncio.Future[SwitchResult]] = {}
        self._later: list[Outcome] = []  # what waits for commands to be on their way
        self._calm = asyncio.Event()  # set while nothing waits
        self._calm.set()
        self._sent = asyncio.Event()  # set but for the 2 ms of a command
        self._sent.set()
        self._resting: asyncio.TimerHandle | None = None  # until `_later` is done
        self._gave_way = float("-inf")  # s of the loop's clock
        self._listeners: list[Callable[[PolicyEvent, str], None]] = []
        # Brings latches, counts and overrides to disk; False: it refused.
        self.commit: Callable[[], Awaitable[bool]] = _committed
        self.on_urgent: Callable[[], None] = lambda: None
        # A relay has said yes to an attempt; a setting is written, or is not.
        self.on_answered: Callable[[SwitchCommand], None] = lambda _: None
        self.on_written: Callable[[SettingWrite, bool], None] = lambda _, __: None

    def attach(self, radio: Radio, tasks: asyncio.TaskGroup) -> None:
        """From now on there is a radio, and somewhere to run."""
        self._radio, self._tasks = radio, tasks

    def detach(self) -> None:
        """The service ends: nothing more is begun."""
        self._radio = self._tasks = None

    @property
    def hurried(self) -> bool:
        """Whether a command is only just on its way: others are to be brief."""
        return bool(self._later)

    async def give_way(self) -> None:
        """Let a command go first that is not on the wire yet; not one of a crowd."""
        now = asyncio.get_running_loop().time()
        if not self._sent.is_set() and now - self._gave_way > CROWD_SECONDS:
            self._gave_way = now
            await self._sent.wait()

    async def breathe(self) -> None:
        """Let the loop turn; a long work that calls this gives way to commands."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if self._later:
            with suppress(TimeoutError):
                async with asyncio.timeout(CALM_SECONDS):
                    await self._calm.wait()

    def listen(self, listener: Callable[[PolicyEvent, str], None]) -> None:
        """Give each event of the record, with the relay's name, to this one too."""
        self._listeners.append(listener)

    def follow(self, step: Callable[[], Outcome]) -> None:
        """Take what a step of the line brings about; a bug in it is said, no more."""
        try:
            self.take(step())
        except Exception:  # noqa: BLE001  # the process lives on
            events.callback_failed("line")

    def take(self, outcome: Outcome) -> None:
        """Do what an outcome asks for; never waits."""
        if self._tasks is None or self._radio is None:
            return
        for command in outcome.commands:
            self._tasks.create_task(self._switch(self._radio, command), name="switch")
        if outcome.commands:
            loop = asyncio.get_running_loop()
            loop.call_later(OTHERS_SECONDS, self._others)
            self._sent.clear()
            self._calm.clear()
        if outcome.commands or self._later:
            self._later.append(outcome)  # the record keeps its order
        else:
            self._rest(outcome)

    def _others(self) -> None:
        self._sent.set()
        if self._resting is None:
            loop = asyncio.get_running_loop()
            self._resting = loop.call_later(
                REST_SECONDS - OTHERS_SECONDS, self._rest_all
            )
        self.follow(self._pipeline.catch_up)

    def _rest_all(self) -> None:
        self._resting = None
        later, self._later = self._later, []
        self._calm.set()
        for outcome in later:
            try:
                self._rest(outcome)
            except Exception:  # noqa: BLE001  # one of them must not cost the others
                events.callback_failed("record")

    def _rest(self, outcome: Outcome) -> None:
        """Do what may come after the commands."""
        if self._tasks is None or self._radio is None:
            return
        radio, tasks = self._radio, self._tasks
        for number, result in outcome.finished.items():
            self._finish(number, result)
        for event in outcome.decisions:
            try:
                self._tell(event)
            except Exception:  # noqa: BLE001  # a bug in a record: the rest goes on
                events.callback_failed("record")
        if outcome.urgent:
            self.on_urgent()
        for request in outcome.reads:
            tasks.create_task(self._read(radio, request), name="read")
        for write in outcome.writes:
            tasks.create_task(self._write(radio, write), name="write")

    async def request(
        self, channel: ChannelKey, action: Action, origin: Origin
    ) -> SwitchResult:
        """Switch for a person and wait for the outcome; RequestRefusedError: why not."""
        try:
            number, outcome = self._pipeline.request(
                channel, action, origin, self._clock.now()
            )
        except RequestRefusedError:
            self.take(self._pipeline.drain())
            raise
        answer = self._waiting.get(number)
        if answer is None:
            answer = asyncio.get_running_loop().create_future()
            self._waiting[number] = answer
        self.take(outcome)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await asyncio.shield(answer)

    def drain(self) -> None:
        """Do what a person's request has brought about."""
        self.take(self._pipeline.drain())

    async def _switch(self, radio: Radio, command: SwitchCommand) -> None:
        result = AttemptResult.NO_ANSWER  # whatever goes wrong, it may be on the air
        try:
            if not command.on or await self._may_close(command):
                result = await radio.switch(command)
            else:
                result = AttemptResult.NOT_SENT
        except Exception:  # noqa: BLE001  # a bug must not leave a command without end
            events.callback_failed("switch")
        # Not where it was cancelled: the service ends, and nobody knows the outcome.
        self.follow(lambda: self._pipeline.answered(command, result, self._clock.now()))
        if result is AttemptResult.ANSWERED:
            self._told(lambda: self.on_answered(command))

    async def _may_close(self, command: SwitchCommand) -> bool:
        """Keep what an ON follows from; return whether it is still wanted then.

        A restore that a kill makes forget its count would come again and again. And
        while the disk takes its time a protection may have acted.
        """
        try:
            async with asyncio.timeout(command.seconds):
                kept = await self.commit()
        except TimeoutError:
            kept = False
        if not kept:
            waiting = self._waiting.pop(command.number, None)
            if waiting is not None and not waiting.done():
                waiting.set_exception(TransientError(NOT_KEPT))
        wanted = self._pipeline.policies.still_wanted
        return kept and wanted(command, self._clock.now())

    async def _read(self, radio: Radio, request: ReadRequest) -> None:
        answered = False
        try:
            answered = await radio.read(request)
        except Exception:  # noqa: BLE001  # a bug in a read must not end the service
            events.callback_failed("read")
        self.follow(
            lambda: self._pipeline.read_finished(
                request, answered=answered, now=self._clock.now()
            )
        )

    async def write(self, write: SettingWrite) -> bool:
        """Write a setting for a person; return whether the relay took it.

        RequestRefusedError(409): not now.
        """
        keeper, mono = self._pipeline.policies.keeper, self._clock.now().mono
        why = keeper.objection(write, mono)
        if why is not None:
            raise RequestRefusedError(409, why)
        if self._radio is None:
            return False
        keeper.begin(write, mono)
        return await self._write(self._radio, write)

    async def _write(self, radio: Radio, write: SettingWrite) -> bool:
        done = False
        try:
            done = await radio.write(write)
        except Exception:  # noqa: BLE001  # as above
            events.callback_failed("write")
        self.follow(
            lambda: self._pipeline.write_finished(
                write, done=done, now=self._clock.now()
            )
        )
        self._told(lambda: self.on_written(write, done))
        return done

    @staticmethod
    def _told(tell: Callable[[], None]) -> None:
        try:
            tell()
        except Exception:  # noqa: BLE001  # a bug of an edge: the service lives on
            events.callback_failed("edge")

    def _finish(self, number: int, result: SwitchResult) -> None:
        """Give a person the answer."""
        waiting = self._waiting.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def _tell(self, event: PolicyEvent) -> None:
        name = self._pipeline.name(event.ieee)
        events.policy_event(event, name)
        if event.kind is EventKind.OUTCOME and event.latency is not None:
            events.command_ended(event.origin, event.latency)
        for listener in self._listeners:
            listener(event, name)


async def _committed() -> bool:
    """Nothing has to be kept."""
    return True
