"""Limits and restores: what contradicts itself is refused with its sentence."""

import pytest

from tests.unit.config.policy_texts import (
    CABLE,
    MISSING,
    NOT_NEGATIVE,
    POSITIVE,
    STANDBY,
    THRESHOLD,
    VOLTAGE,
    refused,
    taken,
)


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (THRESHOLD.replace("above: 2200, ", ""), f": {MISSING}: above or below"),
        (f"{THRESHOLD}, below: 5", ".below: above and below are both given; remove one"),
        (f"{THRESHOLD}, clear: 2300", ".clear: must not be higher than above, which is 2200"),
        (f"{THRESHOLD.replace('above', 'below')}, clear: 2100", ".clear: must not be lower than below, which is 2200"),
        (f"{THRESHOLD}, instant_above: 2200", ".instant_above: must be higher than above, which is 2200"),
        (f"{THRESHOLD}, instant_above: 25000", ".instant_above: power lies between 0 and 20000 W; choose a limit there"),
        (f"{THRESHOLD.replace('above', 'below')}, instant_above: 3000", ".instant_above: is the second stage of above; give above, or remove it"),
        (THRESHOLD.replace("2200", "-1"), ".above: power lies between 0 and 20000 W; choose a limit there"),
        (THRESHOLD.replace("2200", ".inf"), ".above: Input should be a finite number, got inf"),
        (f"{THRESHOLD}, clear: -1", ".clear: power lies between 0 and 20000 W; choose a limit there"),
        (VOLTAGE.replace("250", "400"), ".above: voltage lies between 0 and 400 V; choose a limit there"),
        (THRESHOLD.replace("power, above: 2200", "current, above: 90"), ".above: current lies between 0 and 90 A; choose a limit there"),
        (THRESHOLD.replace("power, above: 2200", "power_factor, below: 1"), ".below: power_factor lies between 0 and 1; choose a limit there"),
        (THRESHOLD.replace("power, above: 2200", "temperature, above: 125"), ".above: temperature lies between -40 and 125 °C; choose a limit there"),
        (THRESHOLD.replace("power, above: 2200", "apparent_power, above: 0"), ".above: apparent_power lies between 0 and 20000 VA; choose a limit there"),
        (f"{THRESHOLD}, quiet: {{hours: 22:00-06:00}}", f".quiet: {MISSING}: above or below"),
        (f"{THRESHOLD}, quiet: {{hours: 22:00-06:00, below: 5}}", ".quiet.below: the policy acts above its limit; say above"),
        (f"{THRESHOLD}, quiet: {{hours: 22:00-06:00, above: 900, clear: 901}}", ".quiet.clear: must not be higher than above, which is 900"),
        (f"{THRESHOLD}, quiet: {{hours: 22-06, above: 900}}", '.quiet.hours: expected hours such as "22:00-06:00"'),
        (f"{THRESHOLD}, quiet: {{above: 900}}", f".quiet.hours: {MISSING}"),
        (f"{THRESHOLD}, instant_above: 2500, quiet: {{hours: 22:00-06:00, above: 3000}}", ".instant_above: must be higher than above, which is 3000"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_meant_are_refused(policy: str, problem: str) -> None:
    assert refused(policy) == [f"policies.0{problem}"]


@pytest.mark.parametrize(
    "change",
    [
        "clear: 2200",
        "clear: 0",
        "quiet: {hours: 22:00-06:00, above: 2600, clear: 2600}",
    ],
)
def test_a_clear_limit_may_be_the_limit_itself(change: str) -> None:
    assert taken(f"{THRESHOLD}, {change}")


@pytest.mark.parametrize(
    ("policy", "restore", "problem"),
    [
        (THRESHOLD, "auto", ": expected manual or {after_seconds: T, at_most: N} or {when_clear: true, at_most: N}"),
        (THRESHOLD, "{at_most: 3}", f": {MISSING}: after_seconds or when_clear"),
        (VOLTAGE, "{after_seconds: 5, when_clear: true, at_most: 3}", ".when_clear: after_seconds and when_clear are both given; remove one"),
        (THRESHOLD, "{after_seconds: 5}", f".at_most: {MISSING}"),
        (THRESHOLD, "{after_seconds: 5, at_most: 0}", ".at_most: Input should be greater than or equal to 1, got 0"),
        (THRESHOLD, "{after_seconds: -1, at_most: 1}", f".after_seconds: {NOT_NEGATIVE}"),
        (THRESHOLD, "{after_seconds: 5, at_most: 1, within_seconds: -1}", f".within_seconds: {POSITIVE}"),
        (VOLTAGE, "{when_clear: false, at_most: 1}", ".when_clear: Input should be True, got false"),
        (THRESHOLD, "{after_seconds: 600, at_most: 3, within_seconds: 1200}", ".within_seconds: 3 restores 600 s apart never fall into 1200 s, so it would retry for ever; make it more than 1200"),
        (THRESHOLD, "{when_clear: true, at_most: 3}", ".when_clear: the cut itself clears power, so it would switch for ever; give after_seconds instead"),
        (CABLE, "{when_clear: true, at_most: 3}", ".when_clear: the cut itself clears current, so it would switch for ever; give after_seconds instead"),
        (STANDBY, "{when_clear: true, at_most: 3}", ".when_clear: the cut itself clears power, so it would switch for ever; give after_seconds instead"),
    ],
)  # fmt: skip
def test_a_restore_is_bounded_and_does_not_hunt(
    policy: str, restore: str, problem: str
) -> None:
    assert refused(f"{policy}, restore: {restore}") == [f"policies.0.restore{problem}"]


@pytest.mark.parametrize(
    ("quantity", "above", "clear"),
    [("current", 9, 8), ("apparent_power", 2000, 1900), ("power_factor", 0.9, 0.8)],
)
def test_what_the_cut_ends_cannot_tell_when_to_restore(
    quantity: str, above: float, clear: float
) -> None:
    policy = THRESHOLD.replace("power, above: 2200", f"{quantity}, above: {above}")

    assert refused(
        f"{policy}, clear: {clear}, restore: {{when_clear: true, at_most: 3}}"
    ) == [
        (
            f"policies.0.restore.when_clear: the cut itself clears {quantity}, so it "
            "would switch for ever; give after_seconds instead"
        )
    ]


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ("clear: 245", []),
        ("for_seconds: 5", ["clear: when_clear needs a gap to above, which is 250"]),
        ("clear: 250", ["clear: when_clear needs a gap to above, which is 250"]),
        (
            "clear: 245, quiet: {hours: 22:00-06:00, above: 240}",
            ["quiet.clear: when_clear needs a gap to above, which is 240"],
        ),
    ],
)
def test_a_voltage_may_tell_when_to_restore_if_there_is_a_gap(
    change: str, problems: list[str]
) -> None:
    policy = f"{VOLTAGE}, {change}, restore: {{when_clear: true, at_most: 3}}"

    if problems:
        assert refused(policy) == [f"policies.0.{each}" for each in problems]
    else:
        assert taken(policy)
