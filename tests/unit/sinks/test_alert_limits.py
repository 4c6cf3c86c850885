from dataclasses import replace
from datetime import time

import pytest

from collector.model.policy import (
    Curve,
    EnergyBudgetRule,
    Hours,
    InverseTimeRule,
    Limit,
    Period,
    Rule,
    StandbyRule,
)
from collector.model.quantity import Quantity
from tests.unit.sinks.every_policy import (
    BOILER,
    FLOOR,
    KWH,
    RULES,
    budget,
    document,
    found,
    named,
    of,
    overload,
)

THIRD = "00:15:8d:00:03:a0:00:02"


@pytest.mark.parametrize(
    ("quantity", "below", "trip", "clear", "over", "near"),
    [
        (Quantity.POWER, False, 2200, 2000, "power_watts > 2200", "> 2000"),
        (Quantity.POWER, False, 2200, 1000, "power_watts > 2200", "> 1980"),
        (Quantity.POWER, False, 2200, 2200, "power_watts > 2200", "> 1980"),
        (Quantity.VOLTAGE, True, 207, 212, "voltage_volts < 207", "< 212"),
        (Quantity.VOLTAGE, True, 207, 230, "voltage_volts < 207", "< 227.7"),
        (Quantity.TEMPERATURE, False, 70, 60, "temperature_celsius > 70", "> 63"),
        (Quantity.TEMPERATURE, True, -5, -3, "temperature_celsius < -5", "< -4.5"),
        (
            Quantity.APPARENT_POWER,
            False,
            1e6 / 3,
            3e5,
            "_voltamperes > 333333.333333",
            "",
        ),
        (Quantity.POWER_FACTOR, True, 0.85, 0.9, "power_factor_ratio < 0.85", "< 0.9"),
        (Quantity.CURRENT, False, 9, 8.5, "current_amperes:max", "> 8.5"),
    ],
)
def test_a_threshold_has_its_own_limits(
    quantity: Quantity, below: bool, trip: float, clear: float, over: str, near: str
) -> None:
    rules = of(
        overload(
            quantity=quantity,
            below=below,
            limit=Limit(trip=trip, clear=clear),
            relays=None,
            instant=None,
        )
    )
    assert over in found(rules, "RelayPolicyOver")["expr"]
    assert near in found(rules, "RelayPolicyApproaching")["expr"]


def test_of_a_limit_of_zero_nothing_is_near() -> None:
    frost = overload(
        quantity=Quantity.TEMPERATURE,
        below=True,
        limit=Limit(trip=0, clear=2),
        instant=None,
    )
    rules = of(frost)
    assert found(rules, "RelayPolicyOver")["expr"].endswith("< 0")
    assert "RelayPolicyApproaching" not in {rule["alert"] for rule in rules}


@pytest.mark.parametrize(
    ("seconds", "grace", "written"),
    [(10, 5, "75s"), (0, 0, "60s"), (2.5, 0, "62500ms"), (3600, 0.25, "3660250ms")],
)
def test_an_alert_waits_as_long_as_its_policy_and_for_what_a_scrape_may_miss(
    seconds: float, grace: float, written: str
) -> None:
    rules = of(overload(for_seconds=seconds, grace_seconds=grace))
    assert found(rules, "RelayPolicyOver", stage="delayed")["for"] == written
    assert found(rules, "RelayPolicyOver", stage="instant")["for"] == "60s"


@pytest.mark.parametrize(
    ("below", "quiet", "expected"),
    [
        (False, Limit(trip=1500, clear=1300), "> 2200 or "),
        (False, Limit(trip=2400, clear=2300), "> 2400 or "),
        (True, Limit(trip=1500, clear=1600), "< 1500 or "),
    ],
)
def test_with_quiet_hours_the_laxer_limit_holds_and_the_engine_says_the_rest(
    below: bool, quiet: Limit, expected: str
) -> None:
    window = Hours(start=time(22), end=time(6))
    rules = of(overload(below=below, quiet=(window, quiet), instant=None))
    over = found(rules, "RelayPolicyOver")
    assert expected in over["expr"]
    assert 'state="over"' in over["expr"]
    assert "$value" not in over["annotations"]["description"]


@pytest.mark.parametrize(
    ("curve", "tms", "times"),
    [
        (Curve.VI, 0.1, {"1.2": "67s", "2": "62s"}),
        (Curve.SI, 1.0, {"1.2": "99s", "2": "71s"}),
        (Curve.EI, 1.0, {"1.2": "242s", "2": "87s"}),
        (Curve.C, 1.0, {"1.2": "583s", "2": "153s"}),
    ],
)
def test_a_curve_has_two_points_at_which_it_must_have_tripped(
    curve: Curve, tms: float, times: dict[str, str]
) -> None:
    rules = of(replace(named(InverseTimeRule), curve=curve, tms=tms))
    for multiple, wait in times.items():
        over = found(rules, "RelayPolicyOver", multiple=multiple)
        assert over["expr"].endswith(f" > {float(multiple) * 8:g}")
        assert over["for"] == wait


def test_a_budget_adds_up_the_members_of_all_budgets_below_it() -> None:
    house = budget("cellar", members=(BOILER,))
    child = budget("corner", members=(FLOOR,), parent="cellar")
    grandchild = budget("shelf", members=(THIRD, BOILER), parent="corner")
    record = of(house, child, grandchild)[0]
    assert record["record"] == "rule:zigbee_relay_power_watts:sum"
    assert record["labels"] == {"rule": "cellar"}
    assert f'ieee=~"{BOILER}|{FLOOR}|{THIRD}"' in record["expr"]
    everybody = budget("attic", members=None, parent="cellar")
    assert "ieee=" not in of(house, everybody)[0]["expr"]
    assert "ieee=" not in of(budget("all"), replace(child, parent="all"))[0]["expr"]


@pytest.mark.parametrize(
    ("shed", "interval", "wait"), [(1, 10.0, "70s"), (7, 10.0, "130s"), (3, 90, "330s")]
)
def test_a_budget_is_over_when_shedding_everything_has_not_helped(
    shed: int, interval: float, wait: str
) -> None:
    channels = ((BOILER, "l1"),) * (shed - 1)
    rule = budget(
        shed=channels, last_resort=((FLOOR, "l1"),), shed_interval_seconds=interval
    )
    assert found(of(rule), "RelayPolicyOver")["for"] == wait


@pytest.mark.parametrize(
    ("per", "span"), [(Period.DAY, "1d"), (Period.WEEK, "1w"), (Period.MONTH, "4w")]
)
def test_twice_the_energy_of_a_period_proves_that_one_was_over(
    per: Period, span: str
) -> None:
    rule = replace(named(EnergyBudgetRule), per=per, limit_joules=2.5 * KWH)
    twice = found(of(rule), "RelayPolicyOver", stage="twice")
    assert twice["expr"].endswith(f"[{span}]) > 18000000")
    assert f"2.5 kWh of the {per}" in twice["annotations"]["summary"]


def test_what_is_in_standby_may_be_on_for_its_grace_and_its_time() -> None:
    rule = replace(named(StandbyRule), grace_seconds=120)
    assert found(of(rule), "RelayPolicyOver")["for"] == "1980s"


def test_the_voltage_that_stands_in_for_an_unknown_one_is_the_configurations() -> None:
    record = document(nominal_volts=120.5)["groups"][0]["rules"][0]
    assert record["record"] == "ieee:zigbee_relay_current_amperes:max"
    assert "* 0 + 120.5)" in record["expr"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_scrape_of_a_minute_makes_an_alert_of_what_was_cut_in_time(
    rule: Rule,
) -> None:
    overs = [each for each in of(rule) if each.get("alert") == "RelayPolicyOver"]
    assert overs
    for over in overs:
        assert float(over["for"].removesuffix("ms").removesuffix("s")) >= 60
