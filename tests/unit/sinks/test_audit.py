"""The audit as the line sees it: never in the way, and on disk all the same."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector import events
from collector.model.command import CommandOutcome
from collector.model.decision import DecisionAction, EventKind, Input, PolicyEvent
from collector.model.decision_json import event_json
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.sinks.audit import Audit

IEEE = "00:15:8d:00:03:a0:00:00"


def cut(command: int = 1, reason: str = "power 3200 W is above 2200 W") -> PolicyEvent:
    return PolicyEvent(
        kind=EventKind.DECISION,
        at=datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC),
        ieee=IEEE,
        channel="l1",
        rule="heater-overload",
        action=DecisionAction.OFF,
        reason=reason,
        inputs=(
            Input(
                ieee=IEEE,
                quantity=Quantity.POWER,
                value=3200.0,
                age=0.004,
                quality=Quality.FRESH,
            ),
            Input(
                ieee=IEEE,
                quantity=Quantity.CURRENT,
                value=float("nan"),
                age=None,
                quality=Quality.REJECTED,
            ),
        ),
        command=command,
        outcome=CommandOutcome.CONFIRMED,
        latency=0.0031,
    )


def path_in(data_dir: Path) -> Path:
    return data_dir / "audit" / "audit.jsonl"


def entries(data_dir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path_in(data_dir).read_text().splitlines()]


def commands(data_dir: Path) -> list[int]:
    return [entry["command"] for entry in entries(data_dir)]


def dropped() -> float:
    name = "zigbee_collector_queue_dropped_total"
    return events.REGISTRY.get_sample_value(name, {"queue": "audit"}) or 0.0


def waiting() -> float | None:
    name = "zigbee_collector_queue_depth"
    return events.REGISTRY.get_sample_value(name, {"queue": "audit"})


@asynccontextmanager
async def running(audit: Audit) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(audit.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def written(data_dir: Path, count: int) -> list[int]:
    """Wait until so many entries are on disk."""
    while True:
        with suppress(FileNotFoundError, NotADirectoryError):
            if len(found := commands(data_dir)) >= count:
                return found
        await asyncio.sleep(0.005)


async def test_an_event_is_one_line_with_everything_in_it(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit.offer(cut(), "Kühler\n1")
    await audit.close()
    text = path_in(tmp_path).read_text(encoding="utf-8")
    assert text.count("\n") == 1
    assert "Kühler" in text
    (entry,) = entries(tmp_path)
    assert entry == event_json(cut(), "Kühler\n1")
    assert entry["rule"] == "heater-overload"
    assert [each["value"] for each in entry["inputs"]] == [3200.0, None]


async def test_events_are_written_in_their_order_while_it_runs(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    async with running(audit):
        for number in range(200):
            audit.offer(cut(number), "boiler")
        assert await written(tmp_path, 200) == list(range(200))
        audit.offer(cut(200), "boiler")
        assert await written(tmp_path, 201) == list(range(201))
        await audit.close()
        assert waiting() == 0


async def test_it_goes_on_where_an_earlier_process_broke_off(tmp_path: Path) -> None:
    path_in(tmp_path).parent.mkdir()
    path_in(tmp_path).write_bytes(b'{"command": 1}\n{"comm')
    audit = Audit(tmp_path)
    audit.offer(cut(2), "boiler")
    await audit.close()
    first, broken, last = path_in(tmp_path).read_bytes().splitlines()
    assert (first, broken) == (b'{"command": 1}', b'{"comm')
    assert json.loads(last)["command"] == 2


async def test_a_disk_that_fails_is_said_once_and_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="collector")
    (tmp_path / "audit").write_text("in the way")
    audit = Audit(tmp_path, retry_seconds=0.01)
    async with running(audit):
        audit.offer(cut(1), "boiler")
        await asyncio.sleep(0.1)  # some tries in vain
        audit.offer(cut(2), "boiler")
        await asyncio.sleep(0.05)
        assert waiting() == 2
        (tmp_path / "audit").unlink()
        assert await written(tmp_path, 2) == [1, 2]
        await audit.close()
    said = [record.getMessage() for record in caplog.records]
    path = path_in(tmp_path)
    assert len(said) == 2
    assert said[0].startswith(f"Disk write failed, trying on: path={path} error=FileEx")
    assert said[1] == f"Disk writes work again: path={path}"


async def test_a_full_queue_loses_the_oldest_and_counts_them(tmp_path: Path) -> None:
    before = dropped()
    audit = Audit(tmp_path, waiting_at_most=3)
    for number in range(5):
        audit.offer(cut(number), "boiler")
    await audit.close()
    assert commands(tmp_path) == [2, 3, 4]
    assert dropped() == before + 2


async def test_a_disk_that_hangs_holds_up_nobody(tmp_path: Path) -> None:
    path_in(tmp_path).parent.mkdir()
    os.mkfifo(path_in(tmp_path), 0o600)  # takes 64 KiB, and then waits for a reader
    before = dropped()
    audit = Audit(tmp_path, waiting_at_most=10, close_seconds=0.05)
    reader = os.open(path_in(tmp_path), os.O_RDONLY | os.O_NONBLOCK)
    try:
        async with running(audit):
            for number in range(10):
                audit.offer(cut(number, reason="x" * 20_000), "boiler")
            for _ in range(1000):
                if audit._writing is not None and waiting() == 10:
                    break  # all are in the thread
                await asyncio.sleep(0.001)
            for number in range(15):
                audit.offer(cut(number), "boiler")
            assert dropped() == before + 5
            await audit.close()  # and comes back
        assert waiting() == 20
        writing = audit._writing
        assert writing is not None
        while not writing.done():
            with suppress(BlockingIOError):
                os.read(reader, 65_536)
            await asyncio.sleep(0)
        with pytest.raises(OSError, match="Invalid argument"):
            await writing  # a pipe cannot be synchronised
    finally:
        os.close(reader)


async def test_what_the_thread_has_written_is_not_written_twice(
    tmp_path: Path,
) -> None:
    """The writer is cancelled at every moment of its way; close() goes on from there."""
    for turns in range(40):
        data_dir = tmp_path / str(turns)
        audit = Audit(data_dir)
        task = asyncio.create_task(audit.run())
        audit.offer(cut(1), "boiler")
        audit.offer(cut(2), "boiler")
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await audit.close()
        assert commands(data_dir) == [1, 2]


async def test_closing_an_empty_audit_makes_no_file(tmp_path: Path) -> None:
    await Audit(tmp_path).close()
    assert not path_in(tmp_path).parent.exists()
