"""Budgets over a restart: what is kept off stays known."""

import json

import pytest

from collector.policy.budget import Budget
from tests.unit.policy.shed_house import Shed
from tests.unit.policy.small_house import SmallHouse, budget_rule, words


def test_what_is_kept_off_survives_a_restart_and_the_wait_begins_anew() -> None:
    shed = Shed()
    document = json.loads(json.dumps(shed.budget.dump(shed.home.now)))
    assert document == {"shed": [[each, "l1", True] for each in "abc"]}
    again = Budget(shed.budget.rule)
    shed.home.mono = 1000.0
    again.load(document, shed.home.now)
    assert again.dump(shed.home.now) == document
    shed.budget = again
    assert shed.held(1299.0) == "a/l1 b/l1 c/l1"
    assert shed.held(1300.0) == "a/l1 b/l1"


@pytest.mark.parametrize(
    ("on", "watts", "cut", "hold"),
    [
        (None, None, "", "a/l1"),  # nobody knows yet: nothing is sent, it is held
        (None, 100.0, "", "a/l1"),
        (None, 5000.0, "a/l1", "a/l1"),  # it is over by a fresh value: go on
        (True, 100.0, "", ""),  # the OFF has not come through, and is not needed
        (True, 5000.0, "a/l1", "a/l1"),
        (False, 0.0, "", "a/l1"),  # the OFF had come through
    ],
)
def test_a_restart_in_the_middle_of_a_cut(
    on: bool | None, watts: float | None, cut: str, hold: str
) -> None:
    home = SmallHouse()
    home.relay("a", 5000.0)
    budget = Budget(budget_rule(shed="a/l1 b/l1"))
    home.ask(budget, 1.0)
    document = budget.dump(home.now)
    after = SmallHouse()
    after.mono = 50.0
    after.relay("a", watts, on="?")
    after.house.relays["a"].contacts["l1"].on = on
    again = Budget(budget.rule)
    again.load(document, after.now)
    verdict = after.ask(again)
    assert (words(verdict.cut), words(verdict.hold)) == (cut, hold)


def test_a_channel_switched_on_while_the_service_was_down_is_not_shed() -> None:
    shed = Shed()
    again = Budget(shed.budget.rule)
    again.load(shed.budget.dump(shed.home.now), shed.home.now)
    shed.home.contact("b", "l1", True)
    shed.budget = again
    assert shed.held(110.0) == "a/l1 c/l1"


@pytest.mark.parametrize(
    "document",
    [
        {"shed": None},
        {"shed": {"a": 1}},
        {"shed": ["a/l1", 7, [], ["a"], ["a", "l1"], [["a"], "l1", True]]},
        {"shed": [["a", "l2", True], ["z", "l1", True], [1, 2, 3]]},
        {"shed": [["a", "l1", True, True]]},
    ],
)
def test_a_damaged_document_counts_as_nothing(document: dict[str, object]) -> None:
    shed = Shed()
    budget = Budget(shed.budget.rule)
    budget.load(document, shed.home.now)
    assert budget.dump(shed.home.now) == {}
