"""Stage 4 of the line: readings to commands, and what people ask for."""

from collections.abc import Mapping
from datetime import UTC, datetime

from collector.model.clock import Now
from collector.model.command import (
    Action,
    AttemptResult,
    Origin,
    SettingWrite,
    SwitchCommand,
)
from collector.model.decision import PolicyStatus, RuleState, RuleStatus
from collector.model.frame import Decoded, ReadRequest
from collector.model.policy import ChannelKey
from collector.model.quantity import Quantity
from collector.model.reading import Reading, Rejection
from collector.model.settings import LineSettings
from collector.pipeline.availability import Limits
from collector.pipeline.facts import PolicyFacts
from collector.pipeline.settings_keeper import SettingsKeeper
from collector.policy.effects import Effects
from collector.policy.engine import Engine
from collector.policy.memory import Document, Key
from collector.policy.people import People
from collector.policy.relay_judge import RelayJudge
from collector.policy.rulebook import Seat
from collector.policy.seen import Seen

# Before anything is known of the time: rules are built, and nothing is judged yet.
BEFORE = Now(0.0, datetime(1970, 1, 1, tzinfo=UTC))
SETTINGS = "settings"  # kind of document: what was written last, by IEEE address
POLICY_KINDS = ("rule", "channel", "loads", SETTINGS)


class PolicyStage:
    """The engine, the people at its doors, and the settings that are kept."""

    def __init__(self, settings: LineSettings, now: Now = BEFORE) -> None:
        self.engine = Engine()
        self.keeper = SettingsKeeper()
        engine = self.engine
        self.people = People(
            engine.house,
            engine.rulebook,
            engine.arbiter,
            engine.contacts,
            engine.record,
        )
        self._saved_settings: dict[str, Document] = {}
        self.configure(settings, now)

    def patience(self, seconds: float) -> None:
        """Take an attempt for lost that has no end after so many s of the line's clock."""
        self.engine.arbiter.tracker.patience = seconds

    def configure(self, settings: LineSettings, now: Now) -> None:
        """Take other rules, limits and relays."""
        policies = settings.policies
        self.people.monitor = policies.monitor
        self.keeper.configure(settings.relays, monitor=policies.monitor)
        self.engine.configure(policies, settings.relays, settings.timezone, now)

    def limits(self, limit: Limits) -> None:
        """Take the ages after which values are stale."""
        report = limit.report
        self.engine.house.stale_after = {
            Quantity.POWER: limit.power,
            Quantity.STATE: limit.state,
            Quantity.VOLTAGE: report,
            Quantity.CURRENT: report,
            Quantity.TEMPERATURE: report,
            Quantity.APPARENT_POWER: report,
            Quantity.POWER_FACTOR: report,
            Quantity.ENERGY: report,
        }

    def observe(
        self,
        ieee: str,
        decoded: Decoded,
        believed: tuple[tuple[Reading, ...], tuple[Rejection, ...]],
        energy_joules: float,
        now: Now,
    ) -> Effects:
        """Take what one frame brought."""
        readings, rejected = believed
        for reading in readings:
            if reading.quantity is Quantity.INTERLOCK:
                self.keeper.interlock_read(ieee, reading.value != 0, now.mono)
        seen = Seen(
            ieee=ieee,
            readings=readings,
            rejected=rejected,
            origin=decoded.origin,
            response=decoded.response,
            energy_joules=energy_joules,
        )
        self.engine.observe(seen, now, hasty=True)
        return self.engine.take()

    def catch_up(self) -> Effects:
        """Let the rules judge that waited for a command to be on its way."""
        self.engine.catch_up()
        return self.engine.take()

    def tick(self, now: Now) -> tuple[Effects, tuple[SettingWrite, ...]]:
        """Let time pass."""
        self.engine.tick(now)
        writes: tuple[SettingWrite, ...] = ()
        if self.engine.house.eyes_open is not None:
            writes = self.keeper.due(now.mono)
        return self.engine.take(), writes

    def known(self, ieee: str) -> None:
        """A relay is on the network at the start: its rules begin."""
        self.engine.add(ieee)
        self.keeper.known(ieee)

    def joined(self, ieee: str) -> None:
        """A relay is new on the network, or back: its settings may be lost."""
        self.engine.add(ieee)
        self.keeper.joined(ieee)

    def left(self, ieee: str) -> None:
        """A relay left the network: nothing is written until it is back."""
        self.keeper.left(ieee)

    def removed(self, ieee: str, now: Now) -> None:
        """A relay was removed by a person."""
        self.engine.remove(ieee, now)
        self.keeper.removed(ieee)

    def energy(self, ieee: str, joules: float) -> None:
        """The energy counter grows without frames, too: a frozen register."""
        view = self.engine.house.relays.get(ieee)
        if view is not None:
            view.energy_joules = joules

    def radio_up(self, now: Now) -> Effects:
        """The coordinator is open."""
        self.engine.radio_up(now)
        return self.engine.take()

    def radio_down(self, now: Now) -> Effects:
        """The coordinator is away."""
        self.engine.radio_down(now)
        return self.engine.take()

    def still_wanted(self, command: SwitchCommand, now: Now) -> bool:
        """Whether an attempt that had to wait for the disk may be sent now."""
        arbiter = self.engine.arbiter
        pending = arbiter.tracker.sending(command)
        return pending is not None and not arbiter.outcomes.objection(pending, now)

    def answered(
        self, command: SwitchCommand, result: AttemptResult, now: Now
    ) -> Effects:
        """The radio says how an attempt ended."""
        self.engine.answered(command, result, now)
        return self.engine.take()

    def written(self, write: SettingWrite, now: Now, *, done: bool) -> Effects:
        """A setting was written, or not."""
        self.keeper.finished(write, done, now.mono)
        self.engine.record.wrote(write, now, done=done)
        return self.engine.take()

    def read_ended(self, request: ReadRequest, now: Now) -> Effects:
        """A read has ended."""
        self.engine.read_ended(request.ieee, request.quantity, now)
        return self.engine.take()

    def switch(
        self, channel: ChannelKey, action: Action, origin: Origin, now: Now
    ) -> int:
        """Send a person's command; RequestRefusedError says why not."""
        self.engine.refresh(now)
        number = self.people.switch(channel, action, origin, now)
        for seat in self.engine.rulebook.of_relay(channel[0]):
            self.engine.ask(seat, now)
        self.engine.settle(now)
        return number

    def reset(self, name: str, origin: Origin, now: Now) -> None:
        """Clear a policy's latch and counts; RequestRefusedError: no such policy."""
        self.engine.refresh(now)
        for seat in self.people.reset(name, origin, now):
            self.engine.dry_run.disown(seat)
            self.engine.ask(seat, now, again=True)
        self.engine.settle(now)

    def override(self, ieee: str, seconds: float, origin: Origin, now: Now) -> None:
        """Suspend economy rules of a relay for a while."""
        self.engine.refresh(now)
        self.people.override(ieee, seconds, origin, now)
        self.engine.effects.urgent = True
        self.engine.settle(now)

    # what is shown -------------------------------------------------------------------

    def facts(self, ieee: str, now: Now) -> PolicyFacts:
        """Return what a relay's status shows of policies and commands."""
        engine = self.engine
        if ieee not in engine.house.relays:
            return PolicyFacts(outage_memory=self.keeper.memory(ieee))
        limit = engine.house.limit(Quantity.POWER)
        power, rest = engine.meters.split(ieee, now.mono, limit)
        return PolicyFacts(
            channel_power=power,
            unattributed_watts=rest,
            contact_fault=engine.meters.faults(ieee),
            outage_memory=self.keeper.memory(ieee),
            rules={
                seat.name: self._status(seat, now)
                for seat in engine.rulebook.of_relay(ieee)
            },
            commands=dict(engine.record.commands.get(ieee, {})),
            actions=dict(engine.record.actions.get(ieee, {})),
        )

    def policies(self, now: Now) -> list[PolicyStatus]:
        """Return every policy with its states, in the order of the file."""
        found: dict[str, PolicyStatus] = {}
        house = self.engine.house
        for seat in self.engine.rulebook.seats.values():
            rule, verdict = seat.judge.rule, seat.verdict
            known = found.get(seat.name)
            if known is None:
                known = found[seat.name] = PolicyStatus(
                    name=seat.name,
                    kind=kind_of(rule.__class__.__name__),
                    policy_class=rule.policy_class.value,
                    mode=seat.mode,
                    relays={},
                )
            for ieee in seat.judge.relays(house):
                known.relays[ieee] = self._status(seat, now)
            if seat.enforced:  # a dry run keeps nothing off
                known.held.extend(verdict.hold)
            if isinstance(seat.judge, RelayJudge):
                known.restores += seat.judge.latch.restores
        return list(found.values())

    def _status(self, seat: Seat, now: Now) -> RuleStatus:
        verdict = seat.verdict
        state = verdict.state
        if not seat.protection and self._suspended(seat, now):
            state = RuleState.SUSPENDED
        return RuleStatus(state=state, margin=verdict.margin, reason=verdict.reason)

    def _suspended(self, seat: Seat, now: Now) -> bool:
        memories = self.engine.arbiter.channels
        return any(
            channel in memories and memories[channel].overridden(now.mono)
            for channel in seat.channels
        )

    # memory -------------------------------------------------------------------------

    def restore(
        self, documents: Mapping[str, Mapping[str, Mapping[str, object]]], now: Now
    ) -> None:
        """Take what an earlier process committed, by kind and key."""
        for ieee, document in documents.get(SETTINGS, {}).items():
            self._saved_settings[ieee] = dict(document)
            self.keeper.load(ieee, document)
        self.engine.refresh(now)
        self.engine.memory.restore(documents, now)
        self.engine.ask_all(now)

    def unsaved(self, now: Now, *, urgent: bool = False) -> dict[Key, Document | None]:
        """Return what is not on disk; `urgent`: latches, counts and overrides only."""
        changes = self.engine.memory.unsaved(now, urgent=urgent)
        known = {**self._saved_settings, **self.engine.house.relays}
        for ieee in () if urgent else known:
            document = self.keeper.dump(ieee)
            if document != self._saved_settings.get(ieee, {}):
                changes[SETTINGS, ieee] = document or None
        return changes

    def committed(self, changes: Mapping[Key, Document | None]) -> None:
        """These documents are on disk."""
        for (kind, ieee), document in changes.items():
            if kind == SETTINGS:
                self._saved_settings[ieee] = document or {}
        self.engine.memory.committed(changes)

    def not_committed(self, changes: Mapping[Key, Document | None]) -> None:
        """The disk refused: what is urgent stays so."""
        self.engine.memory.not_committed(changes)


def kind_of(name: str) -> str:
    """Return "inverse_time" for InverseTimeRule, as the configuration writes it."""
    stem = name.removesuffix("Rule")
    words = "".join(f"_{each.lower()}" if each.isupper() else each for each in stem)
    return words.lstrip("_")
