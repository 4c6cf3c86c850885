"""`collector simulate`: a coordinator with relays on a TCP port."""

import asyncio
import math
import signal
from pathlib import Path
from typing import Any

from collector.clock import ScaledClock, SystemClock
from collector.events import setup_logging
from collector.model.errors import CollectorError, ConfigError
from collector.simulator.settings import SimulatorError, SimulatorSettings
from collector.simulator.znp import SimulatedCoordinator
from collector.state.folder import prepare_data_dir


def simulate(options: dict[str, Any], speed: float, data_dir: Path | None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    setup_logging("info", json_format=False)
    if not math.isfinite(speed):
        raise ConfigError("collector simulate", [f"--speed must be a number: {speed}"])
    if data_dir is not None:
        prepare_data_dir(data_dir)
    try:
        asyncio.run(_serve(SimulatorSettings(**options), speed, data_dir))
    except SimulatorError as error:
        raise ConfigError("collector simulate", [str(error)]) from error


async def _serve(
    settings: SimulatorSettings, speed: float, data_dir: Path | None
) -> None:
    clock = SystemClock() if speed == 1.0 else ScaledClock(speed)
    coordinator = SimulatedCoordinator(settings, clock, data_dir)
    try:
        await coordinator.start()
    except OSError as error:
        raise CollectorError(error.strerror or str(error)) from error
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    print(
        f"{settings.relays} relay(s) behind socket://127.0.0.1:{coordinator.port}",
        flush=True,
    )
    try:
        await stop.wait()
    finally:
        await coordinator.stop()
