"""The cron-like work: tariff edges, the totals of each day, nightly backups."""

import asyncio
import json
import os
from datetime import time
from pathlib import Path
from typing import Any

from collector import events
from collector.app.keeper import Keeper
from collector.app.line import Line
from collector.config.schema import Config
from collector.config.settings import line_settings
from collector.model.clock import Clock
from collector.model.errors import TransientError
from collector.model.settings import Tariff
from collector.radio.coordinator import Coordinator
from collector.scheduler import CronJobs, cron_edge
from collector.state.zigbee_db import backup_database

BACKUP_AT = time(3, 15)  # local: after the day's totals, before the morning's work


class Jobs:
    """What runs by the calendar: nothing that protects, nothing that is urgent."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        line: Line,
        keeper: Keeper,
        coordinator: Coordinator,
    ) -> None:
        self._config = config
        self._tariff = line_settings(config, cron_edge).tariff
        self._clock = clock
        self._line = line
        self._keeper = keeper
        self._coordinator = coordinator
        self._cron = self._build()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Run the jobs for ever; begin anew where the configuration changes them."""
        while True:
            self._changed.clear()
            self._cron = self._build()
            self._cron.start()
            try:
                await self._changed.wait()
            finally:
                await self._cron.stop()

    def configure(self, tariff: Tariff | None) -> None:
        """Take the edges of a new tariff; all else needs a restart."""
        self._tariff = tariff
        self._changed.set()

    def clock_jumped(self, seconds: float) -> None:
        """Look at the wall clock anew."""
        del seconds
        self._cron.reschedule()

    async def close_day(self) -> None:
        """Write the totals of the day that ends and begin a new one."""
        await self._keeper.commit()
        await self._keeper.days()

    async def backup(self) -> None:
        """Copy zigbee.db, and the network in the form that any Zigbee program reads."""
        data_dir = self._config.data_dir
        folder = data_dir / "backups"
        try:
            await asyncio.to_thread(
                backup_database,
                data_dir / "zigbee.db",
                folder,
                at=self._clock.now().wall,
            )
            document = await self._coordinator.backup()
            await asyncio.to_thread(_write, folder / "coordinator.json", document)
        except (TransientError, OSError) as error:
            events.backup_failed(error)

    def _edge(self) -> None:
        # What is due to be read at this moment is due at the next tick too.
        self._line.settle()

    def _build(self) -> CronJobs:
        cron = CronJobs(self._clock, self._config.zone)
        cron.add("days", time(0), self.close_day)
        cron.add("backup", BACKUP_AT, self.backup)
        tariff = self._tariff
        edges = {
            edge
            for period in (tariff.periods if tariff else ())
            for edge in (period.start, period.end)
            if edge is not None
        }
        for edge in edges:
            # Energy used before the edge is priced on its own side.
            cron.add(f"tariff {edge:%H:%M}", edge, self._edge)
        return cron


def _write(path: Path, document: dict[str, Any]) -> None:
    """Write all or nothing; the file holds the network key, so its mode is 0600."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
