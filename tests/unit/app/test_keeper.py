"""Lasting state: on disk every ten seconds, at midnight, and after a full disk."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.app.keeper import Keeper
from collector.model.settings import LineSettings
from collector.pipeline.line import Pipeline
from collector.state.store import StateStore
from tests.clock import ManualClock, settle
from tests.unit.pipeline.lines import IEEE, structure

BERLIN = ZoneInfo("Europe/Berlin")


class Bench:
    def __init__(self, path: Path) -> None:
        self.clock = ManualClock(datetime(2026, 3, 1, 22, 59, tzinfo=UTC))
        self.pipeline = Pipeline(LineSettings())
        self.store = StateStore.open(path / "state.db")
        self.keeper = Keeper(self.pipeline, self.store, self.clock, BERLIN)

    def meter(self, ticks: int) -> None:
        self.pipeline.handle(structure(kwh=ticks / 3200), self.clock.now())

    def shown(self) -> float:
        (status,) = self.pipeline.statuses(self.clock.now())
        assert status.energy is not None
        return status.energy.total_joules


async def test_a_commit_every_ten_seconds_and_only_then_the_counter_grows(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    running = asyncio.create_task(bench.keeper.run(0.0))
    await settle()
    bench.meter(3200)
    await bench.clock.advance(5.0)
    bench.meter(3203)
    assert bench.shown() == 0.0
    await bench.clock.advance(5.0)
    # The commit runs in a thread of its own: it is done when its lock is free again.
    await bench.keeper.commit()
    assert bench.shown() == pytest.approx(3 * 1125.0, abs=0.5)
    assert bench.store.load_all("relay")[IEEE]["firmware"] == 46
    running.cancel()
    await asyncio.wait([running])
    bench.store.close()


async def test_a_disk_that_refuses_is_said_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path)
    bench.meter(3200)
    await bench.keeper.commit()
    bench.meter(3201)
    bench.store._database.execute("PRAGMA query_only = ON")
    assert not await bench.keeper.commit()
    assert not await bench.keeper.commit()
    assert bench.shown() == 0.0
    assert caplog.text.count("Disk write failed") == 1
    bench.store._database.execute("PRAGMA query_only = OFF")
    assert await bench.keeper.commit()
    assert bench.shown() == pytest.approx(1125.0, abs=0.5)
    assert caplog.text.count("Disk writes work again") <= 1
    bench.store.close()


async def test_midnight_closes_the_local_day(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.meter(3200)
    await bench.keeper.commit()
    await bench.keeper.days()
    await bench.clock.advance(30.0)
    bench.meter(3204)
    await bench.keeper.commit()
    await bench.clock.advance(31.0)  # past midnight in Berlin
    await bench.keeper.days()
    (row,) = bench.store.daily(date(2026, 3, 1), date(2026, 3, 2))
    assert row.day == date(2026, 3, 1)
    assert row.ieee == IEEE
    assert row.joules == pytest.approx(4 * 1125.0, abs=0.5)
    assert row.cost is None
    bench.store.close()
