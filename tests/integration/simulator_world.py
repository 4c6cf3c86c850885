"""A simulated coordinator for one test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from collector.clock import ScaledClock, SystemClock
from collector.simulator.settings import SimulatorSettings
from collector.simulator.znp import SimulatedCoordinator

LOOPBACK = ["127.0.0.1"]


@asynccontextmanager
async def simulator(
    data_dir: Path | None = None, *, speed: float | None = None, **settings: Any
) -> AsyncIterator[SimulatedCoordinator]:
    """Run a coordinator with three quiet relays that join quickly."""
    fast: dict[str, Any] = {"scenario": "quiet", "join_seconds": 0.02}
    wanted = SimulatorSettings(**fast | settings)
    clock = SystemClock() if speed is None else ScaledClock(speed)
    coordinator = SimulatedCoordinator(wanted, clock, data_dir)
    await coordinator.start()
    try:
        yield coordinator
    finally:
        await coordinator.stop()
