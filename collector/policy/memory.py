"""What the engine keeps over a restart, as plain JSON documents by kind and key."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from collector.model.clock import Now
from collector.model.policy import ChannelKey
from collector.policy.arbiter import Arbiter
from collector.policy.meters import Meters
from collector.policy.rulebook import Rulebook, Seat

Key = tuple[str, str]  # kind, key
Document = dict[str, object]

RULE: Final = "rule"  # key: policy|address of the relay, or policy|
CHANNEL: Final = "channel"  # key: address/l1
LOADS: Final = "loads"  # key: address
KINDS: Final = (RULE, CHANNEL, LOADS)


class Memory:
    """Compares what is to be kept with what is on disk."""

    def __init__(self, rulebook: Rulebook, arbiter: Arbiter, meters: Meters) -> None:
        self._rulebook = rulebook
        self._arbiter = arbiter
        self._meters = meters
        self._saved: dict[Key, Document] = {}
        self._marked: set[Seat | ChannelKey] = set()
        self._removed: set[str] = set()

    def restore(
        self, documents: Mapping[str, Mapping[str, Mapping[str, object]]], now: Now
    ) -> None:
        """Take what an earlier process committed, by kind and key."""
        for kind in KINDS:
            for key, document in documents.get(kind, {}).items():
                self._saved[kind, key] = dict(document)
        for key, document in documents.get(CHANNEL, {}).items():
            ieee, _, channel = key.rpartition("/")
            self._arbiter.memory((ieee, channel)).load(document, now)
        for key, document in documents.get(LOADS, {}).items():
            self._meters.load(key, document)
        for seat in self._rulebook.seats.values():
            self.furnish(seat, now)

    def furnish(self, seat: Seat, now: Now) -> None:
        """Give a rule that is new at work what it knew before."""
        document = self._saved.get((RULE, _rule_key(seat)))
        if document:
            seat.judge.load(document, now)

    def mark(self, what: Seat | ChannelKey) -> None:
        """A latch, a count or an override has changed: it is urgent."""
        self._marked.add(what)

    def unsaved(self, now: Now, *, urgent: bool) -> dict[Key, Document | None]:
        """Return every document that is not on disk as it is now; None: to be deleted.

        `urgent`: only of what was marked; that takes microseconds, so that it delays
        nothing that is on its way.
        """
        changes: dict[Key, Document | None] = {}
        for key, document in self._documents(now, urgent=urgent):
            if document != self._saved.get(key, {}):
                changes[key] = document or None
        if not urgent:
            changes |= dict.fromkeys(self._gone())
        self._marked.clear()
        return changes

    def not_committed(self, changes: Mapping[Key, Document | None]) -> None:
        """The disk refused: what was urgent stays so."""
        for kind, key in changes:
            if kind == CHANNEL:
                ieee, _, channel = key.rpartition("/")
                self._marked.add((ieee, channel))
            elif kind == RULE:
                name, _, ieee = key.rpartition("|")
                seat = self._rulebook.seats.get((name, ieee))
                if seat is not None:
                    self._marked.add(seat)

    def forget(self, ieee: str) -> None:
        """A relay was removed: its documents are deleted at the next commit."""
        self._removed.add(ieee)

    def committed(self, changes: Mapping[Key, Document | None]) -> None:
        """These documents are on disk."""
        for key, document in changes.items():
            if document is None:
                self._saved.pop(key, None)
            else:
                self._saved[key] = document

    def _documents(self, now: Now, *, urgent: bool) -> Iterator[tuple[Key, Document]]:
        seats: Iterable[Seat] = self._rulebook.seats.values()
        channels: Iterable[ChannelKey] = self._arbiter.channels
        if urgent:
            seats = [each for each in self._marked if isinstance(each, Seat)]
            channels = [each for each in self._marked if not isinstance(each, Seat)]
        for seat in seats:
            yield (RULE, _rule_key(seat)), seat.judge.dump(now)
        for ieee, channel in channels:
            memory = self._arbiter.channels.get((ieee, channel))
            if memory is not None:
                yield (CHANNEL, f"{ieee}/{channel}"), memory.dump(now)
        for ieee in () if urgent else self._meters.known():
            yield (LOADS, ieee), self._meters.dump(ieee)

    def _gone(self) -> Iterator[Key]:
        """Yield the documents of relays that were removed, and of rules that are gone."""
        names = {name for name, _ in self._rulebook.seats}
        for kind, key in self._saved:
            if kind == RULE:
                name, _, ieee = key.rpartition("|")
                # A rule of a relay that is not known yet keeps its memory.
                if ieee in self._removed or (names and name not in names):
                    yield kind, key
            elif key.removesuffix("/l1").removesuffix("/l2") in self._removed:
                yield kind, key
        self._removed.clear()


def _rule_key(seat: Seat) -> str:
    return f"{seat.key[0]}|{seat.key[1]}"
