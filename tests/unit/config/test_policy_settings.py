"""Policies of the file in the words of the core."""

from datetime import UTC, datetime, time, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.config.load import load
from collector.config.schema import Config
from collector.config.settings import line_settings
from collector.model.policy import (
    BudgetRule,
    Curve,
    DemandRule,
    EnergyBudgetRule,
    Hours,
    InverseTimeRule,
    Limit,
    Mode,
    NextEdge,
    Period,
    PolicyClass,
    PolicySettings,
    Restore,
    RestoreKind,
    RootSettings,
    ScheduleRule,
    StaleAction,
    StaleRule,
    StandbyRule,
    SwitchLimits,
    ThresholdRule,
)
from collector.model.quantity import Quantity
from tests.unit.config.texts import config_of

EXAMPLE = Path(__file__).with_name("policies.yaml")
BOILER, FLOOR, BATH, TV = (f"00:15:8d:00:03:a0:00:0{index}" for index in range(4))
KEEP = StaleRule(action=StaleAction.KEEP)
ECONOMY: dict[str, Any] = {"policy_class": PolicyClass.ECONOMY, "when_stale": KEEP}
RATED: dict[str, Any] = {
    "policy_class": PolicyClass.PROTECTION,
    "when_stale": StaleRule(action=StaleAction.ASSUME_RATED),
}


def edge(line: str, zone: tzinfo) -> NextEdge:
    """Stands for the scheduler's: a function that can be told from others."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    found = {
        ("0 6 * * 1-5", ZoneInfo("Europe/Berlin")): _same(moment.replace(hour=5)),
        ("0 22 * * *", ZoneInfo("Europe/Berlin")): _same(moment.replace(hour=21)),
    }
    return found[line, ZoneInfo(str(zone))]


def _same(moment: datetime) -> NextEdge:
    return lambda _: moment


def test_the_documented_policies_in_the_words_of_the_core() -> None:
    settings = line_settings(load(EXAMPLE), edge).policies

    assert settings.rules[:7] == (
        ThresholdRule(
            name="heater-overload",
            policy_class=PolicyClass.PROTECTION,
            mode=Mode.ENFORCE,
            relays=(BOILER,),
            quantity=Quantity.POWER,
            limit=Limit(trip=2200, clear=2000),
            for_seconds=10,
            instant=3200,
            grace_seconds=5,
            switch_off=("l1",),
            restore=Restore(
                kind=RestoreKind.AFTER,
                after_seconds=600,
                at_most=3,
                within_seconds=86_400,
            ),
            when_stale=StaleRule(action=StaleAction.OFF, after_seconds=900),
            quiet=(Hours(start=time(22), end=time(6)), Limit(trip=1500, clear=1300)),
        ),
        InverseTimeRule(
            name="cable",
            policy_class=PolicyClass.PROTECTION,
            relays=(BOILER,),
            rated_current_a=8,
            curve=Curve.VI,
            tms=0.1,
            switch_off=("l1",),
            when_stale=KEEP,
        ),
        BudgetRule(
            name="house",
            **RATED,
            limit_w=4500,
            members=None,
            shed=((BOILER, "l1"), (FLOOR, "l2")),
            last_resort=((BATH, "l1"),),
            min_shed_w=100,
            shed_interval_seconds=10,
            restore_interval_seconds=300,
        ),
        BudgetRule(
            name="floor-1",
            **RATED,
            limit_a=12,
            members=(FLOOR, BATH),
            parent="house",
            shed=((FLOOR, "l2"),),
        ),
        DemandRule(
            name="peak",
            **ECONOMY,
            window_minutes=15,
            limit_w=4000,
            members=None,
            shed=((BOILER, "l1"),),
        ),
        EnergyBudgetRule(
            name="daily",
            **ECONOMY,
            relays=(BOILER,),
            per=Period.DAY,
            limit_joules=12 * 3.6e6,
            switch_off=("l1",),
        ),
        ScheduleRule(
            name="night-off",
            **ECONOMY,
            relays=(FLOOR,),
            allowed=Hours(start=time(6), end=time(22)),
            switch_off=("l2",),
        ),
    )
    assert settings.rules[8] == StandbyRule(
        name="standby",
        **ECONOMY,
        relays=(TV,),
        below_w=5,
        for_seconds=1800,
        switch_off=("l1",),
    )
    assert settings.limits == SwitchLimits(
        min_on_seconds=11,
        min_off_seconds=61,
        cool_down_seconds=62,
        switches_per_hour=21,
        switches_per_day=101,
        override_seconds=3601,
    )
    assert settings.root == RootSettings(enforce=True, current_a=9, power_w=2400)
    assert settings.nominal_volts == 225
    assert not settings.monitor


def test_cron_lines_become_edges_of_the_local_time() -> None:
    rule = line_settings(load(EXAMPLE), edge).policies.rules[7]

    assert isinstance(rule, ScheduleRule)
    assert rule.allowed is None
    assert rule.next_on is not None
    assert rule.next_off is not None
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert (rule.next_on(now).hour, rule.next_off(now).hour) == (5, 21)


def test_cron_lines_without_anybody_to_read_them_are_said() -> None:
    with pytest.raises(ValueError, match="policy work has cron lines, and nobody"):
        line_settings(load(EXAMPLE))


def test_relays_carry_what_the_policies_need_of_them() -> None:
    relays = line_settings(load(EXAMPLE), edge).relays

    assert relays[BOILER].rated_watts == {"l1": 2000}
    assert relays[BOILER].protected == {"l2"}
    assert relays[BOILER].interlock is True
    assert relays[BOILER].power_outage_memory is True
    assert relays[FLOOR].rated_watts == {}
    assert relays[FLOOR].protected == frozenset()
    assert relays[FLOOR].interlock is None
    assert relays[FLOOR].power_outage_memory is None


def test_defaults_of_the_file_are_the_defaults_of_the_core() -> None:
    assert line_settings(Config()).policies == PolicySettings()


def test_monitor_is_the_mode_of_the_service() -> None:
    assert line_settings(config_of("mode: monitor")).policies.monitor
