from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collector.web.control_server import ControlServer
from collector.web.reach import CONTROL_SOCKET
from tests.web_ports import House


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def data_dir(house: House, tmp_path: Path) -> AsyncIterator[Path]:
    """The data_dir of a running service."""
    server = ControlServer()
    await server.start(tmp_path / CONTROL_SOCKET, house)
    yield tmp_path
    await server.stop()
