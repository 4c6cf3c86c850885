"""A stand-in for the open application, for what the simulator never does."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from zigpy.types import EUI64


class FakeApp:
    """Devices, listeners, and a connection that never goes."""

    def __init__(self) -> None:
        self.gone = False
        self.devices: dict[EUI64, Any] = {}
        self.listeners: list[Any] = []

    @contextmanager
    def lasting(self, limit: object) -> Iterator[None]:
        del limit
        yield

    def add_listener(self, listener: Any) -> None:
        self.listeners.append(listener)

    def remove_listener(self, listener: Any) -> None:
        self.listeners.remove(listener)


def device(number: int, **requests: Callable[..., Awaitable[Any]]) -> Any:
    """Return a device whose ZDO requests are these functions."""
    return SimpleNamespace(
        ieee=EUI64.convert(f"00:15:8d:00:03:a0:00:{number:02x}"),
        nwk=0x1000 + number,
        zdo=SimpleNamespace(**requests),
    )
