"""What outlives a restart, and what damage to it costs."""

import json

import pytest
from hypothesis import given, settings, strategies as st

from collector.calibration.energy_state import EnergyState

FULL = EnergyState(
    total_joules=1.5e9,
    register_joules=4.4e9,
    register_at=1.7e9,
    owed_joules=12.5,
    resets=2,
    gaps=3,
    cost={"day": 12.5, "night": 0.0},
)


def test_state_survives_a_json_file_unchanged() -> None:
    assert EnergyState.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL
    empty = EnergyState()
    assert EnergyState.from_json(json.loads(json.dumps(empty.to_json()))) == empty


@pytest.mark.parametrize("data", [None, [], "x", 3, True])
def test_what_is_no_object_is_a_new_state(data: object) -> None:
    assert EnergyState.from_json(data) == EnergyState()


@pytest.mark.parametrize(
    "damage", [float("nan"), float("inf"), -1.0, "12", None, True, [], 10**400]
)
@pytest.mark.parametrize("key", list(FULL.to_json()))
def test_damaged_field_counts_as_absent_and_the_others_stay(
    key: str, damage: object
) -> None:
    found = EnergyState.from_json(FULL.to_json() | {key: damage}).to_json()
    without = {name: value for name, value in FULL.to_json().items() if name != key}
    assert found == EnergyState.from_json(without).to_json()
    assert {name: found[name] for name in without} == without


def test_damaged_cost_of_one_period_leaves_the_others() -> None:
    stored = {"cost": {"day": 1.5, "night": -3, "noon": "x", "": 0}}
    assert EnergyState.from_json(stored).cost == {"day": 1.5, "": 0.0}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(FULL.to_json())), JSON) | JSON)
def test_any_json_gives_a_state_of_amounts(data: object) -> None:
    state = EnergyState.from_json(data)
    amounts = [state.total_joules, state.owed_joules, state.resets, state.gaps]
    amounts += [state.register_joules or 0, state.register_at or 0]
    amounts += state.cost.values()
    assert all(0 <= amount < float("inf") for amount in amounts)
    json.dumps(state.to_json(), allow_nan=False)
