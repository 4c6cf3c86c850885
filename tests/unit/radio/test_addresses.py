"""Where a bridge is: names are looked up, everything else is left as it is."""

import socket

import pytest

from collector.radio.addresses import resolved

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"])


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("socket://127.0.0.1:6638", "socket://127.0.0.1:6638"),
        ("socket://[::1]:6638", "socket://[::1]:6638"),
        ("socket://localhost", "socket://localhost"),
    ],
)
async def test_an_address_stays_as_it_is(path: str, found: str) -> None:
    assert await resolved(path) == found


async def test_a_name_becomes_its_address() -> None:
    assert await resolved("socket://localhost:6638") in {
        "socket://127.0.0.1:6638",
        "socket://[::1]:6638",
    }


async def test_a_name_that_cannot_be_one_is_an_unknown_host() -> None:
    with pytest.raises(socket.gaierror):
        await resolved(f"socket://{'a' * 64}:6638")
