"""Each key: what is taken, and the sentence for what is not."""

import pytest
from pydantic import ValidationError

from collector.config.problems import explain
from collector.config.section import Section
from tests.unit.config.texts import config_of, problems_of

RELAY = 'relays: [{{ieee: "0x00158d0003a00000", {}}}]'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sight: x", 'sight: unknown key; did you mean "site"?'),
        (
            "log: {colour: x}",
            "log.colour: unknown key; known here: level, format",
        ),
        (
            "polling: {power_second: 3}",
            'polling.power_second: unknown key; did you mean "power_seconds"?',
        ),
        (
            RELAY.format("channels: {l3: {name: x}}"),
            "relays.0.channels.l3: unknown key; known here: l1, l2",
        ),
        (
            RELAY.format("options: {power_calibrate: 1}"),
            'relays.0.options.power_calibrate: unknown key; did you mean "power_calibration"?',
        ),
        (
            RELAY.format("calibration: {energy: {offset_w: 1}}"),
            "relays.0.calibration.energy.offset_w: unknown key; known here: gain",
        ),
        (
            RELAY.format("calibration: {power: {offset_v: 1}}"),
            'relays.0.calibration.power.offset_v: unknown key; did you mean "offset_w"?',
        ),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(
    text: str, problem: str
) -> None:
    assert problems_of(text) == [problem]


def test_a_key_of_a_later_version_is_refused_not_ignored() -> None:
    class Early(Section):
        """A version that knows a key and cannot serve it."""

        later = frozenset({"matter"})

    with pytest.raises(ValidationError) as caught:
        Early.model_validate({"matter": {"password": "hunter2"}})
    assert explain(caught.value, Early, set()) == [
        (("matter",), "matter: not available in this version; remove it")
    ]


def test_contacts_and_ratings_have_their_keys() -> None:
    config = config_of(
        RELAY.format("interlock: true, power_outage_memory: false")
        + "\nlimits: {min_on_seconds: 0, switches_per_day: 5}"
        + "\nroot: {action: enforce, current_a: 9.5, power_w: 2000}"
    )

    assert config.relays[0].interlock is True
    assert config.relays[0].power_outage_memory is False
    assert config.limits.min_on_seconds == 0
    assert config.limits.min_off_seconds == 60
    assert config.root.action == "enforce"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "limits: {cool_down_seconds: -1}",
            (
                "limits.cool_down_seconds: "
                "Input should be greater than or equal to 0, got -1"
            ),
        ),
        (
            "limits: {override_seconds: 604800.5}",
            (
                "limits.override_seconds: "
                "Input should be less than or equal to 604800, got 604800.5"
            ),
        ),
        (
            "limits: {switches_per_hour: 0}",
            (
                "limits.switches_per_hour: "
                "Input should be greater than or equal to 1, got 0"
            ),
        ),
        (
            "limits: {min_on: 10}",
            'limits.min_on: unknown key; did you mean "min_on_seconds"?',
        ),
        (
            "root: {action: cut}",
            "root.action: Input should be 'alarm' or 'enforce', got \"cut\"",
        ),
        (
            "root: {current_a: 16}",
            "root.current_a: Input should be less than or equal to 10, got 16",
        ),
        (
            "root: {power_w: 3680}",
            "root.power_w: Input should be less than or equal to 2500, got 3680",
        ),
        (
            "root: {power_w: 0}",
            "root.power_w: Input should be greater than 0, got 0",
        ),
        (
            RELAY.format("interlock: 2"),
            "relays.0.interlock: expected true or false, got 2",
        ),
        (
            RELAY.format("power_outage_memory: last"),
            'relays.0.power_outage_memory: expected true or false, got "last"',
        ),
    ],
)
def test_ratings_are_only_lowered_and_waits_not_negative(
    text: str, problem: str
) -> None:
    assert problems_of(text) == [problem]


def test_an_empty_list_of_policies_asks_for_nothing() -> None:
    assert config_of("policies: []").policies == ()


_PLAIN = "expected a plain number (the unit stands in the key's name)"
_WHOLE = "expected a whole number (the unit stands in the key's name)"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "polling: {power_seconds: 30s}",
            f'polling.power_seconds: {_PLAIN}, got "30s"',
        ),
        (
            "polling: {power_seconds: 0}",
            "polling.power_seconds: Input should be greater than 0, got 0",
        ),
        (
            "polling: {power_seconds: .inf}",
            "polling.power_seconds: Input should be a finite number, got inf",
        ),
        (
            "polling: {power_seconds: true}",
            "polling.power_seconds: expected a number, got true",
        ),
        ("polling: {in_flight: 2.5}", f"polling.in_flight: {_WHOLE}, got 2.5"),
        ("radio: {channel: fifteen}", f'radio.channel: {_WHOLE}, got "fifteen"'),
        (
            "radio: {channel: 10}",
            "radio.channel: Input should be greater than or equal to 11, got 10",
        ),
        (
            "radio: {channel: 27}",
            "radio.channel: Input should be less than or equal to 26, got 27",
        ),
        (
            "radio: {form_network: maybe}",
            'radio.form_network: expected true or false, got "maybe"',
        ),
        (
            "radio: {simulator: {firmware: [36, 35]}}",
            "radio.simulator.firmware.1: Input should be 36, 46 or 47, got 35",
        ),
        (
            "radio: {simulator: {speed: 0}}",
            "radio.simulator.speed: Input should be greater than 0, got 0",
        ),
        (
            "radio: simulator",
            (
                "radio: expected a section with path, baudrate, form_network, channel, "
                "simulator, open_timeout_seconds, silence_seconds, ping_timeout_seconds, "
                'reconnect_seconds, reconnect_max_seconds, got "simulator"'
            ),
        ),
        ("relays: boiler", 'relays: expected a list, got "boiler"'),
        ("relays:", "relays: expected a list, got nothing"),
        ("relays: [{name: boiler}]", "relays.0.ieee: this required key is missing"),
        (
            RELAY.format("name: 15"),
            "relays.0.name: expected text; put it in quotes, got 15",
        ),
        (
            "timezone: Europe/Berln",
            (
                "timezone: not a known time zone; "
                "expected a name such as Europe/Berlin or UTC"
            ),
        ),
        (
            "mode: watch",
            "mode: Input should be 'enforce' or 'monitor', got \"watch\"",
        ),
        (
            "nominal_voltage_v: 23",
            "nominal_voltage_v: Input should be greater than or equal to 80, got 23",
        ),
        (
            RELAY.format("options: {power_precision: 4}"),
            (
                "relays.0.options.power_precision: "
                "Input should be less than or equal to 3, got 4"
            ),
        ),
        (
            RELAY.format("options: {current_calibration: -100}"),
            (
                "relays.0.options.current_calibration: "
                "Input should be greater than -100, got -100"
            ),
        ),
        (
            RELAY.format("calibration: {power: {gain: 0}}"),
            "relays.0.calibration.power.gain: Input should be greater than 0, got 0",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_path(text: str, problem: str) -> None:
    assert problems_of(text) == [problem]


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:10177", ("127.0.0.1", 10177)),
        ("localhost:0", ("localhost", 0)),
        (":10177", ("", 10177)),
        ("192.0.2.1:65535", ("192.0.2.1", 65535)),
        ("[::1]:10177", ("::1", 10177)),
    ],
)
def test_the_listener_is_a_host_and_a_port(
    listen: str, address: tuple[str, int]
) -> None:
    assert config_of(f'web: {{listen: "{listen}"}}').web.address == address


@pytest.mark.parametrize(
    "listen", ["127.0.0.1", "10177", "h:65536", "::1:10177", "http://h:1", "h:1/x", ""]
)
def test_a_listener_without_a_plain_port_is_refused(listen: str) -> None:
    assert problems_of(f'web: {{listen: "{listen}"}}') == [
        (
            'web.listen: expected host:port such as "127.0.0.1:10177"; '
            '":10177" is every interface'
        )
    ]


def test_automatic_staleness_is_no_number() -> None:
    assert config_of("staleness: {power_seconds: auto}").staleness.power_seconds is None
    assert config_of("staleness: {power_seconds: 90}").staleness.power_seconds == 90
