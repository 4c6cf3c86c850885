"""How long a rule takes at worst: a table of numbers."""

from dataclasses import replace

import pytest

from collector.cli.reaction import Reaction, reactions
from collector.model.policy import (
    BudgetRule,
    Curve,
    DemandRule,
    EnergyBudgetRule,
    Mode,
    Period,
    PolicySettings,
    RootSettings,
    Rule,
    ScheduleRule,
    StaleAction,
    StaleRule,
    StandbyRule,
)
from collector.model.quantity import Quantity
from collector.model.settings import PollingSettings, StalenessSettings
from tests.unit.cli.reaction_rules import (
    BOILER,
    GROUP,
    OFF,
    OVERLOAD,
    RATED,
    RELAY,
    cable,
    house,
    threshold,
    told,
)


@pytest.mark.parametrize(
    ("rule", "usual", "worst"),
    [
        # The power: a report within 3 s, or the poll of 30 s and its 2 s.
        (threshold(), 3, 32),
        (threshold(for_seconds=10), 13, 42),
        # In the grace nothing counts; a change may be heard of later still.
        (threshold(for_seconds=10, grace_seconds=5), 13, 42),
        (threshold(for_seconds=10, grace_seconds=60), 13, 70),
        (threshold(Quantity.CURRENT, for_seconds=1), 4, 33),
        # Only 0xFF01 carries these.
        (threshold(Quantity.VOLTAGE, for_seconds=10), 310, 310),
        (threshold(Quantity.TEMPERATURE, for_seconds=600), 900, 900),
        (threshold(Quantity.APPARENT_POWER), 300, 300),
        (threshold(Quantity.POWER_FACTOR), 300, 300),
        # IEC 60255-151 at twice the rated current: TMS·k/(2^alpha - 1).
        (cable(), 3 + 13.5, 32 + 13.5),
        (cable(tms=0.1), 3 + 1.35, 32 + 1.35),
        (cable(Curve.SI), 3 + 10.029, 32 + 10.029),
        (cable(Curve.EI, tms=0.5), 3 + 13.333, 32 + 13.333),
        # A fuse: 240·ln(4/(4 - 1.13²)), its magnet trips beyond 2.
        (cable(Curve.B), 3 + 92.286, 32 + 92.286),
        (cable(Curve.D, grace_seconds=40), 3 + 92.286, 40 + 92.286),
        (StandbyRule(**RELAY, below_w=5, for_seconds=1800), 1803, 1832),
        (EnergyBudgetRule(**RELAY, per=Period.DAY, limit_joules=1), 300, 300),
        (BudgetRule(**GROUP, limit_w=100), 3, 32),
        (BudgetRule(**GROUP, limit_a=10), 3, 32),
        (DemandRule(**GROUP, limit_w=100), 3, 32),
        (ScheduleRule(**RELAY), None, None),
    ],
)
def test_a_rule_reacts_when_it_has_heard_and_waited(
    rule: Rule, usual: float | None, worst: float | None
) -> None:
    reaction = told(rule)

    assert reaction.usual == pytest.approx(usual, abs=0.01)
    assert reaction.worst == pytest.approx(worst, abs=0.01)
    assert reaction.silent is None


@pytest.mark.parametrize(
    ("relays", "polling", "worst"),
    [
        (4, PollingSettings(), 32),
        (200, PollingSettings(), 52),  # 200 relays at 4 reads/s: every 50 s
        (200, PollingSettings(reads_per_second=1), 202),
        (1, PollingSettings(power_seconds=5), 7),
        (1, PollingSettings(power_seconds=0.5), 3),  # the report is no faster
    ],
)
def test_the_polls_are_shared_by_all_relays(
    relays: int, polling: PollingSettings, worst: float
) -> None:
    assert told(threshold(), relays=relays, polling=polling).worst == worst


def test_the_instant_stage_waits_for_nothing_but_the_power() -> None:
    rule = threshold(for_seconds=60, grace_seconds=300, instant=200.0)

    reaction = told(rule)

    assert reaction.instant == 32
    assert reaction.worst == 360
    assert told(threshold()).instant is None


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        (BudgetRule(**GROUP, limit_w=100), 42),
        (
            DemandRule(
                **GROUP,
                limit_w=100,
                last_resort=((BOILER, "l3"),),
                shed_interval_seconds=30,
            ),
            92,
        ),
        (BudgetRule(**{**GROUP, "shed": ((BOILER, "l1"),)}, limit_w=100), None),
    ],
)
def test_a_group_sheds_one_channel_after_the_other(
    rule: Rule, last: float | None
) -> None:
    assert told(rule).last == last


@pytest.mark.parametrize(
    ("rule", "silent", "assumed"),
    [
        # Staleness of the power: max(120, 4 · 30) s; of 0xFF01: 720 s; of contacts: 600.
        (threshold(when_stale=OFF), 120 + 900, None),
        (threshold(when_stale=StaleRule(action=StaleAction.OFF)), 120 + 10, None),
        (threshold(Quantity.VOLTAGE, when_stale=OFF), 720 + 900, None),
        # A measured current stands in for the power.
        (threshold(Quantity.CURRENT, when_stale=OFF), 720 + 900, None),
        (threshold(when_stale=OVERLOAD, for_seconds=60), 120 + 60, None),
        (threshold(when_stale=OVERLOAD, for_seconds=1), 120 + 10, None),
        (cable(when_stale=OVERLOAD), 720 + 13.5, None),
        (
            StandbyRule(
                **{**RELAY, "when_stale": OVERLOAD}, below_w=5, for_seconds=1800
            ),
            120 + 1800,
            None,
        ),
        (ScheduleRule(**{**RELAY, "when_stale": OVERLOAD}), 600 + 10, None),
        (
            StandbyRule(**{**RELAY, "when_stale": OFF}, below_w=5, for_seconds=9999),
            120 + 900,
            None,
        ),
        (ScheduleRule(**{**RELAY, "when_stale": OFF}), 600 + 900, None),
        (
            EnergyBudgetRule(
                **{**RELAY, "when_stale": OFF}, per=Period.WEEK, limit_joules=1
            ),
            120 + 900,
            None,
        ),
        (BudgetRule(**{**GROUP, "when_stale": RATED}, limit_w=100), None, 120 + 10),
        (BudgetRule(**{**GROUP, "when_stale": RATED}, limit_a=10), None, 720 + 10),
        (
            DemandRule(
                **{**GROUP, "when_stale": StaleRule(action=StaleAction.OFF)},
                limit_w=100,
            ),
            120 + 10,
            None,
        ),
        (threshold(), None, None),
    ],
)
def test_silence_acts_after_its_limit_and_one_read(
    rule: Rule, silent: float | None, assumed: float | None
) -> None:
    reaction = told(rule)

    assert reaction.silent == pytest.approx(silent)
    assert reaction.assumed == assumed


def test_the_limits_of_silence_are_the_configured_ones() -> None:
    staleness = StalenessSettings(power_seconds=60, report_seconds=30)

    assert told(threshold(when_stale=OFF), staleness=staleness).silent == 960
    assert told(threshold(when_stale=OFF), relays=200).silent == 4 * 50 + 900
    current = threshold(Quantity.CURRENT, when_stale=OFF)
    assert told(current, staleness=staleness).silent == 960


def test_the_root_counts_where_it_switches() -> None:
    enforced = PolicySettings(root=RootSettings(enforce=True))

    assert reactions(house()) == []
    assert reactions(replace(house(), policies=enforced)) == [
        Reaction(name="root", usual=63, worst=92, instant=32, last=102)
    ]


def test_a_dry_run_is_told() -> None:
    assert told(threshold(mode=Mode.DRY_RUN)).dry
    assert not told(threshold()).dry
