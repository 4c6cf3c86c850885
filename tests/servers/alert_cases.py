"""For each alert of a configuration with everything: what makes it fire, and what does not."""

import json
from dataclasses import dataclass
from typing import Any

from tests.unit.sinks.every_policy import BOILER, FLOOR, ODD_NAME

Series = dict[str, str]


def steady(value: float) -> str:
    """A value for the whole test."""
    return f"{value}+0x400"


def late(value: float, after: int = 60) -> str:
    """A series that begins after so many samples."""
    return f"_x{after} {value}+0x340"


def state(rule: str, word: str, ieee: str = BOILER, value: int = 1) -> Series:
    labels = {"ieee": ieee, "rule": rule, "state": word}
    return {series("policy_state", **labels): steady(value)}


def margin(rule: str, value: float) -> Series:
    return {series("policy_margin_ratio", ieee=BOILER, rule=rule): steady(value)}


def action(
    rule: str,
    values: str,
    *,
    word: str = "off",
    outcome: str = "failed",
    mode: str = "enforce",
) -> Series:
    labels = {"action": word, "channel": "l1", "mode": mode, "outcome": outcome}
    return {series("policy_actions_total", ieee=BOILER, rule=rule, **labels): values}


def command(values: str, origin: str = "policy") -> Series:
    labels = {"channel": "l1", "origin": origin, "outcome": "unknown"}
    return {series("commands_total", ieee=BOILER, **labels): values}


def power(watts: float, ieee: str = BOILER) -> Series:
    return {series("power_watts", ieee=ieee): steady(watts)}


def current(amperes: float, ieee: str = BOILER) -> Series:
    return {series("current_amperes", ieee=ieee): steady(amperes)}


def measured(amperes: float, watts: float) -> Series:
    """A current of a structure, and the power that came with it."""
    return {
        **current(amperes),
        series("apparent_power_voltamperes", ieee=BOILER): steady(watts / 0.8),
        series("power_factor_ratio", ieee=BOILER): steady(0.8),
    }


def volts(value: float) -> Series:
    return {series("voltage_volts", ieee=BOILER): steady(value)}


def closed(channel: str, value: int = 1, ieee: str = FLOOR) -> Series:
    return {series("switch_state", channel=channel, ieee=ieee): steady(value)}


def energy(watts: float) -> Series:
    """A counter, sampled every 5 minutes."""
    return {series("energy_joules_total", ieee=BOILER): f"0+{watts * 300}x400"}


def series(family: str, /, **labels: str) -> str:
    pairs = ",".join(f"{label}={json.dumps(value)}" for label, value in labels.items())
    return f"zigbee_relay_{family}{{{pairs}}}"


@dataclass
class Case:
    """What makes an alert fire, and several things that do not."""

    fires: Series
    quiet: list[Series]
    at: str = "30m"
    too_soon: str = ""  # a moment at which `fires` has not lasted long enough
    step: str = "15s"


RADIO = "zigbee_collector_radio_connected"
CASES: dict[tuple[str, str, str], Case] = {
    ("", "RelayPoliciesBlind", ""): Case(
        {RADIO: steady(0)}, [{RADIO: steady(1)}], too_soon="2m"
    ),
    ("", "RelayContactFault", ""): Case(
        {series("contact_fault", channel="l1", ieee=BOILER): steady(1)},
        [{series("contact_fault", channel="l1", ieee=BOILER): steady(0)}],
    ),
    ("", "RelayRestoreFailed", ""): Case(
        command(late(1)),
        [
            command(late(1), origin="api"),
            command(steady(3)),
            {**command(late(1)), **action("overload", late(1))},
        ],
        at="20m",
        too_soon="10m",
    ),
    ("", "RelayPolicyAlarm", ""): Case(
        action("overload", "2+0x60 3+0x340", word="alarm"),
        [
            action("overload", "2+0x60 3+0x340", word="alarm", mode="dry_run"),
            action("overload", steady(3), word="alarm"),
            # A cut-off that failed has an alert of its own.
            {
                **action("overload", "2+0x60 3+0x340", word="alarm"),
                **action("overload", late(1)),
            },
        ],
        at="20m",
    ),
    ("root", "RelayPolicyApproaching", "power"): Case(
        power(2300), [power(2250)], too_soon="30s"
    ),
    ("root", "RelayPolicyOver", "power delayed"): Case(
        power(2501), [power(2500)], too_soon="105s"
    ),
    ("root", "RelayPolicyOver", "power instant"): Case(
        power(3751), [power(3750)], at="60s", too_soon="45s"
    ),
    ("root", "RelayPolicyApproaching", "current"): Case(current(9.1), [current(9)]),
    ("root", "RelayPolicyOver", "current delayed"): Case(
        {**measured(10.1, 1000.0), **power(500)},
        [current(10), {**measured(10.1, 1000.0), **power(499)}],  # … was cut since
        too_soon="105s",
    ),
    # 3,460 W at 230 V, or at what the voltage is.
    ("root", "RelayPolicyOver", "current instant"): Case(
        power(3460), [{**power(3460), **volts(231)}, power(3440)], at="75s"
    ),
}


def add_common(rule: str, *, ieee: str = BOILER, latched: Case | None = None) -> None:
    """The alerts that all enforced policies have."""
    CASES[rule, "RelayCutOffFailed", ""] = Case(
        action(rule, late(1)),
        [
            action(rule, late(1), outcome="confirmed"),
            action(rule, late(1), word="on"),
            action("another", late(1)),
            action(rule, steady(1)),
        ],
        at="20m",
        too_soon="10m",
    )
    add_blind(rule, ieee)
    if latched:
        CASES[rule, "RelayPolicyLatched", ""] = latched


def add_blind(rule: str, ieee: str = BOILER) -> None:
    CASES[rule, "RelayPolicyBlind", ""] = Case(
        state(rule, "stale", ieee),
        [state(rule, "ok", ieee), state(rule, "stale", ieee, 0)],
        too_soon="4m",
    )


def latched(rule: str, **more: Any) -> Case:
    quiet = [state(rule, "over"), state(rule, "latched", value=0)]
    return Case(state(rule, "latched"), quiet, **more)


def near(fires: Series, *quiet: Series, **more: Any) -> Case:
    return Case(fires, list(quiet), **more)


add_common("root", latched=latched("root", at="0s"))
add_common("overload", latched=latched("overload", at="0s"))
add_common(ODD_NAME, latched=latched(ODD_NAME, too_soon="10m"))
add_blind("trial")
add_common(
    "undervoltage",
    latched=near(
        {**state("undervoltage", "latched"), **volts(213)},
        {**state("undervoltage", "latched"), **volts(212)},
        state("undervoltage", "latched"),
        too_soon="45s",
    ),
)
add_common("cable", latched=latched("cable", at="0s"))
for name in ("house", "feeder", "peak", "daily"):
    add_common(name)
for name in ("nights", "television"):
    add_common(name, ieee=FLOOR)

NIGHT = state(ODD_NAME, "over")
CASES |= {
    ("overload", "RelayPolicyApproaching", ""): near(
        power(2001), power(2000), power(2300, FLOOR), too_soon="45s"
    ),
    ("overload", "RelayPolicyOver", "delayed"): near(
        power(2200.5),
        power(2200),
        power(2300, FLOOR),
        # Cut in time, and still in one scrape a minute.
        {series("power_watts", ieee=BOILER): "0+0x100 2300+0x3 0+0x300"},
        at="26m",
        too_soon="60s",
    ),
    ("overload", "RelayPolicyOver", "instant"): near(
        power(3201), power(3200), power(3201, FLOOR), at="60s", too_soon="45s"
    ),
    (ODD_NAME, "RelayPolicyApproaching", ""): near(
        state(ODD_NAME, "approaching"), {**power(1490), **state(ODD_NAME, "ok")}
    ),
    (ODD_NAME, "RelayPolicyOver", "delayed"): near(
        {**power(1600), **NIGHT}, {**power(1600), **state(ODD_NAME, "ok")}
    ),
    (ODD_NAME, "RelayPolicyOver", "instant"): near(power(3201), power(3200)),
    ("trial", "RelayPolicyApproaching", ""): near(power(2001), power(2000)),
    ("trial", "RelayPolicyOver", "delayed"): near(power(2201), power(2200)),
    ("undervoltage", "RelayPolicyApproaching", ""): near(volts(211), volts(212)),
    ("undervoltage", "RelayPolicyOver", "delayed"): near(volts(206.9), volts(207)),
    ("cable", "RelayPolicyApproaching", ""): near(
        margin("cable", 0.09), margin("cable", 0.1), margin("other", 0.09)
    ),
    ("cable", "RelayPolicyOver", "1.2"): near(
        current(9.7),
        current(9.6),
        current(9.7, "00:15:8d:00:03:a0:00:09"),
        too_soon="1m",
    ),
    ("cable", "RelayPolicyOver", "2"): near(
        current(16.1, FLOOR), current(16), too_soon="60s"
    ),
    ("house", "RelayPolicyApproaching", ""): near(
        {**power(2100), **power(2000, FLOOR)}, {**power(2050), **power(2000, FLOOR)}
    ),
    ("house", "RelayPolicyOver", ""): near(
        {**power(2400), **power(2200, FLOOR)},
        {**power(2300), **power(2200, FLOOR)},
        power(2500),
        too_soon="75s",
    ),
    ("feeder", "RelayPolicyApproaching", ""): near(
        {**current(5.5), **current(5.4, FLOOR)},
        {**current(5.4), **current(5.3, FLOOR)},
    ),
    ("feeder", "RelayPolicyOver", ""): near(
        {**current(6.1), **power(1380, FLOOR)},
        {**current(5.9), **power(1380, FLOOR)},
        {**current(6.1), **current(9, "00:15:8d:00:03:a0:00:09")},
    ),
    ("peak", "RelayPolicyApproaching", ""): near(
        {**power(1900), **power(1800, FLOOR)}, {**power(1800), **power(1800, FLOOR)}
    ),
    ("peak", "RelayPolicyOver", ""): near(
        {series("power_watts", ieee=BOILER): "0+0x60 8000+0x31 0+0x400"},
        {series("power_watts", ieee=BOILER): "0+0x60 8000+0x29 0+0x400"},
        {series("power_watts", ieee=BOILER): late(8000, after=80)},  # half a window
        at="30m",
        too_soon="22m",
    ),
    ("daily", "RelayPolicyApproaching", ""): near(
        margin("daily", 0.09), margin("daily", 0.1)
    ),
    ("daily", "RelayPolicyOver", "used"): near(
        margin("daily", 0.0), margin("daily", 0.001)
    ),
    ("daily", "RelayPolicyOver", "twice"): near(
        energy(1010), energy(990), at="25h", step="5m"
    ),
    ("nights", "RelayPolicyOver", ""): near(
        state("nights", "over", FLOOR), state("nights", "latched", FLOOR), too_soon="4m"
    ),
    ("television", "RelayPolicyOver", ""): near(
        {**power(4.9, FLOOR), **closed("l1")},
        {**power(5, FLOOR), **closed("l1")},
        {**power(4.9, FLOOR), **closed("l2")},
        {**power(4.9, FLOOR), **closed("l1", 0)},
        {**power(4.9, FLOOR), **closed("l1", ieee=BOILER)},
        power(4.9, FLOOR),
        at="40m",
        too_soon="30m",
    ),
}
