"""Budgets in budgets, and limits that the relays themselves never let reach."""

import pytest

from tests.unit.config.policy_texts import (
    BUDGET,
    DAILY,
    DEMAND,
    RELAYS,
    refused,
    renamed,
    taken,
)

LISTED = BUDGET.replace('"*"', "[boiler, floor]")


@pytest.mark.parametrize(
    ("policy", "root", "problem"),
    [
        (
            LISTED.replace("4500", "5001"),
            "",
            (
                "limit_w: 5001 W is never reached: 2 member(s) carry 2500 W each at most "
                "(root); lower it to 5000 or less"
            ),
        ),
        (
            LISTED.replace("4500", "4001"),
            "root: {power_w: 2000}",
            (
                "limit_w: 4001 W is never reached: 2 member(s) carry 2000 W each at most "
                "(root); lower it to 4000 or less"
            ),
        ),
        (
            LISTED.replace("limit_w: 4500", "limit_a: 20.5"),
            "",
            (
                "limit_a: 20.5 A is never reached: 2 member(s) carry 10 A each at most "
                "(root); lower it to 20 or less"
            ),
        ),
        (
            DEMAND.replace('"*"', "[boiler]"),
            "",
            (
                "limit_w: 4500 W is never reached: 1 member(s) carry 2500 W each at most "
                "(root); lower it to 2500 or less"
            ),
        ),
        (
            DAILY.replace("12", "63"),
            "",
            (
                "limit_kwh: 63 kWh is never reached: a relay carries 2500 W at most "
                "(root), 62.5 kWh in a day; lower it"
            ),
        ),
    ],
)
def test_a_limit_that_the_relays_never_let_reach_is_refused(
    policy: str, root: str, problem: str
) -> None:
    assert refused(policy, relays=f"{RELAYS}{root}\n") == [f"policies.0.{problem}"]


@pytest.mark.parametrize(
    "policies",
    [
        [LISTED.replace("4500", "5000")],
        [BUDGET.replace("4500", "50000")],  # "*" may be many
        [DAILY.replace("12", "62.5")],
        # The members of a budget below count in the one above.
        [
            BUDGET.replace('"*"', "[boiler]"),
            f"{renamed(BUDGET)}, parent: a".replace('"*"', "[floor]")
            .replace("4500", "2500")
            .replace("boiler/l1", "floor/l1"),
        ],
    ],
)
def test_a_limit_that_can_be_reached_is_taken(policies: list[str]) -> None:
    assert taken(*policies)


CHILD = f"{renamed(BUDGET)}, parent: a"


@pytest.mark.parametrize(
    ("policies", "problems"),
    [
        (
            [BUDGET, CHILD.replace("4500", "4501")],
            [
                (
                    "policies.1.limit_w: 4501 W is more than its parent a allows, 4500 W; "
                    "lower it"
                )
            ],
        ),
        (
            [BUDGET, CHILD.replace("limit_w: 4500", "limit_a: 20")],
            [
                (
                    "policies.1.limit_a: 20 A is more than its parent a allows, 4500 W "
                    "(at 230 V); lower it"
                )
            ],
        ),
        (
            [BUDGET.replace("limit_w: 4500", "limit_a: 10"), CHILD],
            [
                (
                    "policies.1.limit_w: 4500 W is more than its parent a allows, 10 A "
                    "(at 230 V); lower it"
                )
            ],
        ),
        (
            [BUDGET.replace("name: a", "name: house"), CHILD],
            ['policies.1.parent: no budget is named "a"; add it, or remove this'],
        ),
        (
            [
                BUDGET.replace("name: a", "name: house"),
                f"{renamed(BUDGET)}, parent: hose",
            ],
            ['policies.1.parent: no budget is named "hose"; did you mean "house"?'],
        ),
        (
            [DEMAND, CHILD],
            ['policies.1.parent: no budget is named "a"; add it, or remove this'],
        ),
        (
            [f"{BUDGET}, parent: a"],
            ["policies.0.parent: the parents run in a circle: a, a; remove one"],
        ),
        (
            [
                f"{BUDGET}, parent: b",
                CHILD,
                f"{BUDGET}, parent: a".replace("name: a", "name: c"),
            ],
            ["policies.0.parent: the parents run in a circle: a, b, a; remove one"],
        ),
    ],
)
def test_budgets_nest_in_larger_ones(policies: list[str], problems: list[str]) -> None:
    assert refused(*policies) == problems


def test_a_budget_in_amperes_fits_into_one_in_watts() -> None:
    assert taken(BUDGET, CHILD.replace("limit_w: 4500", "limit_a: 19.5"))
