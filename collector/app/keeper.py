"""Brings lasting state to disk: at most every ten seconds, never in the way."""

import asyncio
from datetime import tzinfo

from collector import events
from collector.app.daily import DailyTotals
from collector.model.clock import Clock
from collector.model.errors import TransientError
from collector.pipeline.line import Pipeline
from collector.pipeline.policies import POLICY_KINDS
from collector.state.store import StateStore

STATE = "state.db"
COMMIT_SECONDS = 10.0  # SD cards wear
RELAY = "relay"  # kind of document: the counters of one relay, by IEEE address
DAY = "day"  # kind of document: where a relay's counters stood at local midnight


class Keeper:
    """Commits what the pipeline wants kept, and the totals of each day."""

    def __init__(
        self,
        pipeline: Pipeline,
        store: StateStore,
        clock: Clock,
        zone: tzinfo,
        *,
        policies: bool = True,
    ) -> None:
        """`policies` False: what rules keep is left as it is on disk."""
        self._policies = policies
        self._pipeline = pipeline
        self._store = store
        self._clock = clock
        self._zone = zone
        self._daily = DailyTotals(store.load_all(DAY))
        self._busy = asyncio.Lock()
        self._urgent = asyncio.Event()
        pipeline.restore(store.load_all(RELAY))
        kept = {kind: store.load_all(kind) for kind in POLICY_KINDS}
        pipeline.policies.restore(kept, clock.now())

    async def run(self, least_seconds: float) -> None:
        """Commit for ever, every ten seconds of the clock or `least_seconds` of it."""
        await self.days()  # of an earlier run, and the one that begins
        while True:
            await self._clock.sleep(max(COMMIT_SECONDS, least_seconds))
            await self.commit()
            if self._daily.lacks(self._pipeline.statuses(self._clock.now())):
                await self.days()  # a relay is new: its first day begins

    def hurry(self) -> None:
        """A latch, a count or an override has changed: commit it soon."""
        self._urgent.set()

    async def run_urgent(self) -> None:
        """Commit for ever what may not be lost by a kill."""
        while True:
            await self._urgent.wait()
            self._urgent.clear()
            if not await self.commit_policies(urgent=True):
                await self._clock.sleep(COMMIT_SECONDS)
                self._urgent.set()

    async def commit_policies(self, *, urgent: bool = True) -> bool:
        """Bring what policies keep to disk; return whether it is there. Never raises."""
        if not self._policies:
            return True
        async with self._busy:
            stage = self._pipeline.policies
            changes = stage.unsaved(self._clock.now(), urgent=urgent)
            if not changes:
                return True
            try:
                await asyncio.to_thread(self._store.commit, changes)
            except TransientError as error:
                stage.not_committed(changes)
                events.disk_failed(STATE, str(error))
                return False
            except BaseException as error:
                # Cancelled: whether the thread finishes is not known. Else a bug.
                stage.not_committed(changes)
                if not isinstance(error, Exception):
                    raise
                events.callback_failed("keeper")
                return False
            stage.committed(changes)
            events.disk_recovered(STATE)
            return True

    async def commit(self) -> bool:
        """Bring all news to disk; return whether it is there. Never raises."""
        counters = await self.commit_counters()
        return await self.commit_policies(urgent=False) and counters

    async def commit_counters(self) -> bool:
        """Bring energy and counts to disk; return whether they are there. Never raises."""
        async with self._busy:
            documents, removed = self._pipeline.unsaved(), self._pipeline.removed()
            if not documents and not removed:
                return True
            changes: dict[tuple[str, str], dict[str, object] | None] = {
                (RELAY, ieee): document for ieee, document in documents.items()
            }
            changes |= {(kind, ieee): None for kind in (RELAY, DAY) for ieee in removed}
            try:
                await asyncio.to_thread(self._store.commit, changes)
            except TransientError as error:
                self._pipeline.not_committed(documents)
                events.disk_failed(STATE, str(error))
                return False
            except asyncio.CancelledError:
                # Whether the thread finishes is not known: the last commit repeats it.
                self._pipeline.not_committed(documents)
                raise
            self._pipeline.committed(documents)
            self._pipeline.deleted(removed)
            self._daily.forget(removed)
            events.disk_recovered(STATE)
            return True

    async def days(self) -> None:
        """Write the totals of the running day; at midnight this begins a new one."""
        now = self._clock.now()
        today = now.wall.astimezone(self._zone).date()
        rows, begun = self._daily.take(self._pipeline.statuses(now), today)
        changes = {(DAY, ieee): document for ieee, document in begun.items()}
        try:
            await asyncio.to_thread(self._store.commit, changes, rows)
        except TransientError as error:
            events.disk_failed(STATE, str(error))
        else:
            self._daily.accept(begun)
