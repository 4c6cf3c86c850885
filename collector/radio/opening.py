"""How an application of zigpy's is opened, asked for a sign of life, and closed."""

import asyncio
import logging

from collector.radio.application import RelayApplication

_LOG = logging.getLogger(__name__)

CLOSE_SECONDS = 1.5  # for a goodbye to the stick, and again for the database
PING_TRIES = 2


async def load_database(app: RelayApplication) -> None:
    """Open zigbee.db; a cancellation waits until it can be closed again.

    Cancelled in the middle, zigpy forgets the connection, whose thread then keeps the
    process from ending.
    """
    loading = asyncio.ensure_future(app._load_db())  # noqa: SLF001  # see zigpy's new()
    try:
        await asyncio.shield(loading)
    except asyncio.CancelledError:
        await asyncio.wait([loading], timeout=CLOSE_SECONDS)
        raise


async def answers(app: RelayApplication, seconds: float) -> bool:
    """Return whether the coordinator gives a sign of life within so many s, or twice."""
    for _ in range(PING_TRIES):
        try:
            await app.ping(seconds)
        except Exception:  # noqa: BLE001  # any failure means: no answer
            _LOG.debug("The coordinator did not answer a ping", exc_info=True)
        else:
            return True
    return False


async def close(app: RelayApplication) -> None:
    """Shut an application down for good, whatever state it is in.

    A cancellation waits for the end of it: cut short, it leaves the database's thread
    behind, which then keeps the process from ending.
    """
    closing = asyncio.ensure_future(_close(app))
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:
        await asyncio.wait([closing])  # it has time limits of its own
        raise


async def _close(app: RelayApplication) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await app.shutdown(db=True)
    except TimeoutError:
        app.abort()
        _LOG.debug("The coordinator did not let go in time", exc_info=True)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await app.shutdown(db=True)
        except TimeoutError:
            _LOG.warning("The coordinator's database did not close in time")
