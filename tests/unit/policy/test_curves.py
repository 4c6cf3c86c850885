"""Curves of overcurrent relays and fuses against numbers that were worked out apart."""

import math

import pytest

from collector.model.policy import Curve
from collector.policy.curves import curve_of, trip_seconds

RATIOS = (1.1, 1.3, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0)
# s at TMS 1, to 40 digits by the formulas of IEC 60255-151, and rounded
IEC_SECONDS = {
    Curve.SI: (
        *(73.37443, 26.61052, 17.19422, 10.02903, 6.30193),
        *(4.27972, 3.52774, 2.97060, 2.51552, 2.26736),
    ),
    Curve.VI: (
        *(135.0, 45.0, 27.0, 13.5, 6.75),
        *(3.375, 2.25, 1.5, 0.96429, 0.71053),
    ),
    Curve.EI: (
        *(380.95238, 115.94203, 64.0, 26.66667, 10.0),
        *(3.33333, 1.66667, 0.80808, 0.35714, 0.20050),
    ),
}
IEC_TABLE = [
    (curve, ratio, seconds)
    for curve, row in IEC_SECONDS.items()
    for ratio, seconds in zip(RATIOS, row, strict=True)
]
# s from cold: 240·ln(r²/(r² - 1.2769))
FUSE_TABLE = [
    (1.2, 522.7284),
    (1.45, 224.3453),
    (1.5, 201.1677),
    (2.0, 92.2856),
    (2.55, 52.4681),
    (2.9, 39.5221),
    (4.0, 19.961),
    (4.9, 13.1156),
    (9.9, 3.1473),
]
INSTANT = {Curve.B: 3.0, Curve.C: 5.0, Curve.D: 10.0}


@pytest.mark.parametrize("tms", [0.05, 0.1, 0.3, 1.0])
@pytest.mark.parametrize(("curve", "ratio", "seconds"), IEC_TABLE)
def test_iec_times(curve: Curve, ratio: float, seconds: float, tms: float) -> None:
    assert trip_seconds(curve, tms, ratio) == pytest.approx(tms * seconds, rel=1e-4)


@pytest.mark.parametrize("curve", INSTANT)
@pytest.mark.parametrize(("ratio", "seconds"), FUSE_TABLE)
def test_fuse_times(curve: Curve, ratio: float, seconds: float) -> None:
    expected = 0.0 if ratio >= INSTANT[curve] else seconds
    assert trip_seconds(curve, 1.0, ratio) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("curve", "times"), INSTANT.items())
def test_fuses_trip_at_once_at_their_letter(curve: Curve, times: float) -> None:
    assert trip_seconds(curve, 1.0, times) == 0.0
    assert trip_seconds(curve, 1.0, times - 0.001) > 3.0


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("curve", Curve)
def test_what_is_rated_never_trips(curve: Curve, ratio: float) -> None:
    assert trip_seconds(curve, 1.0, ratio) == math.inf


@pytest.mark.parametrize("curve", INSTANT)
def test_a_fuse_carries_a_little_more_for_ever(curve: Curve) -> None:
    fuse = curve_of(curve, 1.0)
    assert fuse.left(0.0, 1.13) == math.inf
    assert fuse.heat(0.0, 1.12, 1e6) < 1.0
    assert fuse.left(0.0, 1.131) < math.inf


@pytest.mark.parametrize(
    ("curve", "ratio", "seconds"),
    [
        # from full to empty in tr/(1 - M²)
        (Curve.SI, 0.0, 13.5),
        (Curve.VI, 0.0, 47.3),
        (Curve.EI, 0.0, 80.0),
        (Curve.SI, 0.5, 18.0),
        (Curve.VI, 0.8, 131.3889),
        (Curve.EI, 0.9, 421.0526),
    ],
)
def test_a_disk_turns_back(curve: Curve, ratio: float, seconds: float) -> None:
    for tms in 0.1, 1.0:
        disk = curve_of(curve, tms)
        assert disk.heat(1.0, ratio, 0.5 * tms * seconds) == pytest.approx(0.5)
        assert disk.heat(1.0, ratio, 1.01 * tms * seconds) == 0.0


def test_a_disk_stands_still_at_what_is_rated() -> None:
    for curve in IEC_SECONDS:
        assert curve_of(curve, 1.0).heat(0.4, 1.0, 1e6) == 0.4


def test_a_fuse_cools_with_its_time_constant() -> None:
    fuse = curve_of(Curve.B, 1.0)
    assert fuse.heat(1.0, 0.0, 240.0) == pytest.approx(0.367879, abs=1e-6)
    # carrying what is rated it stays warm: 1/1.13²
    assert fuse.heat(0.0, 1.0, 1e5) == pytest.approx(0.783147, abs=1e-6)


def test_a_warm_fuse_trips_sooner() -> None:
    fuse = curve_of(Curve.B, 1.0)
    # 240·ln((4/1.2769 - 0.783147)/(4/1.2769 - 1))
    assert fuse.left(0.783147, 2.0) == pytest.approx(23.2419, abs=1e-3)


@pytest.mark.parametrize("curve", Curve)
def test_no_current_is_too_much_to_count(curve: Curve) -> None:
    found = curve_of(curve, 1.0)
    assert found.heat(0.0, 1e300, 1.0) == 1.0
    assert 0.0 <= found.left(0.0, 1e300) < 1.0  # SI turns in 0.44 s at the most


@pytest.mark.parametrize("curve", list(Curve))
@pytest.mark.parametrize("ratio", [-1e300, -5.0, 0.0, 1e300])
def test_no_ratio_of_a_recording_is_too_absurd(curve: Curve, ratio: float) -> None:
    found = curve_of(curve, 1.0)
    for heat in (0.0, 0.5, 1.0):
        assert 0.0 <= found.heat(heat, ratio, 10.0) <= 1.0
        assert found.left(heat, ratio) >= 0.0
