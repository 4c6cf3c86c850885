"""Documents of a damaged disk count as nothing, and break nothing."""

import json
from typing import Any

import pytest

from tests.unit.policy.house_rules import BOILER, budget, schedule, threshold
from tests.unit.policy.plant import Plant

AT_ONCE = threshold(for_seconds=0.0)

NONSENSE: list[Any] = [
    None, True, 0, -1, 1e308, float("nan"), float("inf"), 10**400, "", "x", [], {}, [[]],
    [None], [["a", "b"]], [[1]], [[float("nan"), True]], [[10**400, 1]], [[1e308, 1]],
    {"a": 1}, [{}], [["l1", 5]],
]  # fmt: skip
KEYS = ["owed", "override_until", "switches", "set", "locked", "restores", "ran",
        "loads", "doubt", "shed", "tripped", "held", "opened"]  # fmt: skip


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_nonsense_counts_as_nothing(value: Any) -> None:
    document = dict.fromkeys(KEYS, value)
    documents = {
        "rule": {
            f"overload|{BOILER}": document,
            "house|": document,
            f"root|{BOILER}": document,
            f"hours|{BOILER}": document,
            "": document,
            "|": document,
        },
        "channel": {f"{BOILER}/l1": document, f"{BOILER}/l9": document, "": document},
        "loads": {BOILER: document, "": document},
        "settings": {BOILER: document},
    }
    plant = Plant(AT_ONCE, budget(), schedule())
    plant.stage.restore(documents, plant.now)
    plant.start()
    plant.run(100, every=20)
    plant.commit()
    json.dumps([*plant.saved.values()], allow_nan=False)
    assert [command for command in plant.commands if command.on] == []
