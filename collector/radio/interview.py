"""Reads a device's descriptors and names anew, while it stays in use all the time.

zigpy's own `reinterview` puts an empty device in the place of the known one until it
has ended: a cut-off meanwhile finds no endpoint to be sent to. It also asks at the
highest priority. Here the new device waits aside, shares the known one's sequence
numbers and pending answers, and takes its place when it is complete.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from zigpy.device import ZigbeeDevice
from zigpy.types import PacketPriority

from collector.radio.application import RelayApplication
from collector.radio.attempt import attempt
from collector.radio.network_map import BASIC

INTERVIEW_SECONDS = 30.0

# Versions, names, date code, power source and software build; what a relay does not
# have is a status in its answer.
_FACTS = [*range(0x0008), 0x4000]


async def interview(app: RelayApplication, device: Any) -> bool:
    """Read all of it within INTERVIEW_SECONDS; return whether it is complete.

    Raises what zigpy raises where the device does not answer; then all is as before.
    """
    if not device.is_initialized:
        return await _initialize(app, device)
    fresh = _double(device)
    try:
        async with (
            attempt(app, INTERVIEW_SECONDS),
            app.request_priority(PacketPriority.LOW),
        ):
            await fresh.get_node_descriptor()
            await fresh._discover()  # noqa: SLF001  # see zigpy's reinterview()
            await _read_facts(fresh)
        complete = bool(fresh.is_initialized and fresh.model == device.model)
    except BaseException:
        fresh.on_remove()
        raise
    if not complete:
        fresh.on_remove()
        return False
    await _to_the_end(_replace(app, device, fresh))
    return True


async def _initialize(app: RelayApplication, device: Any) -> bool:
    """Carry on with the first interview, which broke off."""
    try:
        async with attempt(app, INTERVIEW_SECONDS):
            await asyncio.wait([device.schedule_initialize()])
    finally:
        device.cancel_initialization()
    return bool(device.is_initialized)


def _double(device: Any) -> Any:
    """Return an empty device at the same address that hears the same answers."""
    fresh: Any = ZigbeeDevice(device.application, device.ieee, device.nwk)
    fresh._requests = device._requests  # noqa: SLF001
    fresh._concurrent_requests_semaphore = device._concurrent_requests_semaphore  # noqa: SLF001
    fresh.get_sequence = device.get_sequence
    fresh.node_desc = device.node_desc  # without one, zigpy waits 28 s for each answer
    return fresh


async def _read_facts(fresh: Any) -> None:
    for endpoint in fresh.non_zdo_endpoints:
        cluster = endpoint.in_clusters.get(BASIC)
        if cluster is not None:
            await cluster.read_attributes(_FACTS)
            return


async def _replace(app: RelayApplication, device: Any, fresh: Any) -> None:
    fresh.nwk = device.nwk  # it may have moved meanwhile
    await app._device_reinterviewed(device, fresh)  # noqa: SLF001
    # From here on it counts for itself; no other task has run in between.
    fresh._send_sequence = device._send_sequence  # noqa: SLF001
    del fresh.get_sequence


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do it all, even where the caller is cancelled: half of it loses the device."""
    doing = asyncio.ensure_future(work)
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise
