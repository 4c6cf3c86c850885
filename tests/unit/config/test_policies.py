"""One policy by itself: what is refused, with which sentence."""

import pytest

from tests.unit.config.policy_texts import (
    BUDGET,
    CABLE,
    DAILY,
    DEMAND,
    EVERY_KIND,
    MISSING,
    NOT_NEGATIVE,
    POSITIVE,
    SCHEDULE,
    STANDBY,
    THRESHOLD,
    refused,
    taken,
)
from tests.unit.config.texts import problems_of

SILENT = "expected off, keep, assume_overload or {off_after_seconds: T}"


@pytest.mark.parametrize("policy", EVERY_KIND)
def test_what_the_tables_below_change_is_right(policy: str) -> None:
    assert taken(policy)


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ("5", "policies.0: expected a section with name, kind, the keys of that kind, got 5"),
        (
            "{}",
            (
                f"policies.0.kind: {MISSING}; one of threshold, inverse_time, budget, "
                "demand, energy_budget, schedule, standby"
            ),
        ),
        (
            "{kind: treshold}",
            (
                "policies.0.kind: expected one of threshold, inverse_time, budget, demand, "
                'energy_budget, schedule, standby, got "treshold"; did you mean "threshold"?'
            ),
        ),
        (
            "{kind: [a]}",
            (
                "policies.0.kind: expected one of threshold, inverse_time, budget, demand, "
                "energy_budget, schedule, standby, got a list"
            ),
        ),
    ],
)  # fmt: skip
def test_a_policy_is_a_section_of_a_known_kind(policy: str, problem: str) -> None:
    assert problems_of(f"policies: [{policy}]") == [problem]


def test_policies_are_a_list() -> None:
    assert problems_of("policies: {name: a}") == [
        "policies: expected a list, got a section"
    ]


@pytest.mark.parametrize("policy", EVERY_KIND)
def test_there_is_no_default_for_silence(policy: str) -> None:
    meanings = {
        "budget": "assume_rated, keep or off",
        "demand": "assume_rated, keep or off",
    }
    kind = policy.split(",", maxsplit=1)[0].removeprefix("kind: ")
    means = meanings.get(kind, "off, {off_after_seconds: T}, keep or assume_overload")
    of_whom = " of a member" if kind in {"budget", "demand"} else ""

    assert refused(policy.replace(", when_stale: keep", "")) == [
        f"policies.0.when_stale: {MISSING}; say what silence{of_whom} means: {means}"
    ]


@pytest.mark.parametrize(
    ("policy", "silence", "problem"),
    [
        (THRESHOLD, "of", f"when_stale: {SILENT}"),
        (THRESHOLD, "assume_rated", f"when_stale: {SILENT}"),
        (THRESHOLD, "5", f"when_stale: {SILENT}"),
        (CABLE, "[off]", f"when_stale: {SILENT}"),
        (STANDBY, "assume_rated", f"when_stale: {SILENT}"),
        (SCHEDULE, "", f"when_stale: {SILENT}"),
        (DAILY, "assume_rated", f"when_stale: {SILENT}"),
        (
            STANDBY,
            "{off_after_seconds: -1}",
            f"when_stale.off_after_seconds: {NOT_NEGATIVE}",
        ),
        (
            THRESHOLD,
            "{off_after: 5, off_after_seconds: 5}",
            'when_stale.off_after: unknown key; did you mean "off_after_seconds"?',
        ),
        (THRESHOLD, "{}", f"when_stale.off_after_seconds: {MISSING}"),
        (
            BUDGET,
            "assume_overload",
            (
                "when_stale: Input should be 'assume_rated', 'keep' or 'off', "
                'got "assume_overload"; did you mean "assume_rated"?'
            ),
        ),
        (
            DEMAND,
            "{off_after_seconds: 5}",
            "when_stale: Input should be 'assume_rated', 'keep' or 'off', got a section",
        ),
    ],
)
def test_silence_means_one_of_few_things(
    policy: str, silence: str, problem: str
) -> None:
    policy = policy.replace("when_stale: keep", f"when_stale: {silence}")

    assert refused(policy) == [f"policies.0.{problem}"]


@pytest.mark.parametrize(
    "silence", ["off", "keep", "assume_overload", "{off_after_seconds: 900}"]
)
@pytest.mark.parametrize("policy", [THRESHOLD, CABLE, STANDBY, SCHEDULE, DAILY])
def test_silence_of_a_relay_may_mean_the_same_to_every_kind(
    policy: str, silence: str
) -> None:
    assert taken(policy.replace("when_stale: keep", f"when_stale: {silence}"))


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (f"{THRESHOLD}, abov: 1", 'abov: unknown key; did you mean "above"?'),
        (f"{CABLE}, curv: SI", 'curv: unknown key; did you mean "curve"?'),
        (f"{BUDGET}, limit_kw: 4", 'limit_kw: unknown key; did you mean "limit_w"?'),
        (f"{DAILY}, clas: economy", 'clas: unknown key; did you mean "class"?'),
        (
            f"{SCHEDULE}, policy_class: economy",
            (
                "policy_class: unknown key; known here: name, mode, relay, relays, "
                "switch_off, kind, class, allowed, cron, when_stale"
            ),
        ),
        (
            f"{THRESHOLD}, restore: {{after_second: 5, after_seconds: 5, at_most: 1}}",
            'restore.after_second: unknown key; did you mean "after_seconds"?',
        ),
        (
            f"{THRESHOLD}, quiet: {{hours: 22:00-06:00, above: 1, cleer: 1}}",
            'quiet.cleer: unknown key; did you mean "clear"?',
        ),
        (
            f"{SCHEDULE}, restore: manual",
            "restore: a schedule releases at the next allowed hour; remove it",
        ),
        (
            f"{DAILY}, restore: manual",
            "restore: an energy_budget releases with the next period; remove it",
        ),
        (
            f"{BUDGET}, restore: manual",
            "restore: it restores by itself, as the margin allows; remove it",
        ),
        (
            f"{DEMAND}, restore: {{after_seconds: 5, at_most: 1}}",
            "restore: it restores by itself, as the margin allows; remove it",
        ),
    ],
)
def test_a_key_that_a_kind_does_not_have_is_named(policy: str, problem: str) -> None:
    assert refused(policy) == [f"policies.0.{problem}"]


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (THRESHOLD.replace("name: a", "name: root"), "name: \"root\" is the built-in rule of each relay; rename"),
        (THRESHOLD.replace("name: a", "name: ''"), "name: a name has 1 to 100 characters"),
        (THRESHOLD.replace("name: a", "name: 5"), "name: expected text; put it in quotes, got 5"),
        (f"{THRESHOLD}, class: protect", "class: Input should be 'protection' or 'economy', got \"protect\"; did you mean \"protection\"?"),
        (f"{THRESHOLD}, mode: monitor", "mode: Input should be 'enforce' or 'dry_run', got \"monitor\""),
        (THRESHOLD.replace("relay: boiler", "relay: [boiler]"), "relay: expected text; put it in quotes, got a list"),
        (THRESHOLD.replace("relay: boiler, ", ""), f"{MISSING}: relay or relays"),
        (f"{THRESHOLD}, relays: [floor]", "relays: relay and relays are both given; remove one"),
        (THRESHOLD.replace("relay: boiler", "relays: floor"), 'relays: expected a list, got "floor"'),
        (THRESHOLD.replace("relay: boiler", "relays: []"), "relays: expected at least one"),
        (THRESHOLD.replace("relay: boiler", "relays: ['*', floor]"), 'relays: "*" is every relay; remove the others'),
        (THRESHOLD.replace("[l1]", "[]"), "switch_off: expected at least one"),
        (THRESHOLD.replace("[l1]", "l1"), 'switch_off: expected a list, got "l1"'),
        (THRESHOLD.replace("[l1]", "[l3]"), "switch_off.0: Input should be 'l1' or 'l2', got \"l3\""),
        (THRESHOLD.replace("[l1]", "[l2, l1, l2]"), "switch_off.2: l2 is listed twice; remove one"),
        (f"{THRESHOLD}, for_seconds: -1", f"for_seconds: {NOT_NEGATIVE}"),
        (f"{THRESHOLD}, for_seconds: 10s", "for_seconds: expected a plain number (the unit stands in the key's name), got \"10s\""),
        (f"{THRESHOLD}, for_seconds: true", "for_seconds: expected a number, got true"),
        (f"{THRESHOLD}, grace_seconds: -1", f"grace_seconds: {NOT_NEGATIVE}"),
        (THRESHOLD.replace("quantity: power", "quantity: watts"), "quantity: Input should be 'power', 'voltage', 'current', 'temperature', 'apparent_power' or 'power_factor', got \"watts\""),
        (CABLE.replace("VI", "S1"), "curve: Input should be 'SI', 'VI', 'EI', 'B', 'C' or 'D', got \"S1\"; did you mean \"SI\"?"),
        (CABLE.replace("VI", "ei"), "curve: Input should be 'SI', 'VI', 'EI', 'B', 'C' or 'D', got \"ei\"; did you mean \"EI\"?"),
        (CABLE.replace("8", "11"), "rated_current_a: Input should be less than or equal to 10, got 11"),
        (CABLE.replace("8", "-1"), f"rated_current_a: {POSITIVE}"),
        (f"{CABLE}, tms: 0", "tms: Input should be greater than 0, got 0"),
        (f"{CABLE.replace('VI', 'B')}, tms: 0.1", "tms: fuse B has none; remove it, or take SI, VI or EI"),
        (STANDBY.replace("60", "-1"), f"for_seconds: {POSITIVE}"),
        (STANDBY.replace("5", "-1"), f"below: {POSITIVE}"),
        (DAILY.replace("12", "-1"), f"limit_kwh: {POSITIVE}"),
        (DAILY.replace("day", "year"), "per: Input should be 'day', 'week' or 'month', got \"year\""),
        (SCHEDULE.replace("06:00-22:00", "6-22"), 'allowed: expected hours such as "22:00-06:00"'),
        (SCHEDULE.replace("allowed: 06:00-22:00, ", ""), f"{MISSING}: allowed or cron"),
        (f"{SCHEDULE}, cron: {{on: 0 6 * * *, off: 0 22 * * *}}", "cron: allowed and cron are both given; remove one"),
        (BUDGET.replace("limit_w: 4500, ", ""), f"{MISSING}: limit_w or limit_a"),
        (f"{BUDGET}, limit_a: 20", "limit_a: limit_w and limit_a are both given; remove one"),
        (BUDGET.replace("4500", "-1"), f"limit_w: {POSITIVE}"),
        (BUDGET.replace("[boiler/l1]", "[]"), "shed: expected at least one"),
        (BUDGET.replace("[boiler/l1]", "[boiler]"), 'shed.0: expected a relay and its channel, such as "boiler/l1"'),
        (BUDGET.replace("[boiler/l1]", "[boiler/l3]"), 'shed.0: expected a relay and its channel, such as "boiler/l1"'),
        (BUDGET.replace("[boiler/l1]", "[/l1]"), 'shed.0: expected a relay and its channel, such as "boiler/l1"'),
        (f"{BUDGET}, shed_interval_seconds: -1", f"shed_interval_seconds: {NOT_NEGATIVE}"),
        (f"{BUDGET}, restore_interval_seconds: -1", f"restore_interval_seconds: {NOT_NEGATIVE}"),
        (f"{BUDGET}, min_shed_w: -1", f"min_shed_w: {NOT_NEGATIVE}"),
        (f"{DEMAND}, window_minutes: 7", "window_minutes: a day has no whole number of windows of 7 min; try 15"),
        (f"{DEMAND}, window_minutes: 0", "window_minutes: Input should be greater than or equal to 1, got 0"),
        (f"{DEMAND}, window_minutes: 15.5", "window_minutes: expected a whole number (the unit stands in the key's name), got 15.5"),
    ],
)  # fmt: skip
def test_a_wrong_value_of_a_policy_is_named_with_its_path(
    policy: str, problem: str
) -> None:
    where = "policies.0" if problem.startswith(MISSING) else "policies.0."
    joint = ": " if problem.startswith(MISSING) else ""

    assert refused(policy) == [f"{where}{joint}{problem}"]
