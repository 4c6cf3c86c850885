"""How the parts of the service run: a bug in one is said, and costs the others nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from collector import events

PAUSE_SECONDS = 1.0  # before a part that failed by a bug is begun again


def both(
    one: Callable[[float], None], other: Callable[[float], None]
) -> Callable[[float], None]:
    """Return what tells both of them."""

    def tell(seconds: float) -> None:
        one(seconds)
        other(seconds)

    return tell


async def guarded(work: Coroutine[Any, Any, None]) -> None:
    """Run a task to its end; a bug in it is said, no more."""
    try:
        await work
    except Exception:  # noqa: BLE001  # a bug: the process lives on
        events.callback_failed("mqtt")


async def for_ever(name: str, part: Callable[[], Awaitable[None]]) -> None:
    """Run a part of the service; a bug in it is said, and it begins again."""
    while True:
        try:
            await part()
        except Exception:  # noqa: BLE001  # a bug: the process lives on
            events.callback_failed(name)
        await asyncio.sleep(PAUSE_SECONDS)
