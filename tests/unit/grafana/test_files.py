"""What `python -m grafana` writes is what is committed; --check says what is not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import grafana.__main__ as command
from grafana import alerting
from grafana.board import UID
from grafana.files import BOARDS, HERE, files, text_of


def test_every_file_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    code = command.main(["--check"])
    said = capsys.readouterr().out
    assert (code, said) == (0, "")


def test_a_second_build_is_the_same() -> None:
    assert dict(files()) == dict(files())
    assert [text_of(board) for board in BOARDS] == [text_of(board) for board in BOARDS]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_file_is_text_that_a_person_can_compare(board: object) -> None:
    (name,) = (each.name for each in BOARDS if each is board)
    text = (HERE / "dashboards" / f"{name}.json").read_text(encoding="utf-8")
    built = json.loads(text)
    assert built["uid"] == UID + name
    assert text == json.dumps(built, indent=2, ensure_ascii=False) + "\n"
    assert "id" not in built  # a number of one Grafana
    assert "version" not in built  # … and what it counts


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is written, in a folder where it may be spoilt."""
    for part in ("dashboards", "provisioning"):
        if (HERE / part).is_dir():
            shutil.copytree(HERE / part, tmp_path / part)
    monkeypatch.setattr(command, "HERE", tmp_path)
    return tmp_path


def test_a_copy_is_current_too(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--check"]) == 0
    assert command.main([]) == 0
    assert capsys.readouterr().out == ""


def test_a_stale_a_missing_and_a_strange_file_are_named(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale, missing = copy / "dashboards/overview.json", copy / "dashboards/relay.json"
    strange = copy / "dashboards/old.json"
    stale.write_text("{}", encoding="utf-8")
    strange.write_text("{}", encoding="utf-8")
    missing.unlink()
    assert command.main(["--check"]) == 1
    assert sorted(capsys.readouterr().out.splitlines()) == [
        "grafana/dashboards/old.json is written by nothing: delete it",
        "grafana/dashboards/overview.json is not current: run python -m grafana",
        "grafana/dashboards/relay.json is not current: run python -m grafana",
    ]
    assert strange.is_file()  # a check changes nothing
    assert not missing.exists()

    assert command.main([]) == 0
    assert not strange.exists()
    capsys.readouterr()
    assert command.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", [["--chekc"], ["--check", "--check"], ["overview"]])
def test_a_strange_argument_ends_with_the_usage(
    words: list[str], copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "dashboards/overview.json").unlink()
    assert command.main(words) == 2
    assert "python -m grafana --check" in capsys.readouterr().err
    assert not (copy / "dashboards/overview.json").exists()


RULES = """\
groups:
  - name: g
    rules:
      - alert: RelayGone
        expr: up == 0
        labels: {severity: warning}
        annotations: {summary: gone}
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "relays.yml: it cannot be read: No such file or directory"),
        ("", "relays.yml: it holds no mapping"),
        ("a: [", "relays.yml: it is not YAML: while parsing a flow node"),
        ("groups:", "relays.yml: it has no groups"),
        ("groups: [{rules: []}]", "relays.yml: a group has no name"),
        (RULES.replace("expr", "exp"), "relays.yml: a rule of the group g has no expr"),
        (
            RULES.replace("annotations", "anotations"),
            "relays.yml: RelayGone has no annotations",
        ),
        (
            RULES.replace("    rules:", "    interval: soon\n    rules:"),
            "relays.yml: an interval of soon is not known here",
        ),
        (
            RULES.replace("RelayGone", "CollectorDown"),
            "collector.yml: CollectorDown: another alert has this name",
        ),
    ],
)
def test_rules_that_cannot_be_used_are_named_in_one_sentence(
    text: str | None,
    sentence: str,
    tmp_path: Path,
    copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rules = shutil.copytree(alerting.RULES.parent, tmp_path / "prometheus") / "rules"
    monkeypatch.setattr(alerting, "RULES", rules)
    (rules / "relays.yml").unlink()
    if text is not None:
        (rules / "relays.yml").write_text(text, encoding="utf-8")

    assert command.main([]) == 2

    said = capsys.readouterr()
    assert said.err.startswith(f"python -m grafana: {sentence}")
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
    assert (copy / "provisioning/managed-alerts/relays-rules.yaml").is_file()


def test_without_the_tools_of_development_it_says_what_to_do() -> None:
    program = (
        "import runpy, sys; sys.modules['grafana_foundation_sdk'] = None;"
        "runpy.run_module('grafana', run_name='__main__')"
    )
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program],
        cwd=HERE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "grafana_foundation_sdk is not installed: run deploy/environment dev\n"
    )
