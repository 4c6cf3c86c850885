"""The simulator in a process of its own: for benchmarks that count only the host's CPU.

parent, child = multiprocessing.Pipe()
Process(target=serve, args=(child, settings, SystemClock())).start()
port = parent.recv()
parent.send(("joined",)); parent.recv()        # -> how many relays belong
parent.send(("flood", rate, count)); parent.recv()  # -> seconds it took
parent.send(("stop",))
"""

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from collector.model.clock import Clock
from collector.simulator.settings import SimulatorSettings
from collector.simulator.znp import SimulatedCoordinator


def serve(
    pipe: "Connection[Any, Any]",
    settings: SimulatorSettings,
    clock: Clock,
    data_dir: Path | None = None,
) -> None:
    """Serve a coordinator until "stop" or the end of the pipe."""
    asyncio.run(_serve(pipe, SimulatedCoordinator(settings, clock, data_dir), clock))


async def _serve(
    pipe: "Connection[Any, Any]", coordinator: SimulatedCoordinator, clock: Clock
) -> None:
    await coordinator.start()
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    loop.add_reader(pipe.fileno(), asked.set)
    pipe.send(coordinator.port)
    try:
        while True:
            await asked.wait()
            asked.clear()
            while pipe.poll():
                if not await _obey(pipe, coordinator, clock):
                    return
    except EOFError:
        return
    finally:
        loop.remove_reader(pipe.fileno())
        await coordinator.stop()


async def _obey(
    pipe: "Connection[Any, Any]", coordinator: SimulatedCoordinator, clock: Clock
) -> bool:
    """Do what the other side asks for; False: stop."""
    match pipe.recv():
        case ("flood", rate, count):
            begin = clock.now().mono
            await coordinator.flood(rate, count)
            pipe.send(clock.now().mono - begin)
        case ("joined",):
            pipe.send(sum(relay.network is not None for relay in coordinator.relays))
        case _:
            return False
    return True
