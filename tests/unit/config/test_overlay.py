"""What people changed lies over the file until the file changes that key."""

import json
import re
from typing import Any

import pytest

from collector.config.overlay import Overlay
from collector.config.relay import Relay

ONE, TWO = "00:15:8d:00:03:a0:00:00", "00:15:8d:00:03:a0:00:01"


def relay(ieee: str = ONE, **more: Any) -> Relay:
    return Relay.model_validate({"ieee": ieee, **more})


BOILER, FLOOR = relay(name="boiler"), relay(TWO, name="floor")


def changed(relays: list[Relay], ieee: str, **changes: Any) -> Overlay:
    """Return the overlay after a change and a restart."""
    overlay = Overlay({})
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    document = overlay.change(relays, ieee, keys)
    return Overlay(json.loads(json.dumps({ieee: document})))


def test_a_change_lies_over_the_file() -> None:
    overlay = changed(
        [BOILER], ONE, name="kettle", interlock=True, options__power_precision=1
    )
    found = overlay.over([BOILER])[ONE]
    assert (found.name, found.interlock, found.options.power_precision) == (
        "kettle",
        True,
        1,
    )


def test_the_file_wins_once_it_says_something_new() -> None:
    overlay = changed([BOILER], ONE, name="kettle", interlock=True)
    found = overlay.over([relay(name="tank")])[ONE]
    assert (found.name, found.interlock) == ("tank", True)


def test_a_relay_that_the_file_does_not_name() -> None:
    overlay = changed([], ONE, name="kettle")
    assert overlay.over([])[ONE].shown_name == "kettle"


def test_a_list_of_the_file_is_still_the_same_after_a_restart() -> None:
    filtered = relay(options={"filtered_attributes": ["voltage"]})
    overlay = changed([filtered], ONE, options__filtered_attributes=["current"])
    options = overlay.over([filtered])[ONE].options
    assert options.filtered_attributes == ("current",)


def test_none_takes_the_word_of_the_file_away() -> None:
    retained = relay(options={"retain": True, "qos": 1})
    options = (
        changed([retained], ONE, options__retain=None).over([retained])[ONE].options
    )
    assert (options.retain, options.qos) == (None, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "floor"}, "friendly_name 'floor' is already in use"),
        ({"name": TWO}, f"'{TWO}' is the address of another relay"),
        ({"name": "0x00158d0003a00001"}, "is the address of another relay"),
        ({"options.nonsense": None}, "there is no option 'nonsense'"),
        ({"options.model_dump": None}, "there is no option 'model_dump'"),
        ({"options.filtered_cache": ["(((a+)+)+)+0"]}, "too complicated"),
        ({"name": "a+b"}, "cannot contain +, # or *"),
        ({"name": ""}, "1 to 100 characters"),
        ({"options.power_precision": 9}, "power_precision"),
        ({"interlock": "perhaps"}, "expected true or false"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], words: str) -> None:
    overlay = Overlay({})
    with pytest.raises(ValueError, match=re.escape(words)):
        overlay.change([BOILER, FLOOR], ONE, changes)
    assert overlay.documents == {}


def test_a_name_that_the_file_gives_to_another_relay_is_dropped() -> None:
    overlay = changed([BOILER], ONE, name="kettle")
    found = overlay.over([BOILER, relay(TWO, name="kettle")])
    assert (found[ONE].name, found[TWO].name) == ("boiler", "kettle")


def test_a_quantity_that_the_file_calibrates_by_now_is_as_the_file_says() -> None:
    overlay = changed([BOILER], ONE, options__power_calibration=10)
    calibrated = relay(name="boiler", calibration={"power": {"gain": 1.1}})
    assert overlay.over([calibrated])[ONE] == calibrated


@pytest.mark.parametrize(
    "document", [{"name": "x"}, {"name": [1]}, {"name": [7, "boiler"]}]
)
def test_garbage_on_disk_changes_nothing(document: dict[str, Any]) -> None:
    assert Overlay({ONE: document, "no address": {}}).over([BOILER])[ONE] == BOILER


def test_the_replacement_of_a_relay_takes_its_name() -> None:
    """The old one is called otherwise first; in whatever order they are kept."""
    first = changed([BOILER, FLOOR], ONE, name="old boiler").documents[ONE]
    second = Overlay({ONE: first}).change([BOILER, FLOOR], TWO, {"name": "boiler"})
    for order in ((ONE, first), (TWO, second)), ((TWO, second), (ONE, first)):
        found = Overlay(dict(order)).over([BOILER, FLOOR])
        assert (found[ONE].name, found[TWO].name) == ("old boiler", "boiler")
