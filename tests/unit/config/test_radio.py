"""Which coordinator a person may name."""

import pytest

from tests.unit.config.texts import config_of, problems_of


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("simulator", "simulator"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("socket://h.example:6638", "socket://h.example:6638"),
        ("tcp://192.0.2.1:6638", "socket://192.0.2.1:6638"),
        ("socket://[::1]:6638", "socket://[::1]:6638"),
    ],
)
def test_a_radio_is_a_device_a_bridge_or_the_simulator(written: str, path: str) -> None:
    assert config_of(f'radio: {{path: "{written}"}}').radio.path == path


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (
            "ttyUSB0",
            (
                'expected "simulator", a serial device such as /dev/serial/by-id/... '
                "or socket://host:port"
            ),
        ),
        (
            "http://h:1",
            (
                'expected "simulator", a serial device such as /dev/serial/by-id/... '
                "or socket://host:port"
            ),
        ),
        (
            "socket://h",
            "expected socket://host:port with a port from 1 to 65535",
        ),
        (
            "socket://h:0",
            "expected socket://host:port with a port from 1 to 65535",
        ),
        (
            "socket://h:70000",
            "expected socket://host:port with a port from 1 to 65535",
        ),
        (
            "socket://me:secret@h:1",
            "expected socket://host:port and nothing else in it",
        ),
        ("socket://h:1/x", "expected socket://host:port and nothing else in it"),
        ("socket://h:1?x", "expected socket://host:port and nothing else in it"),
    ],
)
def test_any_other_radio_is_refused(path: str, problem: str) -> None:
    assert problems_of(f'radio: {{path: "{path}"}}') == [f"radio.path: {problem}"]


def test_one_firmware_is_a_list_of_one() -> None:
    config = config_of("radio: {simulator: {firmware: 47}}")

    assert config.radio.simulator.firmware == (47,)
