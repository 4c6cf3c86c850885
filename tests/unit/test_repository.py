"""The rules of the repository that no other tool checks."""

import ast
import asyncio
import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from collector.model.quantity import Quantity

ROOT = Path(__file__).parents[2]
MOST_LINES = 300
TOP_LEVEL = {
    "pyproject.toml",
    "collector",
    "grafana",
    "tests",
    "deploy",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
}
# Left behind by builds and runs; .gitignore has them, too.
LEFT_BEHIND = re.compile(r".*\.egg-info|build|data|demo-data|collector\.yaml")
SCRIPTS = (
    "deploy/environment",
    "deploy/quickstart",
    "deploy/lock",
    "deploy/secrets",
    "deploy/backup",
    "deploy/image/install",
    "tests/run",
    "tests/bench/run",
    ".ci/run",
)
MODULES = sorted(
    path.relative_to(ROOT)
    for folder in ("collector", "grafana", "tests")
    for path in (ROOT / folder).rglob("*.py")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pinned() -> dict[str, Version]:
    lines = (ROOT / "deploy" / "requirements.lock").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): Version(version) for name, version in pairs}


async def run_script(script: Path, path: str, *options: str) -> tuple[int, str]:
    """Return exit code and output of a script that sees only `path`."""
    process = await asyncio.create_subprocess_exec(
        script,
        *options,
        env={"PATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 30


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text().splitlines()) for path in MODULES
    }

    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_module_hides_one_of_the_standard_library() -> None:
    hiding = {"types.py", "json.py", "logging.py", "queue.py"}

    assert [path for path in MODULES if path.name in hiding] == []


def test_no_class_takes_the_word_of_prometheus() -> None:
    classes = {
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.ClassDef)
    }

    assert Quantity.__name__ in classes
    assert "Collector" not in classes


def test_every_package_says_what_it_is_for() -> None:
    folders = {path.parent for path in MODULES if path.parts[0] == "collector"}

    for folder in folders:
        package = ROOT / folder / "__init__.py"
        assert package.exists(), folder
        assert ast.get_docstring(ast.parse(package.read_text())), folder


def test_imports_are_absolute() -> None:
    relative = [
        str(path)
        for path in MODULES
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_the_top_level_is_the_one_of_the_design() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert {name for name in found - TOP_LEVEL if not LEFT_BEHIND.fullmatch(name)} == (
        set()
    )


def test_the_licence_is_the_gpl_in_full() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert PROJECT["license"] == "GPL-3.0-or-later"
    assert text.lstrip().startswith("GNU GENERAL PUBLIC LICENSE")
    assert "Version 3, 29 June 2007" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("script", SCRIPTS)
async def test_scripts_can_be_run_and_stop_at_the_first_failure(script: str) -> None:
    path = ROOT / script
    text = path.read_text()

    assert os.access(path, os.X_OK)
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text
    bash = await asyncio.create_subprocess_exec("bash", "-n", path)
    assert await bash.wait() == 0


@pytest.mark.parametrize(
    "line",
    [
        *PROJECT["dependencies"],
        *PROJECT["optional-dependencies"]["test"],
        *PROJECT["optional-dependencies"]["dev"],
    ],
)
def test_the_lock_has_a_version_that_the_project_allows(line: str) -> None:
    requirement = Requirement(line)
    if requirement.name == PROJECT["name"]:
        return  # an extra that takes in another one

    assert pinned()[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_lock_has_what_builds_the_project() -> None:
    assert pinned()["setuptools"] >= Version("77")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that deploy/environment looks at, without an environment."""
    clone = tmp_path / "a clone"
    (clone / "deploy").mkdir(parents=True)
    for name in (
        "pyproject.toml",
        "deploy/environment",
        "deploy/quickstart",
        "deploy/requirements.lock",
    ):
        (clone / name).write_bytes((ROOT / name).read_bytes())
        (clone / name).chmod(0o755)
    return clone


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A PATH with the commands that every system has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("env", "bash", "dirname", "cat", "cmp", "rm", "grep"):
        (folder / name).symlink_to(
            next(
                path
                for directory in os.get_exec_path()
                if (path := Path(directory) / name).exists()
            )
        )
    return folder


async def test_the_quickstart_says_that_python_is_missing(
    clone: Path, commands: Path
) -> None:
    code, output = await run_script(clone / "deploy" / "quickstart", str(commands))

    assert code == 1
    assert "Python 3.11 or newer was not found." in output
    assert "sudo apt-get install python3 python3-venv" in output


async def test_a_python_that_is_too_old_is_none(clone: Path, commands: Path) -> None:
    old = commands / "python3"
    old.write_text("#!/usr/bin/env bash\nexit 1\n")
    old.chmod(0o755)

    _, output = await run_script(clone / "deploy" / "quickstart", str(commands))

    assert "Python 3.11 or newer was not found." in output


async def test_the_quickstart_says_that_the_venv_module_is_missing(
    clone: Path, commands: Path
) -> None:
    python = commands / "python3"
    python.write_text(
        '#!/usr/bin/env bash\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexit 0\n'
    )
    python.chmod(0o755)

    code, output = await run_script(clone / "deploy" / "quickstart", str(commands))

    assert code == 1
    assert "python3 cannot make environments: its venv module is missing." in output


async def test_an_environment_that_is_current_is_not_made_again(
    clone: Path, commands: Path
) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/usr/bin/env bash\nexit 0\n")
    python.chmod(0o755)
    stamp = f"{clone}\n" + "".join(
        (clone / name).read_text()
        for name in ("pyproject.toml", "deploy/requirements.lock")
    )
    (clone / ".venv" / "installed").write_text(stamp)
    script = clone / "deploy" / "environment"

    assert await run_script(script, str(commands)) == (0, "")

    (clone / "deploy" / "requirements.lock").write_text("other==1\n")
    code, output = await run_script(script, str(commands))
    assert code == 1
    assert "Python 3.11 or newer was not found." in output  # so it wanted one


async def test_a_folder_that_is_no_environment_is_left_alone(
    clone: Path, commands: Path
) -> None:
    (commands / "python3").write_text("#!/usr/bin/env bash\nexit 0\n")
    (commands / "python3").chmod(0o755)
    (clone / ".venv").mkdir()
    (clone / ".venv" / "mine").touch()

    code, output = await run_script(clone / "deploy" / "environment", str(commands))

    assert code == 1
    assert ".venv is there and is no Python environment; move it away." in output
    assert (clone / ".venv" / "mine").exists()
