"""One batch to the server, whole or in parts, and how long to wait when it takes none."""

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from collector.model.clock import Clock
from collector.sinks.dead_letters import DeadLetter
from collector.sinks.influx_answer import Answer, Fate

BATCH_POINTS: Final = 5000  # InfluxDB's own advice for a request
FIRST_WAIT: Final = 1.0  # s after a failure; twice as long each time
LAST_WAIT: Final = 60.0
# Where not one of so many lines is taken, the lines are not to blame.
SUSPICIOUS: Final = 8

Post = Callable[[bytes], Awaitable[Answer]]


class Sender:
    """Sends batches to one server; remembers what is too large for it."""

    def __init__(
        self, post: Post, clock: Clock, *, batch_points: int = BATCH_POINTS
    ) -> None:
        self._post = post
        self._clock = clock
        self.batch_points = batch_points
        self._most = batch_points  # of a request, as far as the server has said
        self._failures = 0  # one after the other

    async def send(self, body: bytes) -> tuple[Answer, list[DeadLetter]]:
        """Send lines; also return what the server refuses while it takes the rest."""
        if not body:  # all of it was damaged
            return _DONE, []
        answer, dead = await self._sorted(body.split(b"\n"))
        if answer.fate is Fate.KEEP:
            self._failures += 1
        else:
            self._failures = 0
            self._most = min(self.batch_points, self._most + self._most // 4 + 1)
        return answer, dead

    def wait(self, answer: Answer) -> float:
        """Return how long to wait after a failure, s, so that many do not come at once."""
        base = min(FIRST_WAIT * 2.0 ** min(self._failures - 1, 16), LAST_WAIT)
        jitter = random.uniform(0.8, 1.2)  # noqa: S311  # no secret
        return base * jitter if answer.wait is None else answer.wait + 0.1 * jitter

    async def _sorted(self, lines: list[bytes]) -> tuple[Answer, list[DeadLetter]]:
        answer, refused = await self._sort(lines)
        if answer.fate is Fate.KEEP or not refused:
            return answer, []
        why = next(iter(refused.values()))
        if len(lines) >= SUSPICIOUS and len(refused) == len(set(lines)):
            sentence = f"refuses every one of {len(lines)} points: {why.sentence}"
            return Answer(Fate.KEEP, why.status, sentence), []
        # Once more: it may have refused everything, and then thought better of it.
        answer, refused = await self._sort(list(refused))
        if answer.fate is Fate.KEEP:
            return answer, []
        return answer, [self._letter(line, why) for line, why in refused.items()]

    async def _sort(self, lines: list[bytes]) -> tuple[Answer, dict[bytes, Answer]]:
        """Send lines whole or in parts, until each is stored, or refused alone."""
        parts = self._parts(lines)
        refused: dict[bytes, Answer] = {}
        while parts:
            part = parts.pop()
            answer = await self._post(b"\n".join(part))
            if answer.fate is Fate.KEEP:
                return answer, refused
            if answer.fate is Fate.STORED:
                continue
            if len(part) == 1:
                refused[part[0]] = answer
                continue
            middle = len(part) // 2
            if answer.fate is Fate.HALVE:
                self._most = middle
            parts += [part[middle:], part[:middle]]
        return _DONE, refused

    def _parts(self, lines: Sequence[bytes]) -> list[list[bytes]]:
        """Return the lines in parts that the server takes, the last part first."""
        most = self._most
        return [
            list(lines[begin : begin + most]) for begin in range(0, len(lines), most)
        ][::-1]

    def _letter(self, line: bytes, answer: Answer) -> DeadLetter:
        return DeadLetter(
            at=self._clock.now().wall.timestamp(),
            status=answer.status,
            error=answer.sentence,
            line=line.decode("utf-8", "replace"),
        )


_DONE: Final = Answer(Fate.STORED)
