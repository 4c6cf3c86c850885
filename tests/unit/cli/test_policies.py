"""`collector policy` against a running service."""

import json
from pathlib import Path

import pytest

from collector.model.command import Origin
from collector.model.decision import RuleState, RuleStatus
from collector.model.policy import Mode
from tests.policy_words import BOILER, latched
from tests.unit.cli.commands import collector
from tests.web_ports import House


async def test_the_table_has_a_line_for_each_rule_and_relay(
    data_dir: Path, house: House
) -> None:
    over = RuleStatus(state=RuleState.OVER, margin=-0.25, reason="[b]5 kW[/b]")
    stale = RuleStatus(state=RuleState.STALE)
    house.rules = [
        latched(),
        latched(
            name="house [1]",
            kind="budget",
            mode=Mode.DRY_RUN,
            relays={BOILER: over, "00:15:8d:00:03:a0:00:01": stale},
            held=[],
        ),
        latched(name="idle", relays={}, held=[]),
    ]
    done = await collector("policy", "list", "--data-dir", data_dir)
    assert (done.code, done.err) == (0, "")
    lines = [
        [cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")]
        for line in done.out.splitlines()
        if line[0] in "│┃"
    ]
    head = ["rule", "kind", "class", "mode", "relay", "state", "margin", "reason"]
    assert lines == [
        head,
        [
            *("heater-overload", "threshold", "protection", "enforce", "boiler"),
            *("latched (l1 off)", "98 %", "cut at 2410 W"),
        ],
        [
            *("house [1]", "budget", "protection", "dry_run", "boiler"),
            *("over", "-25 %", "[b]5 kW[/b]"),
        ],
        [
            *("house [1]", "budget", "protection", "dry_run"),
            *("00:15:8d:00:03:a0:00:01", "stale", "-", "-"),
        ],
        ["idle", "threshold", "protection", "enforce", "-", "-", "-", "-"],
    ]


async def test_programs_get_json(data_dir: Path, house: House) -> None:
    house.rules = [latched()]
    done = await collector("policy", "list", "--json", "--data-dir", data_dir)
    (rule,) = json.loads(done.out)
    assert (rule["name"], rule["relays"][0]["margin"]) == ("heater-overload", 0.975)


async def test_a_rule_is_reset_by_name(data_dir: Path, house: House) -> None:
    house.rules = [latched()]
    where = ("--data-dir", data_dir)
    done = await collector("policy", "reset", "heater-overload", *where)
    assert (done.code, done.err) == (0, "")
    assert done.out == "Policy 'heater-overload' is reset; nothing was switched.\n"
    assert house.resets == [("heater-overload", Origin.CLI)]
    done = await collector("policy", "reset", "nothing", *where)
    assert (done.code, done.out) == (1, "")
    assert done.err == "No policy is called 'nothing'.\n"


@pytest.mark.parametrize(
    ("options", "seconds", "sentence"),
    [
        ((), 3600.0, "Economy rules of 'boiler' are suspended for 3600 s.\n"),
        (("--seconds", "0"), 0.0, "Economy rules of 'boiler' act again.\n"),
    ],
)
async def test_economy_rules_are_suspended_and_let_act_again(
    data_dir: Path,
    house: House,
    options: tuple[str, ...],
    seconds: float,
    sentence: str,
) -> None:
    done = await collector(
        "policy", "override", "boiler", *options, "--data-dir", data_dir
    )
    assert (done.code, done.out, done.err) == (0, sentence, "")
    assert house.overrides == [(BOILER, seconds, Origin.CLI)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("list",), 1),
        (("reset", "heater-overload"), 1),
        (("override", "boiler"), 1),
        (("override", "boiler", "--seconds", "-1"), 2),
        (("override", "boiler", "--seconds", "604801"), 2),
        (("override", "boiler", "--seconds", "nan"), 2),
        (("reset",), 2),
    ],
)
async def test_without_a_service_and_with_wrong_usage_nothing_is_done(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    done = await collector("policy", *arguments, "--data-dir", tmp_path / "none")
    assert (done.code, done.out) == (code, "")
    assert ("No service is running" in done.err) is (code == 1)
    assert not (tmp_path / "none").exists()
