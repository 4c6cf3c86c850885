"""What every test shares: derandomised Hypothesis, and nobody left behind."""

import asyncio
import inspect
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every run: a property that fails fails for everybody.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Watch every test that has a loop of its own."""
    for item in items:
        if inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.usefixtures("no_task_left_behind"))


@pytest.fixture
async def no_task_left_behind() -> AsyncIterator[None]:
    """Fail a test whose code leaves a task in the loop."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"
