"""A writer that has nothing to do waits; it does not look again and again."""

import asyncio
from pathlib import Path

import pytest

from collector.sinks import influx as sinking
from tests.unit.sinks.test_influx_sink import ENOUGH, Stand, writing


async def test_what_comes_while_points_are_made_keeps_nobody_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd during the work is taken with it; then there is nothing more to do."""
    monkeypatch.setattr(sinking, "WINDOW_SECONDS", 3600.0)
    here = Stand(tmp_path)
    more = [ENOUGH]

    async def breathe() -> None:
        here.report(*range(600, 600 + more[0]))
        more[0] = 0

    monkeypatch.setattr(here.sink, "_breathe", breathe)
    async with writing(here):
        here.report(*range(ENOUGH))
        written = 0
        while written < 2 * ENOUGH:
            written += await here.commits.get()
        await asyncio.sleep(0.05)  # a writer that is busy would not let this end
        assert here.sink.waiting == 0
    here.spool.close()
