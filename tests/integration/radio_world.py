"""The radio alone beside a simulated coordinator: no pipeline, no listener."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from collector.clock import SystemClock
from collector.model.clock import Now
from collector.model.command import Origin, SwitchCommand
from collector.model.frame import Frame, ReadRequest, Urgency
from collector.model.quantity import Quantity
from collector.radio.application import RelayApplication
from collector.radio.coordinator import Coordinator, RadioHooks
from collector.radio.join import RosterHooks
from collector.radio.radio_settings import RadioSettings
from collector.simulator.simulated_relay import SimulatedRelay
from collector.simulator.znp import SimulatedCoordinator
from tests.integration.zigpy_host import eventually

ON_OFF = 0x0006


class Radio:
    """An open coordinator, and what it has told."""

    def __init__(self, air: SimulatedCoordinator, database: Path) -> None:
        self.air = air
        self.failed: list[str] = []
        self.lost: list[str] = []
        self.joined: list[str] = []
        self.frames: list[Frame] = []
        self.wire: list[tuple[float, str, int, int, bytes]] = []  # loop time first
        roster = RosterHooks(
            known=lambda ieee, _: self.joined.append(ieee),
            joined=self.joined.append,
            left=lambda _: None,
            removed=lambda _: None,
            foreign=lambda *_: None,
            failed=lambda _: None,
        )
        hooks = RadioHooks(
            frame=self._heard,
            count=lambda _: None,
            roster=roster,
            connected=lambda _: None,
            lost=lambda _, reason: self.lost.append(reason),
            failed=lambda *_: None,
            request_failed=self.failed.append,
            noise=lambda *_: None,
        )
        settings = RadioSettings(
            path=f"socket://127.0.0.1:{air.port}",
            database=database,
            form_network=True,
            open_seconds=8.0,
            ping_seconds=0.5,
            retry_first_seconds=0.05,
            retry_last_seconds=0.1,
        )
        self.coordinator = Coordinator(settings, hooks, SystemClock())
        air.watch(self._sent)

    @property
    def app(self) -> RelayApplication:
        app = self.coordinator._app
        assert app is not None
        return app

    @property
    def relays(self) -> list[SimulatedRelay]:
        return self.air.relays

    def commands(self, relay: SimulatedRelay) -> list[tuple[float, int, bytes]]:
        """Return when which endpoint of the relay was sent which OnOff command."""
        return [
            (at, endpoint, frame)
            for at, ieee, endpoint, cluster, frame in self.wire
            if (ieee, cluster) == (relay.ieee, ON_OFF) and frame[0] & 0x03 == 0x01
        ]

    def _heard(self, frame: Frame, now: Now) -> None:
        del now
        self.frames.append(frame)

    def _sent(self, ieee: str, endpoint: int, cluster: int, frame: bytes) -> None:
        at = asyncio.get_running_loop().time()
        self.wire.append((at, ieee, endpoint, cluster, frame))


@asynccontextmanager
async def radio(air: SimulatedCoordinator, folder: Path) -> AsyncIterator[Radio]:
    """Open the coordinator and pair all of its relays."""
    it = Radio(air, folder / "zigbee.db")
    running = asyncio.create_task(it.coordinator.run())
    try:
        async with asyncio.timeout(15):
            await it.coordinator.up.wait()
        await it.coordinator.permit_join(60)
        wanted = {relay.ieee for relay in air.relays}
        await eventually(lambda: wanted <= set(it.joined), 40)
        it.wire.clear()
        yield it
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def command(
    relay: SimulatedRelay,
    channel: str = "l1",
    *,
    on: bool = False,
    cut_off: bool = True,
    seconds: float = 2.0,
) -> SwitchCommand:
    return SwitchCommand(
        number=1,
        attempt=1,
        ieee=relay.ieee,
        channel=channel,
        on=on,
        origin=Origin.POLICY,
        cut_off=cut_off,
        seconds=seconds,
    )


def power(relay: SimulatedRelay, urgency: Urgency = Urgency.LOW) -> ReadRequest:
    return ReadRequest(ieee=relay.ieee, quantity=Quantity.POWER, urgency=urgency)


async def busy(world: Radio, *requests: ReadRequest) -> list[asyncio.Task[bool]]:
    """Return reads that are all in flight."""
    before = len(world.wire)
    reads = [asyncio.create_task(world.coordinator.read(each)) for each in requests]
    await eventually(lambda: len(world.wire) - before == len(reads))
    return reads
