"""The line itself: decode, calibrate, judge, remember; no I/O, no clock."""

from collections.abc import Iterable, Mapping

from collector.decode.reasons import DecodeReason
from collector.decode.relay import decode
from collector.model.clock import Now
from collector.model.errors import DecodeError
from collector.model.frame import Frame, ReadRequest
from collector.model.quantity import Quantity
from collector.model.settings import LineSettings, RelaySettings
from collector.model.status import Availability, RelayStatus
from collector.pipeline.availability import Limits, limits
from collector.pipeline.outcome import Outcome, Undecodable
from collector.pipeline.polling import Polling
from collector.pipeline.relay import RelayRecord

POLLED = frozenset({Quantity.POWER, Quantity.STATE, Quantity.INTERLOCK})
TICK_SECONDS = 1.0  # ages and integrals need no finer step


class Pipeline:
    """Every relay's way from frame to reading."""

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self._relays: dict[str, RelayRecord] = {}
        self._polling = Polling(settings.polling)
        self._unsaved: set[str] = set()
        self._removed: set[str] = set()
        self._ticked_at = float("-inf")  # mono, s
        for relay in settings.relays.values():
            self._relays[relay.ieee] = RelayRecord(relay, settings.tariff)

    def configure(self, settings: LineSettings) -> None:
        """Take a new configuration; readings and counters are kept."""
        self._settings = settings
        self._polling.settings = settings.polling
        for ieee, relay in settings.relays.items():
            if ieee not in self._relays:
                self._relays[ieee] = RelayRecord(relay, settings.tariff)
        for ieee, record in list(self._relays.items()):
            if ieee not in settings.relays and not record.joined:
                del self._relays[ieee]
                continue
            record.configure(self._relay_settings(ieee), settings.tariff)

    def restore(self, documents: Mapping[str, Mapping[str, object]]) -> None:
        """Take the state that an earlier process committed, by IEEE address."""
        for ieee, document in documents.items():
            self._record(ieee).restore(document)

    def relay_known(self, ieee: str, last_seen: float | None, now: Now) -> None:
        """A relay is on the network at the start; heard last at that Unix time."""
        record = self._record(ieee)
        if last_seen is not None:
            record.seen_before(last_seen)
        self._on_network(record, now)

    def relay_joined(self, ieee: str, now: Now) -> None:
        """A relay is new on the network, or back: read it afresh."""
        record = self._record(ieee)
        record.joins += 1
        self._on_network(record, now)

    def relay_left(self, ieee: str) -> None:
        """A relay left the network: its counters stay, it is read no longer."""
        self._polling.remove(ieee)

    def relay_removed(self, ieee: str) -> None:
        """A relay was removed by a person: forget it."""
        self._polling.remove(ieee)
        if self._relays.pop(ieee, None) is not None:
            self._removed.add(ieee)
        self._unsaved.discard(ieee)

    def radio_up(self, *, old_chip: bool) -> None:
        """The coordinator is open; an old chip takes few reads at a time."""
        self._polling.old_chip = old_chip

    def radio_lost(self) -> None:
        """The coordinator is away: nothing in flight will be answered."""
        self._polling.abandon()

    def handle(self, frame: Frame, now: Now) -> Outcome:
        """Take one raw frame; return its readings and what follows from them."""
        record = self._record(frame.ieee)
        record.see(frame, now)
        self._polling.heard(frame.ieee)
        try:
            decoded = decode(frame)
        except DecodeError as error:
            if error.reason == DecodeReason.COMMAND:
                return Outcome(response=True)  # zigpy's request waits for it, not we
            return Outcome(
                undecodable=Undecodable(cluster=frame.cluster, reason=error.reason)
            )
        calibrated = record.calibrator.process(
            decoded, now, register_frozen=record.energy.frozen
        )
        readings, rejected = record.take(calibrated, now)
        for reading in readings:
            if reading.quantity in POLLED:
                item = (reading.quantity, reading.channel)
                self._polling.read(frame.ieee, item, now.mono)
        if calibrated.reread:
            self._polling.want_power(frame.ieee)
        self._unsaved.add(frame.ieee)
        return Outcome(
            readings=readings,
            rejected=rejected,
            changes=frozenset((frame.ieee,)),
            unknown_tags=decoded.unknown_tags,
            truncated=decoded.truncated,
        )

    def tick(self, now: Now) -> Outcome:
        """Let time pass: ages, integrals, and what is due to be read."""
        availability: dict[str, Availability] = {}
        if now.mono - self._ticked_at >= TICK_SECONDS:
            self._ticked_at = now.mono
            limit = self._limits()
            for ieee, record in self._relays.items():
                changed = record.tick(now, limit)
                if changed is not None:
                    availability[ieee] = changed
        return Outcome(
            availability=availability,
            reads=self._polling.due(now.mono),
            next_due=min(self._ticked_at + TICK_SECONDS, self._polling.next_due()),
        )

    def settle(self, now: Now) -> None:
        """Bring every counter up to `now` (a tariff edge); asks for nothing."""
        limit = self._limits()
        for record in self._relays.values():
            record.settle(now, limit)

    def read_finished(self, request: ReadRequest, *, answered: bool, now: Now) -> None:
        """Take the end of a read; its value came as a frame of its own."""
        self._polling.finished(request, answered=answered, mono=now.mono)

    def statuses(self, now: Now) -> list[RelayStatus]:
        """Return a snapshot of every relay, by IEEE address."""
        limit = self._limits()
        return [self._relays[ieee].status(now, limit) for ieee in sorted(self._relays)]

    def name(self, ieee: str) -> str:
        """Return the relay's name; its address where nobody gave one."""
        record = self._relays.get(ieee)
        return record.settings.name if record else ieee

    def unsaved(self) -> dict[str, dict[str, object]]:
        """Return the lasting state of every relay that has news since `committed`."""
        documents = {}
        for ieee, record in self._relays.items():
            # A frozen register's energy grows without frames.
            if ieee in self._unsaved or record.energy.frozen:
                document = record.document()
                if document != record.saved:
                    documents[ieee] = document
        self._unsaved.clear()
        return documents

    def removed(self) -> frozenset[str]:
        """Return the relays whose lasting state is to be deleted."""
        return frozenset(self._removed)

    def deleted(self, ieees: Iterable[str]) -> None:
        """The lasting state of these relays is deleted."""
        self._removed.difference_update(ieees)

    def committed(self, documents: Mapping[str, Mapping[str, object]]) -> None:
        """These documents are safe on disk: show their counters from now on."""
        for ieee, document in documents.items():
            if ieee in self._relays:
                self._relays[ieee].commit(document)

    def not_committed(self, ieees: Iterable[str]) -> None:
        """The disk refused: keep these relays for the next try."""
        self._unsaved.update(ieee for ieee in ieees if ieee in self._relays)

    def _on_network(self, record: RelayRecord, now: Now) -> None:
        record.joined = True
        self._removed.discard(record.ieee)
        self._polling.add(record.ieee, now.mono)
        self._unsaved.add(record.ieee)

    def _limits(self) -> Limits:
        return limits(self._settings, self._polling.power_interval)

    def _record(self, ieee: str) -> RelayRecord:
        record = self._relays.get(ieee)
        if record is None:
            record = RelayRecord(self._relay_settings(ieee), self._settings.tariff)
            self._relays[ieee] = record
        return record

    def _relay_settings(self, ieee: str) -> RelaySettings:
        known = self._settings.relays.get(ieee)
        return known or RelaySettings(ieee=ieee, name=ieee)
