"""The checked file in the words of the core."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.config.load import load
from collector.config.schema import Config
from collector.config.settings import line_settings
from collector.config.zone import known_zone, system_zone
from collector.model.quantity import Quantity
from collector.model.settings import (
    CorrectionSpec,
    LineSettings,
    PollingSettings,
    StalenessSettings,
)
from tests.unit.config.texts import config_of

EXAMPLE = Path(__file__).with_name("example.yaml")


def settings_of(text: str) -> LineSettings:
    return line_settings(config_of(text))


def test_the_example_in_the_words_of_the_core() -> None:
    settings = line_settings(load(EXAMPLE))

    boiler = settings.relays["00:15:8d:00:03:a0:00:00"]
    assert boiler.name == "boiler"
    assert boiler.channel_names == {"l1": "heater", "l2": "pump"}
    assert boiler.corrections == {
        Quantity.POWER: CorrectionSpec(gain=1.02, offset=-0.3),
        Quantity.VOLTAGE: CorrectionSpec(points=((230.0, 231.2), (240.0, 241.0))),
        Quantity.TEMPERATURE: CorrectionSpec(offset=-2),
        Quantity.CURRENT: CorrectionSpec(percent=3),
    }
    nameless = settings.relays["00:15:8d:00:03:a0:00:03"]
    assert nameless.name == nameless.ieee
    assert settings.timezone == ZoneInfo("Europe/Berlin")


def test_defaults_of_the_file_are_the_defaults_of_the_core() -> None:
    settings = line_settings(Config())

    assert settings.polling == PollingSettings()
    assert settings.staleness == StalenessSettings()
    assert settings.availability_seconds == LineSettings().availability_seconds
    assert settings.tariff is None
    assert settings.relays == {}


def test_polling_and_staleness_reach_the_core() -> None:
    settings = settings_of(
        """
        polling: {power_seconds: 5, state_seconds: 6, reads_per_second: 7, in_flight: 8}
        staleness: {power_seconds: 9, report_seconds: 10, state_seconds: 11}
        availability: {timeout_seconds: 12}
        """
    )

    assert settings.polling == PollingSettings(
        power_seconds=5, state_seconds=6, reads_per_second=7, in_flight=8
    )
    assert settings.staleness == StalenessSettings(
        power_seconds=9, report_seconds=10, state_seconds=11
    )
    assert settings.availability_seconds == 12


@pytest.mark.parametrize(
    ("option", "quantity", "spec"),
    [
        ("power_calibration: -2", Quantity.POWER, CorrectionSpec(percent=-2)),
        ("energy_calibration: 1.5", Quantity.ENERGY, CorrectionSpec(percent=1.5)),
        ("voltage_calibration: 2", Quantity.VOLTAGE, CorrectionSpec(percent=2)),
        ("current_calibration: 3", Quantity.CURRENT, CorrectionSpec(percent=3)),
        (
            "device_temperature_calibration: -2",
            Quantity.TEMPERATURE,
            CorrectionSpec(shift=-2),
        ),
    ],
)
def test_zigbee2mqtts_options_are_percents_and_one_shift(
    option: str, quantity: Quantity, spec: CorrectionSpec
) -> None:
    settings = settings_of(
        f'relays: [{{ieee: "0x0000000000000001", options: {{{option}}}}}]'
    )

    (relay,) = settings.relays.values()
    assert relay.corrections == {quantity: spec}


def test_an_energy_gain_has_no_offset() -> None:
    settings = settings_of(
        'relays: [{ieee: "0x0000000000000001", calibration: {energy: {gain: 1.1}}}]'
    )

    (relay,) = settings.relays.values()
    assert relay.corrections == {Quantity.ENERGY: CorrectionSpec(gain=1.1)}


def test_a_tariff_carries_its_hours_in_local_time() -> None:
    settings = settings_of(
        "timezone: Europe/Berlin\n"
        "tariff: {currency: EUR, periods: [{name: day, price_per_kwh: 0.31}, "
        "{name: night, price_per_kwh: 0.22, hours: 22:00-06:00}, "
        "{name: noon, price_per_kwh: 0.1, hours: 12:30-13:00}]}"
    )

    tariff = settings.tariff
    assert tariff is not None
    assert tariff.currency == "EUR"
    assert tariff.timezone == ZoneInfo("Europe/Berlin")
    assert [(period.start, period.end) for period in tariff.periods] == [
        (None, None),
        (time(22), time(6)),
        (time(12, 30), time(13)),
    ]


def test_hours_until_24_end_at_midnight() -> None:
    settings = settings_of(
        "tariff: {currency: EUR, periods: [{name: day, price_per_kwh: 0.31}, "
        "{name: late, price_per_kwh: 0.22, hours: 22:00-24:00}]}"
    )

    assert settings.tariff is not None
    late = settings.tariff.periods[1]
    assert (late.start, late.end) == (time(22), time(0))


def test_the_systems_zone_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")

    assert Config().zone == ZoneInfo("America/New_York")


def test_without_the_environment_the_systems_zone_is_still_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TZ", raising=False)

    offset = system_zone().utcoffset(datetime(2026, 1, 1, tzinfo=UTC))

    assert offset is not None
    assert abs(offset) < timedelta(hours=15)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "a\0b", "\udc80"]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert known_zone(name) is None
