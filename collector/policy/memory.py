"""What the engine keeps over a restart, as plain JSON documents by kind and key."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from collector.model.clock import Now
from collector.model.policy import ROOT, ChannelKey, PolicySettings
from collector.model.quantity import CHANNELS
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
        self._names: frozenset[str] = frozenset((ROOT,))  # of the configuration
        self._saved: dict[Key, Document] = {}
        self._marked: dict[Seat | ChannelKey, None] = {}
        self._doomed: dict[Key, None] = {}  # on disk, and to be deleted

    def configure(self, settings: PolicySettings) -> None:
        """Know the rules by name: one whose relay is not known yet keeps its memory."""
        self._names = frozenset((ROOT, *(rule.name for rule in settings.rules)))

    def restore(
        self, documents: Mapping[str, Mapping[str, Mapping[str, object]]], now: Now
    ) -> None:
        """Take what an earlier process committed, by kind and key."""
        for kind in KINDS:
            for key, document in documents.get(kind, {}).items():
                self._saved[kind, key] = dict(document)
        for key, document in documents.get(CHANNEL, {}).items():
            ieee, _, channel = key.rpartition("/")
            if channel in CHANNELS:
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
        self._marked[what] = None

    def forget(self, ieee: str) -> None:
        """A relay was removed: its documents are deleted at the next commit."""
        for kind, key in list(self._saved):
            if _is_of(ieee, kind, key):
                self._doom((kind, key))

    def forget_rule(self, seat: Seat) -> None:
        """A rule is gone: so is its document at the next commit."""
        self._doom((RULE, _rule_key(seat)))
        self._marked.pop(seat, None)

    def unsaved(self, now: Now, *, urgent: bool) -> dict[Key, Document | None]:
        """Return every document that is not on disk as it is now; None: to be deleted.

        `urgent`: only of what was marked; that takes microseconds, so that it delays
        nothing that is on its way.
        """
        if not urgent:
            self._doom_unknown_rules()
        changes: dict[Key, Document | None] = dict.fromkeys(self._doomed)
        for key, document in self._documents(now, urgent=urgent):
            if document != self._saved.get(key, {}):
                changes[key] = document or None
        self._marked.clear()
        return changes

    def committed(self, changes: Mapping[Key, Document | None]) -> None:
        """These documents are on disk."""
        for key, document in changes.items():
            self._doomed.pop(key, None)
            if document is None:
                self._saved.pop(key, None)
            elif key[0] in KINDS:  # the others are not ours
                self._saved[key] = document

    def not_committed(self, changes: Mapping[Key, Document | None]) -> None:
        """The disk refused: what was urgent stays so."""
        for kind, key in changes:
            if kind == CHANNEL:
                ieee, _, channel = key.rpartition("/")
                self.mark((ieee, channel))
            elif kind == RULE:
                name, _, ieee = key.rpartition("|")
                seat = self._rulebook.seats.get((name, ieee))
                if seat is not None:
                    self.mark(seat)

    # --------------------------------------------------------------------------------

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

    def _doom(self, key: Key) -> None:
        if self._saved.pop(key, None) is not None:
            self._doomed[key] = None

    def _doom_unknown_rules(self) -> None:
        """Delete what rules left behind that the configuration does not name any more."""
        for kind, key in list(self._saved):
            if kind == RULE and key.rpartition("|")[0] not in self._names:
                self._doom((kind, key))


def _rule_key(seat: Seat) -> str:
    return f"{seat.key[0]}|{seat.key[1]}"


def _is_of(ieee: str, kind: str, key: str) -> bool:
    if kind == RULE:
        return key.rpartition("|")[2] == ieee
    return (key.rpartition("/")[0] if kind == CHANNEL else key) == ieee
