"""What waits for the broker: bounded, and of each state only the newest."""

import asyncio
from collections import OrderedDict
from typing import Final

from collector import events
from collector.mqtt.message import Message

WAITING_AT_MOST: Final = 2_000  # messages; 200 relays have some 1,000 retained topics
_QUEUE: Final = "mqtt"


class Outbox:
    """First in, first out; a newer state takes the place of the one that waits.

    It keeps that place: moved to the end, a state that changes faster than the broker
    takes messages would never be sent. Only where an ordered message of the same topic
    has come in between does it go to the end, so that the newest is always the last.

    One consumer, one message at a time: `put_back` is of what `get` gave last.
    """

    def __init__(self, waiting_at_most: int = WAITING_AT_MOST) -> None:
        self._at_most = waiting_at_most
        self._waiting: OrderedDict[int, Message] = OrderedDict()
        self._states: dict[str, int] = {}  # topic -> the state that may be replaced
        self._ordered: OrderedDict[int, None] = OrderedDict()  # never replaced
        self._taken_ordered = False  # what `get` gave last was one of these
        self._first = 0  # number of the next that is put back
        self._last = 0  # … of the next that is put
        self._some = asyncio.Event()

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._waiting)

    def put(self, message: Message, *, ordered: bool = False) -> None:
        """Take a message, and never wait.

        `ordered`: an event, a response or a log line, which no later one replaces.
        Of too many the oldest of these is dropped and counted, or else of the states.
        """
        waiting = self._states.get(message.topic)
        if waiting is not None and not ordered:
            self._waiting[waiting] = message
            return
        self._last += 1
        self._waiting[self._last] = message
        if ordered:
            self._ordered[self._last] = None
            self._states.pop(message.topic, None)
        else:
            self._states[message.topic] = self._last
        self._added()

    async def get(self) -> Message:
        """Wait for a message and take it out; cancelled, it takes none."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        number, message = self._waiting.popitem(last=False)
        self._taken_ordered = number in self._ordered
        self._forget(number, message)
        return message

    def put_back(self, message: Message) -> None:
        """Take again, as the first, what `get` gave last and nobody got.

        A state for which a newer one waits is not taken.
        """
        if not self._taken_ordered and message.topic in self._states:
            return
        number = self._first
        self._first -= 1
        self._waiting[number] = message
        self._waiting.move_to_end(number, last=False)
        if self._taken_ordered:
            self._ordered[number] = None
            self._ordered.move_to_end(number, last=False)
        elif all(self._waiting[each].topic != message.topic for each in self._ordered):
            self._states[message.topic] = number
        self._added()

    def clear_waiting(self) -> None:
        """Forget all that waits."""
        self._waiting.clear()
        self._states.clear()
        self._ordered.clear()

    def _added(self) -> None:
        self._some.set()
        if len(self._waiting) <= self._at_most:
            return
        number = next(iter(self._ordered or self._waiting))
        self._forget(number, self._waiting.pop(number))
        events.queue_dropped(_QUEUE)
        events.mqtt_message("out", "dropped")

    def _forget(self, number: int, message: Message) -> None:
        self._ordered.pop(number, None)
        if self._states.get(message.topic) == number:
            del self._states[message.topic]
