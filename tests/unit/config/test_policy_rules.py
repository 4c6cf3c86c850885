"""Policies against each other and against the relays: what cannot be meant."""

import pytest

from tests.unit.config.policy_texts import (
    DAILY,
    DEMAND,
    SCHEDULE,
    THRESHOLD,
    refused,
    renamed,
    taken,
)

THREE = """
relays:
  - {ieee: "0x00158d0003a00000", name: boiler, channels: {l2: {protected: true}}}
  - {ieee: "0x00158d0003a00001", name: floor, channels: {l2: {protected: true}}}
  - {ieee: "0x00158d0003a00002"}
"""


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (
            THRESHOLD.replace("relay: boiler", "relay: boilr"),
            'relay: no relay "boilr" is in relays; did you mean "boiler"?',
        ),
        (
            THRESHOLD.replace("relay: boiler", 'relays: [floor, "0x0000000000000009"]'),
            'relays.1: no relay "0x0000000000000009" is in relays; list it there',
        ),
        (
            THRESHOLD.replace("relay: boiler", "relays: [boiler, 0x00158d0003a00000]"),
            'relays.1: "0x00158d0003a00000" is listed twice; remove one',
        ),
        (
            DEMAND.replace('"*"', "[boiler, attic]"),
            'members.1: no relay "attic" is in relays; list it there',
        ),
        (
            DEMAND.replace("[boiler/l1]", "[boiler/l1, flor/l1]"),
            'shed.1: no relay "flor" is in relays; did you mean "floor"?',
        ),
        (
            f"{DEMAND}, last_resort: [attic/l2]",
            'last_resort.0: no relay "attic" is in relays; list it there',
        ),
    ],
)
def test_a_relay_that_is_not_listed_is_named(policy: str, problem: str) -> None:
    assert refused(policy) == [f"policies.0.{problem}"]


def test_without_relays_a_policy_has_nothing_to_judge_but_all() -> None:
    assert refused(THRESHOLD, relays="") == [
        'policies.0.relay: no relay "boiler" is in relays; list it there'
    ]
    assert taken(THRESHOLD.replace("relay: boiler", 'relay: "*"'), relays="")


PROTECTED = "is protected and never switched; remove it here, or `protected` there"


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (
            THRESHOLD.replace("[l1]", "[l1, l2]"),
            f"switch_off.1: l2 of boiler {PROTECTED}",
        ),
        (
            SCHEDULE.replace("[l1]", "[l2]").replace("relay: boiler", 'relay: "*"'),
            f"switch_off.0: l2 of boiler, floor {PROTECTED}",
        ),
        (
            DEMAND.replace("[boiler/l1]", "[boiler/l1, floor/l2]"),
            f"shed.1: l2 of floor {PROTECTED}",
        ),
        (
            f"{DEMAND}, last_resort: [boiler/l2]",
            f"last_resort.0: l2 of boiler {PROTECTED}",
        ),
    ],
)
def test_a_protected_channel_is_never_to_be_switched(policy: str, problem: str) -> None:
    assert refused(policy, relays=THREE) == [f"policies.0.{problem}"]


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (
            f"{DEMAND}, last_resort: [floor/l1, boiler/l1]",
            'last_resort.1: "boiler/l1" stands at shed.0 already; remove one',
        ),
        (
            DEMAND.replace("[boiler/l1]", "[boiler/l1, floor/l1, boiler/l1]"),
            'shed.2: "boiler/l1" stands at shed.0 already; remove one',
        ),
        (
            f'{DEMAND}, last_resort: ["0x00158d0003a00000/l1"]',
            (
                'last_resort.0: "0x00158d0003a00000/l1" stands at shed.0 already; '
                "remove one"
            ),
        ),
        (
            DEMAND.replace('"*"', "[floor]").replace("4500", "2500"),
            "shed.0: boiler is none of the members; add it there, or remove it here",
        ),
    ],
)
def test_a_channel_is_shed_once_and_by_its_members(policy: str, problem: str) -> None:
    assert refused(policy) == [f"policies.0.{problem}"]


def test_policies_have_names_of_their_own() -> None:
    assert refused(THRESHOLD, renamed(DAILY), SCHEDULE) == [
        'policies.2.name: two policies are named "a"; rename one'
    ]
