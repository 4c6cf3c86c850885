"""The line itself: decode, calibrate, judge, remember; no I/O, no clock."""

from collections.abc import Iterable, Mapping
from typing import Any

from collector.decode.reasons import ASKED_BY_OTHERS
from collector.decode.relay import decode
from collector.model.clock import Now
from collector.model.command import (
    Action,
    AttemptResult,
    Origin,
    SettingWrite,
    SwitchCommand,
)
from collector.model.errors import DecodeError
from collector.model.frame import Frame, ReadRequest
from collector.model.policy import ChannelKey
from collector.model.quantity import Quantity
from collector.model.settings import LineSettings, RelaySettings
from collector.model.status import Availability, RelayStatus
from collector.pipeline.availability import limits
from collector.pipeline.outcome import Outcome, Undecodable
from collector.pipeline.policies import BEFORE, PolicyStage
from collector.pipeline.polling import INTERLOCK, Polling
from collector.pipeline.relay import RelayRecord
from collector.policy.effects import NOTHING, Effects

POLLED = frozenset({Quantity.POWER, Quantity.STATE, Quantity.INTERLOCK})
TICK_SECONDS = 1.0  # ages and integrals need no finer step


class Pipeline:
    """Every relay's way from frame to reading."""

    def __init__(self, settings: LineSettings, now: Now = BEFORE) -> None:
        self._settings = settings
        self.policies = PolicyStage(settings, now)
        self._relays: dict[str, RelayRecord] = {}
        self._polling = Polling(settings.polling)
        self._unsaved: set[str] = set()
        self._removed: set[str] = set()
        self._ticked_at = float("-inf")  # mono, s
        for ieee, relay in settings.relays.items():
            self._relays[ieee] = RelayRecord(relay, settings.tariff)
        self._limit = limits(settings, self._polling.power_interval)
        self.policies.limits(self._limit)
        self._polling.kept_interlocks = self.policies.keeper.interlocks

    def configure(self, settings: LineSettings, now: Now = BEFORE) -> None:
        """Take a new configuration; readings and counters are kept."""
        self._settings = settings
        self._polling.settings = settings.polling
        for ieee in settings.relays:
            self._record(ieee)
        for ieee, record in list(self._relays.items()):
            if ieee in settings.relays or record.joined:
                record.configure(self._relay_settings(ieee), settings.tariff)
            else:
                del self._relays[ieee]
        self.policies.configure(settings, now)
        self._polling.kept_interlocks = self.policies.keeper.interlocks
        self._look_at_limits()

    def restore(self, documents: Mapping[str, Mapping[str, object]]) -> None:
        """Take the state that an earlier process committed, by IEEE address."""
        for ieee, document in documents.items():
            self._record(ieee).restore(document)
            self.policies.engine.add(ieee)  # its rules need no coordinator to be there

    def relay_known(self, ieee: str, last_seen: float | None, now: Now) -> None:
        """A relay is on the network at the start; heard last at that Unix time."""
        if last_seen is not None:
            self._record(ieee).seen_before(last_seen)
        self._on_network(self._record(ieee), now)
        self.policies.known(ieee)

    def relay_joined(self, ieee: str, now: Now) -> None:
        """A relay is new on the network, or back: read it afresh."""
        record = self._record(ieee)
        record.joins += 1
        self._on_network(record, now)
        self.policies.joined(ieee)

    def relay_left(self, ieee: str) -> None:
        """A relay left the network: its counters stay, it is read no longer."""
        self._polling.remove(ieee)
        self.policies.left(ieee)

    def relay_removed(self, ieee: str, now: Now = BEFORE) -> Outcome:
        """A relay was removed by a person: forget it."""
        self._polling.remove(ieee)
        self.policies.removed(ieee, now)
        if self._relays.pop(ieee, None) is not None:
            self._removed.add(ieee)
        self._unsaved.discard(ieee)
        return self.drain()

    def radio_up(self, *, old_chip: bool, now: Now = BEFORE) -> Outcome:
        """The coordinator is open; an old chip takes few reads at a time."""
        self._polling.old_chip = old_chip
        self._look_at_limits()
        return self._outcome(self.policies.radio_up(now))

    def radio_lost(self, now: Now = BEFORE) -> Outcome:
        """The coordinator is away: nothing in flight will be answered."""
        self._polling.abandon()
        return self._outcome(self.policies.radio_down(now))

    def handle(self, frame: Frame, now: Now) -> Outcome:
        """Take one raw frame; return its readings and what follows from them."""
        record = self._record(frame.ieee)
        record.see(frame, now)
        self._polling.heard(frame.ieee)
        try:
            decoded = decode(frame)
        except DecodeError as error:
            if error.reason in ASKED_BY_OTHERS:
                return Outcome(response=True)  # zigpy's request waits for it, not we
            wrong = Undecodable(cluster=frame.cluster, reason=error.reason)
            return Outcome(undecodable=wrong)
        calibrated = record.calibrator.process(
            decoded, now, register_frozen=record.energy.frozen
        )
        readings, rejected = believed = record.take(calibrated, now)
        for reading in readings:
            if reading.quantity in POLLED:
                item = (reading.quantity, reading.channel)
                self._polling.read(frame.ieee, item, now.mono)
        if calibrated.reread:
            self._polling.want_power(frame.ieee)
        self._unsaved.add(frame.ieee)
        effects = self.policies.observe(
            frame.ieee, decoded, believed, record.energy.total_joules, now
        )
        return self._outcome(
            effects,
            readings=readings,
            rejected=rejected,
            changes=frozenset((frame.ieee,)),
            unknown_tags=decoded.unknown_tags,
            truncated=decoded.truncated,
        )

    def catch_up(self) -> Outcome:
        """Go on after an outcome with commands; call it once they are on their way."""
        return self._outcome(self.policies.catch_up())

    def request(
        self, channel: ChannelKey, action: Action, origin: Origin, now: Now
    ) -> tuple[int, Outcome]:
        """Switch for a person; return the command's number and what is to be done.

        RequestRefusedError says why nothing is sent; `refused` gives its record.
        """
        return self.policies.switch(channel, action, origin, now), self.drain()

    def answered(
        self, command: SwitchCommand, result: AttemptResult, now: Now
    ) -> Outcome:
        """The radio says how an attempt ended."""
        return self._outcome(self.policies.answered(command, result, now))

    def write_finished(self, write: SettingWrite, *, done: bool, now: Now) -> Outcome:
        """Take the end of a write; a setting that can be read is read back."""
        outcome = self._outcome(self.policies.written(write, now, done=done))
        for ieee in self.policies.keeper.read_backs():
            self._polling.refresh(ieee, INTERLOCK)
        return outcome

    def drain(self) -> Outcome:
        """Return what people's requests have brought about since the last step."""
        return self._outcome(self.policies.engine.take())

    def tick(self, now: Now) -> Outcome:
        """Let time pass: ages, integrals, and what is due to be read."""
        availability: dict[str, Availability] = {}
        if now.mono - self._ticked_at >= TICK_SECONDS:
            self._ticked_at = now.mono
            self._look_at_limits()
            for ieee, record in self._relays.items():
                changed = record.tick(now, self._limit)
                if changed is not None:
                    availability[ieee] = changed
                if record.energy.frozen:
                    self.policies.energy(ieee, record.energy.total_joules)
        effects, writes = self.policies.tick(now)
        return self._outcome(
            effects,
            availability=availability,
            reads=self._polling.due(now.mono),
            writes=writes,
            next_due=min(
                self._ticked_at + TICK_SECONDS,
                self._polling.next_due(),
                self.policies.engine.next_due(),
            ),
        )

    def settle(self, now: Now) -> None:
        """Bring every counter up to `now` (a tariff edge); asks for nothing."""
        for record in self._relays.values():
            record.settle(now, self._limit)

    def read_finished(
        self, request: ReadRequest, *, answered: bool, now: Now
    ) -> Outcome:
        """Take the end of a read; its value came as a frame of its own."""
        self._polling.finished(request, answered=answered, mono=now.mono)
        return self._outcome(self.policies.read_ended(request, now))

    def statuses(self, now: Now) -> list[RelayStatus]:
        """Return a snapshot of every relay, by IEEE address."""
        return [self.status(ieee, now) for ieee in sorted(self._relays)]

    def status(self, ieee: str, now: Now) -> RelayStatus:
        """Return a snapshot of one relay that is known."""
        facts = self.policies.facts(ieee, now)
        return self._relays[ieee].status(now, self._limit, facts)

    def record(self, ieee: str) -> RelayRecord | None:
        """Return all that is remembered of a relay."""
        return self._relays.get(ieee)

    def known(self) -> Mapping[str, RelayRecord]:
        """Return what is remembered of all relays that are known, by address."""
        return self._relays

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
        for ieee in documents.keys() & self._relays.keys():
            self._relays[ieee].commit(documents[ieee])

    def not_committed(self, ieees: Iterable[str]) -> None:
        """The disk refused: keep these relays for the next try."""
        self._unsaved.update(ieee for ieee in ieees if ieee in self._relays)

    def _on_network(self, record: RelayRecord, now: Now) -> None:
        record.joined = True
        self._removed.discard(record.ieee)
        self._polling.add(record.ieee, now.mono)
        self._unsaved.add(record.ieee)

    def _outcome(self, effects: Effects, **more: Any) -> Outcome:
        """Return what the engine wants done, and what else came of the step."""
        if effects is NOTHING:
            return Outcome(**more)
        for ieee, quantity, channel in effects.reads:
            self._polling.want(ieee, (quantity, channel))
        for ieee, channel in effects.unknown:
            if ieee in self._relays:
                self._relays[ieee].forget_contact(channel)
        return Outcome(
            commands=tuple(effects.commands),
            decisions=tuple(effects.events),
            finished=effects.finished,
            urgent=effects.urgent,
            **more,
        )

    def _look_at_limits(self) -> None:
        """The limits follow the number of relays, and the configuration."""
        limit = limits(self._settings, self._polling.power_interval)
        if limit != self._limit:
            self._limit = limit
            self.policies.limits(limit)

    def _record(self, ieee: str) -> RelayRecord:
        if ieee not in self._relays:
            settings = self._relay_settings(ieee)
            self._relays[ieee] = RelayRecord(settings, self._settings.tariff)
        return self._relays[ieee]

    def _relay_settings(self, ieee: str) -> RelaySettings:
        return self._settings.relays.get(ieee) or RelaySettings(ieee=ieee, name=ieee)
