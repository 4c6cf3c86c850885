"""How a client leaves its broker: with a last word, or for another will."""

import asyncio
import signal
from collections.abc import Callable

import pytest

from collector.mqtt.message import Message
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_world import (
    configured,
    counted,
    cut_off,
    listening,
    next_of,
    running,
)

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.timeout(60),
    pytest.mark.usefixtures("afresh"),
]


@pytest.mark.parametrize("cancelled", [True, False])
async def test_it_leaves_with_a_last_word_and_no_will(
    start: Callable[..., Mosquitto], *, cancelled: bool
) -> None:
    broker = start()
    async with (
        running(configured(broker.url)) as world,
        listening(broker, "b/#") as other,
    ):
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        last = Message("b/bridge/state", '{"state":"left"}', retain=True, qos=1)
        if cancelled:
            await world.stop(last)
        else:
            await world.client.close(last)
            await world.task
        assert not world.client.connected
        assert counted("connected") == 0
        assert await next_of(other) == ("b/bridge/state", '{"state":"left"}')
        await other.publish("b/end", "")  # a will would have come before it
        assert await next_of(other) == ("b/end", "")


async def test_another_will_takes_a_new_connection_and_nobody_is_told_of_the_old(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with (
        running(configured(broker.url)) as world,
        listening(broker, "b/#") as other,
    ):
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        await world.client.reconnect(Message("b/bridge/state", "gone", qos=1))
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        cut_off(world)
        assert await next_of(other) == ("b/bridge/state", "gone")
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        await world.client.reconnect(None)
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        cut_off(world)
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
    assert world.waits.qsize() == 2


async def test_a_will_that_changes_on_the_way_is_the_new_one(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with (
        listening(broker, "b/#") as other,
        running(configured(broker.url)) as world,
    ):
        await asyncio.sleep(0)  # now it connects
        await world.client.reconnect(Message("b/bridge/state", "gone", qos=1))
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        cut_off(world)
        assert await next_of(other) == ("b/bridge/state", "gone")


async def test_a_deaf_broker_does_not_hold_up_the_end(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with running(configured(broker.url)) as world:
        await world.connects.get()
        while world.outbox:  # noqa: ASYNC110 - a turn of the loop, nothing to await
            await asyncio.sleep(0)
        broker.signal(signal.SIGSTOP)
        world.outbox.put(Message("b/event", "1", qos=1), ordered=True)
        async with asyncio.timeout(2):
            await world.stop(Message("b/bridge/state", "left", qos=1))
