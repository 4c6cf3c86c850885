"""Addresses and names of relays."""

import pytest

from collector.config.relay import normal_ieee
from tests.unit.config.texts import config_of, problems_of

RELAY = 'relays: [{{ieee: "0x00158d0003a00000", {}}}]'


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("00:15:8d:00:03:a0:00:00", "00:15:8d:00:03:a0:00:00"),
        ("00:15:8D:00:03:A0:00:0F", "00:15:8d:00:03:a0:00:0f"),
        ("0x00158d0003a00000", "00:15:8d:00:03:a0:00:00"),
        ("00158D0003A00000", "00:15:8d:00:03:a0:00:00"),
        ("00-15-8d-00-03-a0-00-00", "00:15:8d:00:03:a0:00:00"),
        ("00:15:8d:00:03:a0:00", None),
        ("0x158d0003a00000", None),
        ("0x00158d0003a0000g", None),
        ("00:15:8d00:03:a0:00:00", None),
        ("", None),
    ],
)
def test_an_address_has_one_form_however_it_is_written(
    written: str, address: str | None
) -> None:
    assert normal_ieee(written) == address


def test_what_is_no_address_is_refused() -> None:
    assert problems_of("relays: [{ieee: boiler}]") == [
        (
            'relays.0.ieee: expected an IEEE address such as "00:15:8d:00:03:a0:00:00" '
            'or "0x00158d0003a00000"'
        )
    ]


def test_two_relays_with_one_address_are_one_problem_each() -> None:
    text = 'relays: [{ieee: "0x0000000000000001"}, {ieee: "00:00:00:00:00:00:00:01"}]'

    assert problems_of(text) == [
        (
            "relays.1.ieee: 00:00:00:00:00:00:00:01 is also the address of relays.0; "
            "list each relay once"
        )
    ]


@pytest.mark.parametrize("name", ["0x0000000000000002", "0000000000000002"])
def test_a_name_that_is_another_address_is_refused(name: str) -> None:
    text = f"relays: [{{ieee: '0x0000000000000001', name: '{name}'}}]"

    assert problems_of(text) == [
        f'relays.0.name: "{name}" is an address of another relay; choose a word'
    ]


def test_a_relay_may_be_named_by_its_own_address() -> None:
    config = config_of(
        "relays: [{ieee: '0x0000000000000001', name: '0x0000000000000001'}]"
    )

    assert config.relays[0].shown_name == "0x0000000000000001"


@pytest.mark.parametrize(
    "name", ["''", "'  '", "/a", "a/", "a+", "a#", "'*'", "a/l1", "l2", '"a\\nb"']
)
def test_a_name_that_no_topic_or_path_can_carry_is_refused(name: str) -> None:
    (problem,) = problems_of(RELAY.format(f"name: {name}"))

    assert problem.startswith("relays.0.name: a ")


def test_both_channels_with_one_name_are_refused() -> None:
    text = RELAY.format("channels: {l1: {name: pump}, l2: {name: pump}}")

    assert problems_of(text) == [
        'relays.0.channels.l2.name: "pump" is also the name of l1'
    ]
