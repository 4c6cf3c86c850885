"""A recorded series through a set of rules, on a clock of its own: what would have been."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from collector.decode.relay import decode
from collector.model.clock import Now
from collector.model.command import AttemptResult, SwitchCommand
from collector.model.decision import EventKind, PolicyEvent
from collector.model.errors import DecodeError
from collector.model.frame import Frame
from collector.model.policy import ROOT, ChannelKey
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reading
from collector.model.settings import LineSettings, RelaySettings
from collector.pipeline.availability import limits
from collector.pipeline.policies import PolicyStage
from collector.pipeline.relay import RelayRecord
from collector.pipeline.replay_report import OffTime, Report
from collector.pipeline.shadow import SampleMeter, Shadow
from collector.pipeline.urgency import NEVER, PAUSE
from collector.policy.effects import NOTHING, Effects, Item
from collector.policy.seen import Seen

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
START_MONO: Final = 1_000.0
REPEAT_BEFORE = 0.9  # of the age at which a state is of no use


class Replay:
    """Feeds the rules from a recording, and is their radio: every relay obeys at once.

    The clock jumps from one due moment to the next, so that timers fire when they
    would have fired. Reads are answered only where the replay itself has changed what
    the relay shows; silence in the recording stays silence. But of a table, which need
    not repeat itself, a contact stays as its last row says.
    """

    def __init__(self, settings: LineSettings) -> None:
        self.report = Report()
        self._settings = settings
        self._stage: PolicyStage | None = None
        self._now = Now(START_MONO, EPOCH)  # until the first sample
        self._records: dict[str, RelayRecord] = {}
        self._shadows: dict[str, Shadow] = {}
        self._meters: dict[str, SampleMeter] = {}
        self._open: dict[ChannelKey, OffTime] = {}
        self._read_at: dict[Item, float] = {}  # mono, s
        self._repeat_at = START_MONO  # mono, s: then a table's states are said again

    def frame(self, at: datetime, frame: Frame) -> None:
        """Take a recorded raw frame; what cannot be decoded is passed over."""
        stage = self._advance(at)
        record = self._record(stage, frame.ieee)
        try:
            decoded = decode(frame)
        except DecodeError:
            return
        calibrated = record.calibrator.process(
            decoded, self._now, register_frozen=record.energy.frozen
        )
        readings, rejected = record.take(calibrated, self._now)
        self._observe(
            stage,
            Seen(
                ieee=frame.ieee,
                readings=readings,
                rejected=rejected,
                origin=decoded.origin,
                response=decoded.response,
                energy_joules=record.energy.total_joules,
            ),
        )

    def sample(
        self,
        at: datetime,
        ieee: str,
        quantity: Quantity,
        channel: str | None,
        value: float,
    ) -> None:
        """Take one recorded value, true and in SI units."""
        stage = self._advance(at)
        meter = self._meter(stage, ieee, states=quantity is Quantity.STATE)
        reading = Reading(
            ieee=ieee,
            channel=channel,
            quantity=quantity,
            value=value,
            at=at,
            mono=self._now.mono,
        )
        joules = meter.take(quantity, value, self._now.mono)
        self._observe(stage, Seen(ieee=ieee, readings=(reading,), energy_joules=joules))

    def finish(self) -> Report:
        """Let the last timers run out, and return what was decided."""
        if self._stage is not None and self.report.last is not None:
            for shadow in self._shadows.values():
                shadow.count(self._now.mono)
            for key, off in self._open.items():
                off.joules = self._shadows[key[0]].off_joules.get(key[1], 0.0)
        self.report.off.sort(key=lambda off: off.start)
        return self.report

    # --------------------------------------------------------------------------------

    def _advance(self, at: datetime) -> PolicyStage:
        """Let every timer fire that is due before this moment."""
        stage = self._stage
        if stage is None:
            self._now = Now(START_MONO, at)
            self.report.first = self.report.last = at
            stage = self._stage = self._begin()
        self.report.samples += 1
        if at == self._now.wall:
            return stage
        self.report.last = at
        elapsed = (at - self._now.wall).total_seconds()
        if elapsed <= 0:  # of one moment, or a clock that was set back
            self._now = Now(self._now.mono, at)
            return stage
        start, end = self._now, self._now.mono + elapsed
        while (due := min(stage.engine.next_due(), self._repeat_at)) <= end:
            mono = max(due, self._now.mono)
            self._now = Now(mono, start.wall + timedelta(seconds=mono - start.mono))
            if self._now.mono >= self._repeat_at:
                self._repeat_states(stage)
            effects, _ = stage.tick(self._now)
            self._do(stage, effects)
        self._now = Now(end, at)
        return stage

    def _repeat_states(self, stage: PolicyStage) -> None:
        """Say every contact of a table again, before it is too old to be believed."""
        engine = stage.engine
        limit = engine.house.limit(Quantity.STATE)
        self._repeat_at = self._now.mono + REPEAT_BEFORE * limit
        for ieee in self._meters:
            shadow = self._shadows[ieee]
            known = tuple(
                self._state(ieee, channel, shadow.is_on(channel))
                for channel in shadow.recorded
            )
            engine.observe(Seen(ieee=ieee, readings=known), self._now)
            self._do(stage, engine.take())

    def _begin(self) -> PolicyStage:
        stage = PolicyStage(self._settings, self._now)
        relays = max(1, len(self._settings.relays))
        polling = self._settings.polling
        stage.limits(
            limits(
                self._settings,
                max(polling.power_seconds, relays / polling.reads_per_second),
            )
        )
        self._do(stage, stage.radio_up(self._now))
        return stage

    def _record(self, stage: PolicyStage, ieee: str) -> RelayRecord:
        record = self._records.get(ieee)
        if record is None:
            known = self._settings.relays.get(ieee)
            record = self._records[ieee] = RelayRecord(
                known or RelaySettings(ieee=ieee, name=ieee), self._settings.tariff
            )
            stage.known(ieee)
            hold = stage.engine.house.limit(Quantity.POWER)
            self._shadows[ieee] = Shadow(hold=hold)
        return record

    def _meter(self, stage: PolicyStage, ieee: str, *, states: bool) -> SampleMeter:
        meter = self._meters.get(ieee)
        if meter is None:
            meter = self._meters[ieee] = SampleMeter()
            self._record(stage, ieee)
            if not states:
                self._assume_on(stage, ieee)
        return meter

    def _assume_on(self, stage: PolicyStage, ieee: str) -> None:
        """A recording without states: what a rule may switch off is on, the rest off."""
        stage.engine.refresh(self._now)
        seats = stage.engine.rulebook.of_relay(ieee)
        ruled = {key for seat in seats if seat.name != ROOT for key in seat.channels}
        for channel in CHANNELS:
            on = (ieee, channel) in ruled or not ruled
            self._observe(
                stage, Seen(ieee=ieee, readings=(self._state(ieee, channel, on),))
            )

    def _observe(self, stage: PolicyStage, seen: Seen) -> None:
        shadow, engine = self._shadows[seen.ieee], stage.engine
        loads = engine.meters.loads(seen.ieee)
        shown = shadow.shown(seen.readings, loads, self._now.mono)
        if shadow.moved:
            seen.readings = shown
        engine.observe(seen, self._now)
        effects = engine.take()
        if effects is not NOTHING:
            self._do(stage, effects)
        for channel in CHANNELS if self._open else ():
            if not shadow.recorded.get(channel, True) or shadow.is_on(channel):
                self._close((seen.ieee, channel))

    def _do(self, stage: PolicyStage, effects: Effects) -> None:
        """Obey, answer, and keep what was decided, until nothing more follows."""
        while effects is not NOTHING:
            self.report.events += effects.events
            engine = stage.engine
            for command in effects.commands:
                self._obey(stage, command, effects.events)
            for ieee, quantity, channel in effects.reads:
                self._answer(stage, ieee, quantity, channel)
            effects = engine.take()

    def _obey(
        self, stage: PolicyStage, command: SwitchCommand, events: Sequence[PolicyEvent]
    ) -> None:
        """The relay does at once what it is told, and says so."""
        key = command.ieee, command.channel
        engine = stage.engine
        shadow = self._shadows[command.ieee]
        was_on = shadow.is_on(command.channel)
        loads = engine.meters.loads(command.ieee)
        shadow.move(command.channel, command.on, loads, self._now.mono)
        if was_on and not command.on:
            rules = [
                event.rule or ""
                for event in events
                if event.command == command.number and event.kind is EventKind.DECISION
            ]
            self._open[key] = OffTime(
                ieee=command.ieee,
                channel=command.channel,
                rule=", ".join(rules),
                start=self._now.wall,
            )
            shadow.off_joules[command.channel] = 0.0
            self.report.off.append(self._open[key])
        engine.answered(command, AttemptResult.ANSWERED, self._now)
        state = self._state(command.ieee, command.channel, command.on)
        engine.observe(Seen(ieee=command.ieee, readings=(state,)), self._now)
        if command.on:
            self._close(key)

    def _close(self, key: ChannelKey) -> None:
        off = self._open.pop(key, None)
        if off is not None:
            shadow = self._shadows[key[0]]
            shadow.count(self._now.mono)
            off.end = self._now.wall
            off.joules = shadow.off_joules.get(key[1], 0.0)

    def _answer(
        self, stage: PolicyStage, ieee: str, quantity: Quantity, channel: str | None
    ) -> None:
        """Answer a read with what the replay has changed; else it stays unanswered."""
        item = ieee, quantity, channel
        if self._now.mono - self._read_at.get(item, NEVER) < PAUSE:
            return  # a relay is asked every two seconds at the most
        self._read_at[item] = self._now.mono
        shadow = self._shadows[ieee]
        if shadow.moved_at >= shadow.power_at:
            if quantity is Quantity.STATE and channel is not None:
                reading = self._state(ieee, channel, shadow.is_on(channel))
            else:
                reading = replace(
                    self._state(ieee, "", False),
                    quantity=Quantity.POWER,
                    channel=None,
                    value=shadow.power or 0.0,
                )
            seen = Seen(ieee=ieee, readings=(reading,), response=True)
            stage.engine.observe(seen, self._now)
        stage.engine.read_ended(ieee, quantity, self._now)

    def _state(self, ieee: str, channel: str, on: bool) -> Reading:
        return Reading(
            ieee=ieee,
            channel=channel,
            quantity=Quantity.STATE,
            value=float(on),
            at=self._now.wall,
            mono=self._now.mono,
        )
