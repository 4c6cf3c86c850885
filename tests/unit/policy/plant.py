"""A house of toy relays around the policy stage, closed loop, on a clock of its own."""

import json
from collections.abc import Mapping
from typing import Any

from collector.model.command import (
    Action,
    AttemptResult,
    Origin,
    SwitchCommand,
    SwitchResult,
)
from collector.model.decision import EventKind, PolicyEvent
from collector.model.frame import ReadRequest
from collector.model.policy import ChannelKey, PolicySettings, Rule
from collector.model.quantity import CHANNELS, Quantity
from collector.model.settings import LineSettings, RelaySettings
from collector.pipeline.availability import limits
from collector.pipeline.policies import PolicyStage
from collector.policy.effects import Effects, Item
from collector.policy.seen import Seen
from tests.unit.policy.house_rules import BATH, BOILER, FLOOR
from tests.unit.policy.toy_air import FOREVER, ToyAir

STATE_SECONDS = 300.0  # between two reads of the contacts

Saved = dict[tuple[str, str], dict[str, object]]


class Plant(ToyAir):
    """Goes from one due moment to the next, as the line does."""

    def __init__(
        self,
        *rules: Rule,
        relays: Mapping[str, Mapping[str, Any]] | None = None,
        addresses: tuple[str, ...] = (BOILER, FLOOR, BATH),
        **policies: Any,
    ) -> None:
        """`relays`: fields of RelaySettings by address; `policies`: of PolicySettings."""
        super().__init__(addresses)
        self.told = dict(relays or {})
        self.settings = self.asked_for(*rules, **policies)
        self.commands: list[SwitchCommand] = []
        self.times: list[float] = []  # s since the start, of each command
        self.events: list[PolicyEvent] = []
        self.finished: dict[int, SwitchResult] = {}
        self.reads: list[Item] = []
        self.hold_answers = False  # True: attempts end when the test says how
        self.disk = True  # False: it refuses
        self.saved: Saved = {}
        self._states_at = self.mono
        self.stage = self._new_stage()

    # time -----------------------------------------------------------------------------

    def start(self) -> "Plant":
        """The radio is up, and every relay has told its contacts and its power."""
        self.up()
        for ieee in self.relays:
            self.report(ieee)
        return self

    def run(self, seconds: float, *, every: float = FOREVER) -> "Plant":
        """Let time pass; each relay tells its power `every` so many s.

        Its contacts are read as often as the poller does it.
        """
        end, report = self.mono + seconds, self.mono + every
        while self.mono < end:
            due = self.stage.engine.next_due()
            assert due > self.mono, "the clock would stand still"
            self.move(min(end, due, report, self.next_event()))
            if self.mono >= report:
                report += every
                states = (
                    self.reads_answered and self.mono >= self._states_at + STATE_SECONDS
                )
                self._states_at = self.mono if states else self._states_at
                for ieee in self.relays:
                    for channel in CHANNELS if states else ():
                        self.report_state(ieee, channel, read=True)
                    self.report_power(ieee)
            self.do(self.stage.tick(self.now)[0])
        return self

    def to(self, seconds: float, *, every: float = FOREVER) -> "Plant":
        """Let time pass up to so many s since the start."""
        return self.run(seconds - self.seconds, every=every)

    # processes and configurations -----------------------------------------------------

    def reload(self, *rules: Rule, **policies: Any) -> None:
        """Another configuration is in force."""
        self.settings = self.asked_for(*rules, **policies)
        self.stage.configure(self.settings, self.now)
        self.do(self.stage.engine.take())

    def kill(self, *, away: float = 5.0) -> None:
        """The process dies; another one takes what is on disk, `away` s later."""
        self.forget_all()
        self.radio = False
        self.move(self.mono + away)
        self.stage = self._new_stage()
        documents: dict[str, dict[str, dict[str, object]]] = {}
        for (kind, key), document in self.saved.items():
            documents.setdefault(kind, {})[key] = document
        self.stage.restore(documents, self.now)
        self.up()

    def commit(self, *, urgent: bool = False) -> bool:
        """Bring to disk what the stage wants kept; False: the disk refuses."""
        changes = self.stage.unsaved(self.now, urgent=urgent)
        if not self.disk:
            self.stage.not_committed(changes)
            return False
        for key, document in changes.items():
            if document is None:
                self.saved.pop(key, None)
            else:
                self.saved[key] = json.loads(json.dumps(document, allow_nan=False))
        self.stage.committed(changes)
        return True

    # what people and the radio do -----------------------------------------------------

    def ask(
        self, channel: ChannelKey, action: Action, origin: Origin = Origin.API
    ) -> int:
        try:
            return self.stage.switch(channel, action, origin, self.now)
        finally:
            self.do(self.stage.engine.take())

    def reset(self, name: str = "overload") -> None:
        self.stage.reset(name, Origin.API, self.now)
        self.do(self.stage.engine.take())

    def override(self, ieee: str, seconds: float) -> None:
        self.stage.override(ieee, seconds, Origin.API, self.now)
        self.do(self.stage.engine.take())

    def remove(self, ieee: str) -> None:
        self.stage.removed(ieee, self.now)
        self.do(self.stage.engine.take())

    def down(self) -> None:
        self.radio = False
        self.do(self.stage.radio_down(self.now))

    def up(self) -> None:
        self.radio = True
        self.do(self.stage.radio_up(self.now))

    def observe(self, seen: Seen) -> None:
        self.stage.engine.observe(seen, self.now)
        self.do(self.stage.engine.take())

    def answer(self, command: SwitchCommand, result: AttemptResult) -> None:
        self.do(self.stage.answered(command, result, self.now))

    def read_ended(self, ieee: str, quantity: Quantity) -> Effects:
        request = ReadRequest(ieee=ieee, quantity=quantity)
        return self.stage.read_ended(request, self.now)

    def do(self, effects: Effects) -> None:
        """OFFs go out first; an ON only when what it follows from is on disk."""
        self.events += effects.events
        self.finished |= effects.finished
        for command in effects.commands:
            self.commands.append(command)
            self.times.append(self.seconds)
            if not command.on:
                self._send(command)
        if effects.urgent:
            self.commit(urgent=True)
        for command in effects.commands:
            if command.on:
                self._send(command, kept=self.commit(urgent=True))
        for item in effects.reads:
            self.reads.append(item)
            self.answer_read(*item)
        self.catch_up()

    # what a test asks -----------------------------------------------------------------

    def state(self, rule: str = "overload", ieee: str = BOILER) -> str:
        return self.stage.facts(ieee, self.now).rules[rule].state.value

    def is_on(self, channel: ChannelKey) -> bool:
        """Whether the contact is closed in truth."""
        return self.relays[channel[0]].on[channel[1]]

    def sent(self, channel: ChannelKey | None = None) -> list[tuple[float, str]]:
        """Return when what was sent, attempt by attempt."""
        return [
            (round(at, 3), "on" if each.on else "off")
            for at, each in zip(self.times, self.commands, strict=True)
            if channel is None or (each.ieee, each.channel) == channel
        ]

    def of(self, kind: EventKind) -> list[PolicyEvent]:
        return [event for event in self.events if event.kind is kind]

    def outcomes(self) -> list[str]:
        return [str(event.outcome) for event in self.of(EventKind.OUTCOME)]

    def alarms(self) -> list[str]:
        return [event.reason for event in self.of(EventKind.ALARM)]

    # ----------------------------------------------------------------------------------

    def asked_for(self, *rules: Rule, **policies: Any) -> LineSettings:
        known = {
            ieee: RelaySettings(ieee=ieee, name=ieee[-2:], **self.told.get(ieee, {}))
            for ieee in self.relays
        }
        settings = PolicySettings(rules=rules, **policies)
        return LineSettings(relays=known, policies=settings)

    def _new_stage(self) -> PolicyStage:
        stage = PolicyStage(self.settings, self.now)
        stage.limits(limits(self.settings, 30.0))
        for ieee in self.relays:
            stage.known(ieee)
        return stage

    def _send(self, command: SwitchCommand, *, kept: bool = True) -> None:
        if self.hold_answers:
            return
        if kept:
            self.carry_out(command)
        else:
            self.later(0.0, lambda: self.answer(command, AttemptResult.NOT_SENT))
