"""The options of a relay, from the defaults and its own."""

from typing import Any

import pytest

from collector.mqtt.publishing import Options, merged
from collector.mqtt.relay_state import LastSeen


@pytest.mark.parametrize(
    ("defaults", "own", "options"),
    [
        ({}, {}, Options()),
        ({"retain": True, "qos": 1}, {"qos": 2}, Options(retain=True, qos=2)),
        ({"retain": True}, {"retain": None}, Options(retain=True)),
        ({"retain": True}, {"retain": False}, Options()),
        ({"optimistic": False}, {}, Options(optimistic=False)),
        ({"throttle": 5}, {"throttle": 0}, Options()),
        ({"debounce": 1.5}, {"retention": 60}, Options(debounce=1.5, retention=60)),
        (
            {"filtered_cache": ["a", "b"]},
            {"filtered_cache": ["c"]},
            Options(filtered_cache=("c",)),
        ),
        (
            {},
            {"debounce_ignore": ["action"]},
            Options(debounce_ignore=frozenset({"action"})),
        ),
        (
            {"power_precision": 1},
            {"power_precision": 0},
            Options(precision={"power": 0}),
        ),
        (
            {},
            {"device_temperature_precision": 1},
            Options(precision={"device_temperature": 1}),
        ),
        ({}, {"power_calibration": 5, "friendly_name": "x"}, Options()),
        ({"homeassistant": {"enabled": True}}, {}, Options(home_assistant=True)),
        (
            {"homeassistant": {"enabled": True}},
            {"homeassistant": {"name": "x"}},
            Options(home_assistant=True),
        ),
        ({"homeassistant": True}, {"homeassistant": False}, Options()),
        ({"last_seen": "epoch"}, {}, Options(last_seen=LastSeen.EPOCH)),
    ],
)
def test_own_options_win_and_none_is_not_given(
    defaults: dict[str, Any], own: dict[str, Any], options: Options
) -> None:
    assert merged(defaults, own) == options


@pytest.mark.parametrize(
    ("own", "enabled", "home_assistant"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"homeassistant": False}, True, False),
        ({"homeassistant": {"enabled": False}}, True, False),
        ({"homeassistant": {"name": "x"}}, True, True),
        ({"homeassistant": None}, True, True),
    ],
)
def test_home_assistant_and_last_seen_are_those_of_all_unless_the_relay_says(
    own: dict[str, Any], enabled: bool, home_assistant: bool
) -> None:
    got = merged({"homeassistant": enabled, "last_seen": "ISO_8601"}, own)
    assert got == Options(home_assistant=home_assistant, last_seen=LastSeen.ISO_8601)


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"filtered_cache": ["("]}, "filtered_cache: no regular expression"),
        ({"filtered_attributes": ["a", "["]}, "filtered_attributes: no regular"),
        ({"filtered_optimistic": ["*"]}, "filtered_optimistic: no regular"),
        ({"last_seen": "relative"}, "last_seen: 'relative'"),
    ],
)
def test_options_that_cannot_be_are_refused(own: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        merged({}, own)
