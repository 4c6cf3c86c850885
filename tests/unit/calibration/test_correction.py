"""Gain, offset, points, and Zigbee2MQTT's options to the last digit."""

import math

import pytest
from hypothesis import given, settings, strategies as st

from collector.calibration.correction import (
    calibrate_and_round,
    correct,
    gain_of,
    round_like_javascript,
)
from collector.model.settings import CorrectionSpec
from tests.frames.vectors import Vector, of_kind, vector

LINE = ((230.0, 231.2), (240.0, 241.0), (250.0, 253.0))


@pytest.mark.parametrize(
    ("spec", "measured", "true"),
    [
        (CorrectionSpec(), 36.6, 36.6),
        (CorrectionSpec(gain=1.02, offset=-0.3), 1000.0, 1019.7),
        (CorrectionSpec(offset=-2), 45.0, 43.0),
        (CorrectionSpec(percent=10), 200.0, 220.0),
        (CorrectionSpec(percent=-2), 234.005, 229.3249),
        (CorrectionSpec(shift=1.5), 32.0, 33.5),
        (CorrectionSpec(points=((230.0, 231.2),)), 235.0, 236.2),  # one: an offset
        (CorrectionSpec(points=LINE), 230.0, 231.2),
        (CorrectionSpec(points=LINE), 235.0, 236.1),
        (CorrectionSpec(points=LINE), 240.0, 241.0),
        (CorrectionSpec(points=LINE), 245.0, 247.0),
        (CorrectionSpec(points=LINE), 220.0, 221.4),  # slope 0.98 goes on downward
        (CorrectionSpec(points=LINE), 260.0, 265.0),  # slope 1.2 goes on upward
        (CorrectionSpec(points=((5.0, 6.0), (5.0, 7.0))), 10.0, 11.0),
    ],
)
def test_measured_becomes_true(
    spec: CorrectionSpec, measured: float, true: float
) -> None:
    assert correct(spec, measured) == pytest.approx(true, rel=1e-12)


@pytest.mark.parametrize(
    ("spec", "gain"),
    [
        (None, 1.0),
        (CorrectionSpec(gain=1.02), 1.02),
        (CorrectionSpec(percent=-10), 0.9),
        (CorrectionSpec(gain=2, percent=50, offset=7), 3.0),
        (CorrectionSpec(percent=-150), 0.0),
        (CorrectionSpec(gain=math.inf), 1.0),
    ],
)
def test_energy_has_a_gain_that_is_never_negative(
    spec: CorrectionSpec | None, gain: float
) -> None:
    assert gain_of(spec) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.5, 1),
        (-0.5, 0),
        (1.5, 2),
        (2.5, 3),  # banker's rounding would give 2
        (-1.5, -1),
        (-1.6, -2),
        (0.49999999999999994, 0),
        (-0.3, 0),
        (4503599627370497.0, 4503599627370497.0),
    ],
)
def test_half_is_rounded_toward_plus_infinity(value: float, rounded: float) -> None:
    assert round_like_javascript(value) == rounded


def test_what_is_not_finite_is_not_rounded() -> None:
    assert math.isnan(round_like_javascript(math.nan))
    assert round_like_javascript(math.inf) == math.inf


@settings(deadline=None)
@given(st.floats(-1e15, 1e15))
def test_rounding_is_never_off_by_more_than_a_half(value: float) -> None:
    rounded = round_like_javascript(value)
    assert rounded == math.floor(rounded)
    assert abs(rounded - value) <= 0.5


@pytest.mark.parametrize(
    "entry", of_kind("calibration"), ids=lambda entry: str(entry["id"])
)
def test_options_give_what_zigbee2mqtt_was_recorded_to_give(entry: Vector) -> None:
    published = {
        key: calibrate_and_round(value, entry["options"], key)
        for key, value in entry["input"].items()
    }
    assert published == entry["expected"]


@pytest.mark.parametrize(
    ("key", "value", "options", "published"),
    [
        (
            "power",
            36.61201477050781,
            {"power_calibration": 10, "power_precision": 1},
            40.3,
        ),
        ("voltage", 234.005, {"voltage_calibration": -2}, 229.32),
        (
            "device_temperature",
            32,
            {"device_temperature_calibration": 1.5, "device_temperature_precision": 1},
            33.5,
        ),
        ("device_temperature", 32.5, {}, 33),
        ("voltage", 234.00502929687502, {}, 234.01),
        ("energy", 0.0015625000232830644, {"energy_precision": 3}, 0.002),
        (
            "consumption",
            0.0015625000232830644,
            {"energy_calibration": 50},
            0.0015625000232830644,
        ),
        ("power_outage_count", 31, {"power_outage_count_calibration": 5}, 31),
    ],
)
def test_option_changes_only_its_own_key(
    key: str, value: float, options: dict[str, float], published: float
) -> None:
    assert calibrate_and_round(value, options, key) == published


PUBLISHED = [
    entry
    for entry in of_kind("ff01_frame", "analog_report", "analog_readrsp")
    if "z2m_26.112.0_published" in entry["expected"]
]


@pytest.mark.parametrize("entry", PUBLISHED, ids=lambda entry: str(entry["id"]))
def test_default_rounding_gives_what_zigbee2mqtt_publishes(entry: Vector) -> None:
    published = entry["expected"]["z2m_26.112.0_published"]
    for key, value in entry["expected"]["z2m_26.112.0_before_rounding"].items():
        if isinstance(value, int | float):
            assert calibrate_and_round(value, {}, key) == published[key]


def test_a_corrected_value_rounds_like_one_that_zigbee2mqtt_corrected() -> None:
    """The percentage may be applied by the correction, and the rounding at the edge."""
    entry = vector("cal-0")
    value = entry["input"]["power"]
    corrected = correct(CorrectionSpec(percent=10), value)
    assert calibrate_and_round(corrected, {"power_precision": 1}, "power") == 40.3
