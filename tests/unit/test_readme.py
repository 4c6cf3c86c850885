"""What README says of the code is what the code says of itself."""

import re
from pathlib import Path

import pytest

from collector.cli import app, config_app
from collector.config.load import parse_config
from collector.sinks.table import metrics_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    found = re.search(f"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", README, re.DOTALL)
    assert found, f"README has no section {name}"
    return found[1].strip()


def test_the_metrics_table_is_the_codes_own() -> None:
    assert section("metrics") == metrics_table().strip()


def test_every_command_is_described() -> None:
    commands = [
        info.callback.__name__ for info in app.registered_commands if info.callback
    ]
    commands += ["config " + str(info.name) for info in config_app.registered_commands]
    for command in commands:
        assert f"collector {command}" in README, command


@pytest.mark.parametrize(
    "text",
    [
        block
        for block in re.findall("```yaml\n(.*?)```", README, re.DOTALL)
        if "radio" in block
    ],
    ids=lambda text: text.strip().splitlines()[0],
)
def test_every_configuration_shown_is_right(text: str, tmp_path: Path) -> None:
    config = parse_config(text, source="README.md", folder=tmp_path)
    assert config.relays[0].name == "boiler"


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
