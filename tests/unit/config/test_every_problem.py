"""Every problem of policies at once, whatever else is wrong, and never a traceback."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from collector.config.schema import Config
from collector.config.settings import line_settings
from collector.model.errors import ConfigError
from tests.unit.config.policy_texts import RELAYS, refused
from tests.unit.config.texts import config_of, problems_of


def test_every_problem_of_every_policy_is_named_at_once() -> None:
    text = f"""{RELAYS}
policies:
  - {{name: a, kind: threshold, relay: boiler, quantity: power, above: 2200, clear: 2300,
     instant_above: 2000, for_seconds: -1, switch_off: [l1], gace_seconds: 1}}
  - {{name: a, kind: budget, limit_w: 9000, members: [boiler, floor], parent: house,
     shed: [attic/l1], when_stale: off}}
  - {{name: c, kind: inverse_time, relay: bath, rated_current_a: 8, curve: B, tms: 1,
     switch_off: [l1], when_stale: keep}}
root: {{power_w: 9000}}
"""

    assert problems_of(text) == [
        "policies.0.for_seconds: Input should be greater than or equal to 0, got -1",
        (
            "policies.0.when_stale: this required key is missing; say what silence "
            "means: off, {off_after_seconds: T}, keep or assume_overload"
        ),
        'policies.0.gace_seconds: unknown key; did you mean "grace_seconds"?',
        "policies.2.tms: fuse B has none; remove it, or take SI, VI or EI",
        "root.power_w: Input should be less than or equal to 2500, got 9000",
        "policies.0.clear: must not be higher than above, which is 2200",
        "policies.0.instant_above: must be higher than above, which is 2200",
        'policies.1.name: two policies are named "a"; rename one',
        'policies.1.shed.0: no relay "attic" is in relays; list it there',
        'policies.2.relay: no relay "bath" is in relays; list it there',
        (
            "policies.1.limit_w: 9000 W is never reached: 2 member(s) carry 2500 W each "
            "at most (root); lower it to 5000 or less"
        ),
        'policies.1.parent: no budget is named "house"; add it, or remove this',
    ]


NUMBER = "expected a plain number (the unit stands in the key's name)"


@pytest.mark.parametrize(
    ("policy", "problems"),
    [
        (
            (
                "name: a, kind: threshold, relay: boiler, quantity: power, above: high, "
                "clear: 5, instant_above: 9, switch_off: [l1], when_stale: keep, "
                "quiet: {hours: 22:00-06:00, above: 4}"
            ),
            [f'above: {NUMBER}, got "high"'],
        ),
        (
            (
                "name: a, kind: schedule, relay: 5, allowed: 06:00-22:00, "
                "switch_off: [l1], when_stale: keep"
            ),
            ["relay: expected text; put it in quotes, got 5"],
        ),
        (
            (
                "name: a, kind: budget, limit_a: lots, members: 5, shed: [boiler/l1], "
                "when_stale: {}"
            ),
            [
                "members: expected a list, got 5",
                (
                    "when_stale: Input should be 'assume_rated', 'keep' or 'off', "
                    "got a section"
                ),
                f'limit_a: {NUMBER}, got "lots"',
            ],
        ),
        (
            (
                "name: 5, kind: standby, relay: boiler, below: 5, for_seconds: 5, "
                "switch_off: [l1], when_stale: {off_after_seconds: long}"
            ),
            [
                "name: expected text; put it in quotes, got 5",
                f'when_stale.off_after_seconds: {NUMBER}, got "long"',
            ],
        ),
    ],
)
def test_what_follows_from_a_problem_is_not_another(
    policy: str, problems: list[str]
) -> None:
    assert refused(policy) == [f"policies.0.{problem}" for problem in problems]


def test_a_relay_that_is_wrong_itself_is_not_called_unknown() -> None:
    relays = """
relays:
  - {name: boiler, chanels: {}}
  - {ieee: "0x00158d0003a00001", name: "floor+"}
  - {ieee: "0x00158d0003a00002", name: bath}
"""

    assert refused(
        "name: a, kind: standby, relays: [boiler, floor+, 0x00158d0003a00001, attic], "
        "below: 5, for_seconds: 5, switch_off: [l1], when_stale: keep",
        relays=relays,
    ) == [
        "relays.0.ieee: this required key is missing",
        'relays.0.chanels: unknown key; did you mean "channels"?',
        "relays.1.name: a relay's name cannot contain +, # or *",
        'policies.0.relays.3: no relay "attic" is in relays; list it there',
    ]


def test_channels_of_a_relay_that_is_wrong_itself_are_not_called_unknown() -> None:
    assert refused(
        'name: a, kind: demand, members: "*", limit_w: 5, shed: [boiler/l1], '
        "last_resort: [boiler/l1], when_stale: keep",
        relays="relays: [{name: boiler}]\n",
    ) == [
        "relays.0.ieee: this required key is missing",
        'policies.0.last_resort.0: "boiler/l1" stands at shed.0 already; remove one',
    ]


def test_policies_without_names_are_not_called_alike() -> None:
    standby = (
        "kind: standby, relay: boiler, below: 5, for_seconds: 5, switch_off: [l1], "
        "when_stale: keep"
    )

    assert refused(standby, standby) == [
        "policies.0.name: this required key is missing",
        "policies.1.name: this required key is missing",
    ]


def test_a_budget_that_is_wrong_itself_is_not_called_unknown() -> None:
    assert refused(
        "name: house, kind: budget, members: '*', shed: boiler/l1, limit_w: 5, "
        "when_stale: keep",
        "name: a, kind: budget, parent: house, members: '*', shed: [boiler/l1], "
        "limit_w: 5, when_stale: keep",
        "name: house, kind: standby, relay: boiler, below: 5, for_seconds: 5, "
        "switch_off: [l1], when_stale: keep",
    ) == [
        'policies.0.shed: expected a list, got "boiler/l1"',
        'policies.2.name: two policies are named "house"; rename one',
    ]


def test_one_policy_that_is_none_hides_no_problem_of_others() -> None:
    problems = problems_of(
        f"{RELAYS}policies: [5, {{name: a, kind: standby, relay: attic, below: 5, "
        "for_seconds: 5, switch_off: [l1], when_stale: keep}]"
    )

    assert problems == [
        "policies.0: expected a section with name, kind, the keys of that kind, got 5",
        'policies.1.relay: no relay "attic" is in relays; list it there',
    ]


def test_a_configuration_without_a_file_is_checked_too() -> None:
    policy = {
        "name": "a",
        "kind": "standby",
        "relay": "attic",
        "below": 5,
        "for_seconds": 5,
        "switch_off": ["l1"],
        "when_stale": "keep",
    }

    with pytest.raises(ValidationError):
        Config.model_validate({"policies": [policy]})


_KINDS = [
    "threshold",
    "inverse_time",
    "budget",
    "demand",
    "energy_budget",
    "schedule",
    "standby",
]
_NUMBERS = st.one_of(
    st.integers(-5, 5000), st.floats(-5, 5000), st.sampled_from([0, 1, 10**400])
)
_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | _NUMBERS
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["boiler", "floor/l1", "*", "l1", "keep", "off", "manual", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["on", "off", "hours", "above", "at_most", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)
_CHANNELS = st.lists(st.sampled_from(["boiler/l1", "floor/l2", "attic/l1"]), max_size=3)
_LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["a", "b", "c", "root"]),
    "kind": st.sampled_from(_KINDS),
    "class": st.sampled_from(["protection", "economy"]),
    "mode": st.sampled_from(["enforce", "dry_run"]),
    "relay": st.sampled_from(["boiler", "floor", "attic", "*"]),
    "relays": st.lists(st.sampled_from(["boiler", "floor", "*"]), max_size=2),
    "switch_off": st.lists(st.sampled_from(["l1", "l2"]), min_size=1, max_size=2),
    "when_stale": st.sampled_from(
        ["off", "keep", "assume_overload", "assume_rated", {"off_after_seconds": 5}]
    ),
    "restore": st.sampled_from(
        ["manual", {"after_seconds": 9, "at_most": 2, "within_seconds": 8}]
    ),
    "quantity": st.sampled_from(["power", "voltage", "temperature"]),
    "above": _NUMBERS,
    "below": _NUMBERS,
    "clear": _NUMBERS,
    "instant_above": _NUMBERS,
    "for_seconds": _NUMBERS,
    "grace_seconds": _NUMBERS,
    "quiet": st.sampled_from([{"hours": "22:00-06:00", "above": 100}]),
    "rated_current_a": st.floats(0, 11),
    "curve": st.sampled_from(["SI", "B"]),
    "tms": st.floats(0, 2),
    "members": st.sampled_from(["*", ["boiler"], ["floor", "boiler"], []]),
    "shed": _CHANNELS,
    "last_resort": _CHANNELS,
    "limit_w": _NUMBERS,
    "limit_a": _NUMBERS,
    "parent": st.sampled_from(["a", "b", "c", "d"]),
    "window_minutes": st.integers(0, 1500),
    "limit_kwh": _NUMBERS,
    "per": st.sampled_from(["day", "week", "month"]),
    "allowed": st.sampled_from(["06:00-22:00", "22:00-06:00", "1-2"]),
    "cron": st.sampled_from([{"on": "0 6 * * *", "off": "0 22 * * 1-5"}]),
}


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """Return something like a policy: most of it is right, some of it is anything."""
    keys = draw(st.lists(st.sampled_from(sorted(_LIKELY)), max_size=20, unique=True))
    usual = ["kind", "name", "relay", "switch_off", "when_stale"]
    policy = {key: draw(_LIKELY[key]) for key in dict.fromkeys([*usual, *keys])}
    if draw(st.booleans()):
        policy[draw(st.sampled_from([*sorted(policy), "x"]))] = draw(_ANYTHING)
    return policy


@settings(deadline=None)
@given(st.lists(policies(), max_size=4) | _ANYTHING)
def test_any_policies_give_rules_or_sentences(listed: Any) -> None:
    text = RELAYS + yaml.safe_dump({"policies": listed}, allow_unicode=True)
    try:
        config = config_of(text)
    except ConfigError as error:
        _are_sentences(error)
    else:
        rules = line_settings(config, lambda _line, _zone: lambda wall: wall)
        assert len(rules.policies.rules) == len(config.policies)


def _are_sentences(error: ConfigError) -> None:
    assert error.problems
    assert len(set(error.problems)) == len(error.problems)
    assert all("\n" not in problem for problem in error.problems)
    assert str(error).encode()
