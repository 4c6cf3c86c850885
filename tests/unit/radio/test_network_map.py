"""Neighbour tables that no simulated device has, and answers to a leave request."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import zigpy.types as t
from zigpy.zdo.types import Neighbor, Neighbors, Status

from collector.model.errors import TransientError
from collector.model.network import MapLink
from collector.radio import network_map, upkeep
from collector.radio.application import RelayApplication
from tests.unit.radio.fake_app import FakeApp, device

NOBODY = "00:00:00:00:00:00:00:00"


def neighbor(ieee: str, nwk: int, relationship: int) -> Neighbor:
    """Return one entry as it comes from the air."""
    kind = 1 | 1 << 2 | relationship << 4
    packed = (
        bytes(8)
        + t.EUI64.convert(ieee).serialize()
        + nwk.to_bytes(2, "little")
        + bytes((kind, 0x01, 2, 99))
    )
    entry, rest = Neighbor.deserialize(packed)
    assert rest == b""
    return entry


async def links(
    *parts: tuple[Status, Neighbors | None], app: FakeApp | None = None
) -> tuple[list[MapLink], list[int]]:
    """Return the links of a device that answers so, and the indices it was asked for."""
    answers, asked = iter(parts), []

    async def lqi(start: int, **_: Any) -> tuple[Status, Neighbors | None]:
        asked.append(start)
        return next(answers)

    app = app or FakeApp()
    found = await network_map.links(
        cast(RelayApplication, app), device(1, Mgmt_Lqi_req=lqi)
    )
    return found, asked


def part(total: int, start: int, *entries: Neighbor) -> tuple[Status, Neighbors]:
    return Status.SUCCESS, Neighbors(total, start, list(entries))


async def test_a_link_says_all_that_zigbee2mqtt_shows() -> None:
    found, _ = await links(part(1, 0, neighbor("00:15:8d:00:03:a0:00:05", 5, 2)))
    assert found == [
        MapLink(
            source="00:15:8d:00:03:a0:00:05",
            source_nwk=5,
            target="00:15:8d:00:03:a0:00:01",
            target_nwk=0x1001,
            lqi=99,
            depth=2,
            relationship=2,
            device_type=1,
            rx_on_when_idle=1,
            permit_joining=1,
        )
    ]


async def test_links_of_the_past_are_left_out_and_counted_as_read() -> None:
    old = neighbor("00:15:8d:00:03:a0:00:06", 6, 4)
    new = neighbor("00:15:8d:00:03:a0:00:07", 7, 3)
    found, asked = await links(part(3, 0, old, old), part(3, 2, new))
    assert ([each.source_nwk for each in found], asked) == ([7], [0, 2])


async def test_a_table_that_ends_early_ends() -> None:
    found, asked = await links(part(200, 0))
    assert (found, asked) == ([], [0])


async def test_a_neighbour_without_address_is_looked_up() -> None:
    app = FakeApp()
    known = device(2)
    app.devices[known.ieee] = known
    entries = neighbor(NOBODY, known.nwk, 1), neighbor(NOBODY, 0x77, 1)
    found, _ = await links(part(2, 0, *entries), app=app)
    assert [each.source for each in found] == [str(known.ieee), NOBODY]


async def test_a_device_without_a_table_says_so() -> None:
    with pytest.raises(TransientError, match="has no neighbour table"):
        await links((Status.NOT_SUPPORTED, None))


@pytest.mark.parametrize(
    ("version", "chip", "firmware"),
    [
        ({}, "ZStack12", {}),
        ({"ProductId": 0, "CodeRevision": None}, "ZStack12", {"product": 0}),
        ({"ProductId": 2, "MajorRel": 2}, "ZStack30x", {"product": 2, "majorrel": 2}),
        ({"ProductId": 9}, "unknown", {"product": 9}),
    ],
)
def test_the_chip_is_named_by_its_product(
    version: dict[str, Any], chip: str, firmware: dict[str, int]
) -> None:
    state = SimpleNamespace(
        node_info=SimpleNamespace(ieee="i", nwk=0),
        network_info=SimpleNamespace(
            channel=11, pan_id=1, extended_pan_id="e", metadata={"zstack": version}
        ),
    )
    app = cast(RelayApplication, SimpleNamespace(state=state))
    found = network_map.identity(app)
    assert (found.chip, found.firmware) == (chip, firmware)


async def test_a_relay_that_refuses_to_leave_is_not_gone() -> None:
    async def refuse(*_: Any, **__: Any) -> tuple[Status]:
        return (Status.NOT_SUPPORTED,)

    app = FakeApp()
    with pytest.raises(TransientError, match="refused to leave: NOT_SUPPORTED"):
        await upkeep._leave(
            cast(RelayApplication, app), device(1, Mgmt_Leave_req=refuse)
        )
    assert app.listeners == []


@pytest.mark.parametrize(("who", "gone"), [(1, True), (2, False)])
async def test_a_lost_answer_is_none_where_the_relay_was_seen_to_go(
    who: int, gone: bool
) -> None:
    app = FakeApp()

    async def lose(*_: Any, **__: Any) -> tuple[Status]:
        app.listeners[0].device_left(device(who))
        raise TimeoutError

    leaving = upkeep._leave(cast(RelayApplication, app), device(1, Mgmt_Leave_req=lose))
    if gone:
        await leaving
        return
    with pytest.raises(TransientError, match="did not answer within 5 s"):
        await leaving
