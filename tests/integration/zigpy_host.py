"""A plain zigpy-znp host for the simulator's tests, opened and closed cleanly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from zigpy_znp.zigbee.application import ControllerApplication


async def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Return the condition's value once it is true; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not (value := condition()):  # noqa: ASYNC110 - zigpy has no event
            await asyncio.sleep(0.01)
    return value


class Listener:
    """Keeps what the application tells its listeners."""

    def __init__(self) -> None:
        self.initialized: list[Any] = []
        self.failed: list[Any] = []
        self.left: list[Any] = []
        self.messages: list[tuple[str, int, int, bytes]] = []

    def device_initialized(self, device: Any) -> None:
        self.initialized.append(device)

    def device_init_failure(self, device: Any) -> None:
        self.failed.append(device)

    def device_left(self, device: Any) -> None:
        self.left.append(device)

    def handle_message(self, device: Any, *args: Any) -> None:
        _profile, cluster, source, _destination, message = args
        self.messages.append((str(device.ieee), source, cluster, bytes(message)))

    def of(self, ieee: str, cluster: int) -> list[bytes]:
        """Return the frames of one relay and cluster."""
        return [
            message
            for who, _endpoint, its, message in self.messages
            if (who, its) == (ieee, cluster)
        ]


class Host:
    """A running application and its listener."""

    def __init__(self, app: ControllerApplication) -> None:
        self.app = app
        self.heard = Listener()
        app.add_listener(self.heard)

    async def pair(self, count: int, seconds: float = 20.0) -> None:
        """Open the network until `count` devices have been interviewed."""
        await self.app.permit(60)
        await eventually(lambda: len(self.heard.initialized) >= count, seconds)
        await self.app.permit(0)

    def device(self, ieee: str) -> Any:
        """Return the device with this address."""
        return next(
            each for each in self.app.devices.values() if str(each.ieee) == ieee
        )


@asynccontextmanager
async def zigpy_host(
    port: int, database: Path | None = None, *, form: bool = True
) -> AsyncIterator[Host]:
    """Run zigpy-znp on a coordinator; the network is formed where there is none."""
    config = {
        "device": {"path": f"socket://127.0.0.1:{port}", "baudrate": 115200},
        "database_path": None if database is None else str(database),
        "network": {"channel": 15},
        "ota": {"enabled": False},
        "topology_scan_enabled": False,
        "watchdog_enabled": False,
        "backup_enabled": False,
        "znp_config": {"sync_request_timeout": 2, "async_response_timeout": 5},
    }
    app = ControllerApplication(config)
    try:
        await app._load_db()
        async with asyncio.timeout(20):
            await app.startup(auto_form=form)
        yield Host(app)
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await app.shutdown(db=True)
