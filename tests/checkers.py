"""Programs that check files: kubectl, promtool, vmalert."""

import os
import shutil
import subprocess

import pytest


def program(name: str) -> str:
    """Return its path; skip without it, or fail in CI."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a checker; its words are in the failure."""
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
