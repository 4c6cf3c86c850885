"""`collector config check` on a file that is right."""

import json
from pathlib import Path

import pytest

from collector.cli.checking import check, schema
from collector.cli.rules import print_rules
from collector.model.errors import ConfigError

POLICIES = Path(__file__).parents[1] / "config" / "policies.yaml"


def checked(
    text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[str, list[str]]:
    """Return the first line and what follows."""
    file = folder / "collector.yaml"
    file.write_text(text)
    check(file)
    first, *rest = capsys.readouterr().out.splitlines()
    return first, rest


def test_each_rule_is_told_with_its_worst_reaction_and_its_warnings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, rest = checked(POLICIES.read_text(), tmp_path, capsys)

    assert first == (
        f"{tmp_path}/collector.yaml is right: 4 relay(s) named, radio simulator"
    )
    assert rest == [
        "Time until a rule switches off, at worst:",
        (
            "  heater-overload: 42 s (as a rule 13 s), instant stage 32 s, "
            "off after 1020 s of silence"
        ),
        ("  cable: 33 s (as a rule 4.3 s) at 2 times rated, silence switches nothing"),
        (
            "    warning: the curve's 1.4 s at 2 times rated is faster than the current, "
            "which is heard of up to 3 s after a change"
        ),
        (
            "  house: 32 s (as a rule 3 s), last channel 52 s, "
            "silent members count as rated after 130 s"
        ),
        ("  floor-1: 32 s (as a rule 3 s), silent members count as rated after 730 s"),
        "  peak: 32 s (as a rule 3 s), silence switches nothing",
        "  daily: 300 s, silence switches nothing",
        "  night-off: at the edge of its hours, silence switches nothing",
        "  work: at the edge of its hours, silence switches nothing",
        "  standby: 1832 s (as a rule 1803 s), silence switches nothing",
        (
            "  root: 92 s (as a rule 63 s), instant stage 32 s, last channel 102 s, "
            "silence switches nothing"
        ),
    ]


def test_what_never_switches_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "mode: monitor\nrelays: [{ieee: '0x00158d0003a00000', name: boiler}]\n"
        "policies: [{name: a, kind: threshold, relay: boiler, quantity: power, "
        "above: 2200, switch_off: [l1], when_stale: {off_after_seconds: 3000000}, "
        "mode: dry_run}]\n"
    )

    _, rest = checked(text, tmp_path, capsys)

    assert rest == [
        "mode monitor: nothing is ever switched",
        "Time until a rule switches off, at worst:",
        "  a: dry run, 32 s (as a rule 3 s), off after 3000120 s of silence",
    ]


def test_a_scenario_that_is_wrong_is_named_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    file.write_text("radio: {simulator: {scenario: none.yaml}}\n")

    with pytest.raises(ConfigError) as caught:
        check(file)

    (problem,) = caught.value.problems
    assert problem.startswith("radio.simulator.scenario: ")


def test_a_scenario_is_not_looked_at_where_the_radio_is_real(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "radio: {path: /dev/ttyACM0, simulator: {scenario: none.yaml}}\n"

    first, _ = checked(text, tmp_path, capsys)

    assert first.endswith("radio /dev/ttyACM0")


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    schema()

    printed = json.loads(capsys.readouterr().out)

    assert "policies" in printed["properties"]


def test_alert_rules_of_a_file_with_cron_lines_can_be_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_rules(POLICIES, runbook_url="http://127.0.0.1/runbook")

    assert "heater-overload" in capsys.readouterr().out


def test_without_policies_nothing_more_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, rest = checked("site: home\n", tmp_path, capsys)

    assert first.endswith("is right: 0 relay(s) named, radio simulator")
    assert rest == []
