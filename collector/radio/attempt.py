"""One request within its time: nothing is sent later, nobody waits longer.

zigpy's own time-outs bound parts of a request, and a part that was given up goes on
the air all the same when its turn comes. Here the whole of it has one time limit.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from zigpy.exceptions import DeliveryError, ParsingError

from collector.radio.application import RelayApplication
from collector.radio.znp import cut_off, deadline, on_turn


@dataclass(slots=True)
class Attempt:
    """How far a request has come."""

    begun: bool = False  # True: it may be on the air

    def begin(self) -> None:
        """The coordinator takes the request now."""
        self.begun = True


@asynccontextmanager
async def attempt(
    app: RelayApplication, seconds: float, *, first: bool = False
) -> AsyncIterator[Attempt]:
    """Bound the requests of this context to so many s; `first`: a cut-off passes all.

    TimeoutError when the time is over, and when the connection goes meanwhile;
    ConnectionError where it is gone already.
    """
    it = Attempt()
    latest = asyncio.get_running_loop().time() + seconds
    until = deadline.set(latest)
    passing = cut_off.set(first)
    telling = on_turn.set(it.begin)
    try:
        async with asyncio.timeout_at(latest) as limit:
            with app.lasting(limit):
                yield it
    finally:
        on_turn.reset(telling)
        cut_off.reset(passing)
        deadline.reset(until)


def reason(app: RelayApplication, error: Exception) -> str:
    """Return why a request failed: a short fixed word, the label of a counter."""
    if app.gone:
        return "radio_down"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, DeliveryError):
        name = getattr(error.status, "name", None)
        return str(name).lower() if name else "undelivered"
    # RuntimeError is zigpy-znp's word for "the connection is gone".
    return "bad_answer" if isinstance(error, ParsingError) else "radio_down"
