"""A house of toy relays around the engine: loads, contacts, and everything that fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from collector.model.clock import Now
from collector.model.command import (
    Action,
    AttemptResult,
    Origin,
    SwitchCommand,
    SwitchResult,
)
from collector.model.decision import EventKind, PolicyEvent
from collector.model.frame import ChangeOrigin
from collector.model.policy import (
    Limit,
    Mode,
    PolicyClass,
    PolicySettings,
    Restore,
    Rule,
    StaleAction,
    StaleRule,
    SwitchLimits,
    ThresholdRule,
)
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reading
from collector.model.settings import LineSettings, RelaySettings
from collector.pipeline.availability import limits
from collector.pipeline.policies import PolicyStage
from collector.policy.engine import Seen

BOILER, FLOOR, BATH = (f"00:15:8d:00:03:a0:00:0{index}" for index in range(3))
START = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
KEEP = StaleRule(action=StaleAction.KEEP)
HAND, COMMAND, UNKNOWN_CODE = 0x03, 0x07, 0x0E


def threshold(name: str = "overload", **changes: object) -> ThresholdRule:
    """Above 2,200 W for 10 s, clear at 2,000 W: boiler/l1 off, by a person's reset on."""
    told: dict[str, object] = {
        "name": name,
        "policy_class": PolicyClass.PROTECTION,
        "when_stale": KEEP,
        "relays": (BOILER,),
        "switch_off": ("l1",),
        "quantity": Quantity.POWER,
        "limit": Limit(trip=2200.0, clear=2000.0),
        "for_seconds": 10.0,
        "restore": Restore(),
    }
    return ThresholdRule(**(told | changes))  # type: ignore[arg-type]  # a table's values


@dataclass
class ToyRelay:
    """Two contacts and what hangs on them; faults are switches."""

    ieee: str
    watts: dict[str, float] = field(default_factory=lambda: {"l1": 0.0, "l2": 0.0})
    on: dict[str, bool] = field(default_factory=lambda: {"l1": True, "l2": False})
    dead: bool = False  # hears and says nothing
    deaf: bool = False  # commands are not answered, and not done
    mute_reports: bool = False  # commands are done, and not reported
    refuses: int = 0  # so many commands get an error
    stuck: set[str] = field(default_factory=set)  # welded: reported as commanded
    frozen: set[str] = field(default_factory=set)  # does not move, and says so
    bounces: int = 0  # so many OFFs are followed by an ON of its own
    interlock: bool = False

    @property
    def power(self) -> float:
        """What the meter shows, W."""
        return sum(
            self.watts[name]
            for name in CHANNELS
            if self.on[name] or name in self.stuck
        )


class Plant:
    """Engine, relays, and a clock that moves in quarter seconds."""

    def __init__(self, *rules: Rule, **settings: object) -> None:
        relays: Mapping[str, RelaySettings] = settings.pop("relays", {})  # type: ignore[assignment]
        self.relays = {ieee: ToyRelay(ieee) for ieee in (BOILER, FLOOR, BATH)}
        self.mono, self.wall = 1000.0, START
        self.policies = PolicySettings(
            rules=rules,
            limits=settings.pop("limits", SwitchLimits()),  # type: ignore[arg-type]
            **settings,  # type: ignore[arg-type]
        )
        known = {
            ieee: relays.get(ieee, RelaySettings(ieee=ieee, name=ieee[-2:]))
            for ieee in self.relays
        }
        self.settings = LineSettings(relays=known, policies=self.policies)
        self.stage = self.fresh_stage()
        self.commands: list[SwitchCommand] = []
        self.events: list[PolicyEvent] = []
        self.finished: dict[int, SwitchResult] = {}
        self.reads: list[tuple[str, Quantity, str | None]] = []
        self.radio = True
        self.answer_reads = True
        self.hold_answers = False  # True: attempts end when `answer` says how
        self.held: list[SwitchCommand] = []
        self._due: list[tuple[float, str]] = []

    # time ---------------------------------------------------------------------------

    @property
    def now(self) -> Now:
        return Now(self.mono, self.wall)

    def fresh_stage(self) -> PolicyStage:
        stage = PolicyStage(self.settings, self.now)
        stage.limits(limits(self.settings, 30.0))
        for ieee in self.relays:
            stage.joined(ieee)
        return stage

    def start(self) -> "Plant":
        """The radio is up, and every relay has told its state and power."""
        self.collect(self.stage.radio_up(self.now))
        for ieee in self.relays:
            self.report(ieee)
        return self

    def restart(self) -> None:
        """A new process takes what was committed; nobody has said anything yet."""
        documents: dict[str, dict[str, dict[str, object]]] = {}
        for (kind, key), document in self.saved.items():
            documents.setdefault(kind, {})[key] = document
        self.stage = self.fresh_stage()
        self.stage.restore(documents, self.now)
        self.held.clear()
        self.collect(self.stage.radio_up(self.now))

    saved: dict[tuple[str, str], dict[str, object]]

    def commit(self, *, urgent: bool = False) -> None:
        """Bring to disk what the stage wants kept."""
        if not hasattr(self, "saved"):
            self.saved = {}
        changes = self.stage.unsaved(self.now, urgent=urgent)
        for key, document in changes.items():
            if document is None:
                self.saved.pop(key, None)
            else:
                self.saved[key] = document
        self.stage.committed(changes)

    def run(self, seconds: float, *, report_every: float | None = None) -> None:
        """Let time pass; with `report_every` each living relay reports its power."""
        end = self.mono + seconds
        next_report = self.mono + (report_every or seconds + 1)
        while self.mono < end - 1e-9:
            step = min(0.25, end - self.mono)
            self.mono += step
            self.wall += timedelta(seconds=step)
            if self.mono >= next_report:
                next_report += report_every or 0.0
                for ieee in self.relays:
                    self.report_power(ieee)
            self.collect(self.stage.tick(self.now)[0])

    # what relays send ---------------------------------------------------------------

    def report(self, ieee: str) -> None:
        """State of both channels, and the power."""
        for channel in CHANNELS:
            self.report_state(ieee, channel)
        self.report_power(ieee)

    def report_power(self, ieee: str) -> None:
        relay = self.relays[ieee]
        if not relay.dead and self.radio:
            self.see(ieee, Quantity.POWER, relay.power)

    def report_state(
        self,
        ieee: str,
        channel: str,
        *,
        code: int | None = None,
        response: bool = False,
    ) -> None:
        relay = self.relays[ieee]
        if relay.dead or not self.radio:
            return
        on = relay.on[channel]
        self.see(ieee, Quantity.STATE, float(on), channel, code=code, response=response)

    def see(
        self,
        ieee: str,
        quantity: Quantity,
        value: float,
        channel: str | None = None,
        *,
        code: int | None = None,
        response: bool = False,
    ) -> None:
        """Let one value come."""
        reading = Reading(
            ieee=ieee,
            channel=channel,
            quantity=quantity,
            value=value,
            at=self.wall,
            mono=self.mono,
        )
        origin = None if code is None else ChangeOrigin(code=code, nwk=0, counter=1)
        engine = self.stage.engine
        engine.observe(
            Seen(ieee=ieee, readings=(reading,), origin=origin, response=response),
            self.now,
        )
        self.collect(engine.take())

    def draw(self, ieee: str, channel: str, watts: float) -> None:
        """A load changes, and is reported."""
        self.relays[ieee].watts[channel] = watts
        self.report_power(ieee)

    def press(self, ieee: str, channel: str, *, code: int = HAND) -> None:
        """Somebody moves a contact; it is reported with its origin, then its power."""
        relay = self.relays[ieee]
        relay.on[channel] = not relay.on[channel]
        self.report_state(ieee, channel, code=code)
        self.report_power(ieee)

    # what people do ------------------------------------------------------------------

    def ask(
        self, ieee: str, channel: str, action: Action, origin: Origin = Origin.API
    ) -> int:
        try:
            return self.stage.switch((ieee, channel), action, origin, self.now)
        finally:
            self.collect(self.stage.engine.take())

    def reset(self, name: str) -> None:
        self.stage.reset(name, Origin.API, self.now)
        self.collect(self.stage.engine.take())

    def down(self) -> None:
        """The coordinator goes away."""
        self.radio = False
        self.collect(self.stage.radio_down(self.now))

    def up(self) -> None:
        """The coordinator is back."""
        self.radio = True
        self.collect(self.stage.radio_up(self.now))

    # the radio -----------------------------------------------------------------------

    def collect(self, effects: object) -> None:
        """Do what the engine wants done."""
        from collector.policy.effects import Effects  # noqa: PLC0415

        assert isinstance(effects, Effects)
        self.events += effects.events
        self.finished |= effects.finished
        for command in effects.commands:
            self.commands.append(command)
            if self.hold_answers:
                self.held.append(command)
            else:
                self.carry_out(command)
        for ieee, quantity, channel in effects.reads:
            self.reads.append((ieee, quantity, channel))
            self._read(ieee, quantity, channel)

    def carry_out(self, command: SwitchCommand) -> None:
        """The relay does what it is told, or what is wrong with it."""
        relay, channel = self.relays[command.ieee], command.channel
        if not self.radio:
            self.answer(command, AttemptResult.NOT_SENT)
        elif relay.dead or relay.deaf:
            self.answer(command, AttemptResult.NO_ANSWER)
        elif relay.refuses > 0:
            relay.refuses -= 1
            self.answer(command, AttemptResult.REFUSED)
        else:
            if channel not in relay.frozen:
                relay.on[channel] = command.on
                if command.on and relay.interlock:
                    other = CHANNELS[1 - CHANNELS.index(channel)]
                    relay.on[other] = False
            self.answer(command, AttemptResult.ANSWERED)
            if not relay.mute_reports and channel not in relay.frozen:
                self.report_state(command.ieee, channel, code=COMMAND)
            if relay.bounces > 0 and not command.on:
                relay.bounces -= 1
                relay.on[channel] = True
                self.report_state(command.ieee, channel, code=UNKNOWN_CODE)
            self.report_power(command.ieee)

    def answer(self, command: SwitchCommand, result: AttemptResult) -> None:
        self.collect(self.stage.answered(command, result, self.now))

    def _read(self, ieee: str, quantity: Quantity, channel: str | None) -> None:
        relay = self.relays[ieee]
        if relay.dead or not self.answer_reads or not self.radio:
            self.stage.engine.read_ended(ieee, quantity, self.now)
            return
        # At most one per 2 s and relay, as the poller has it.
        if quantity is Quantity.STATE and channel is not None:
            self.report_state(ieee, channel, response=True)

    # what a test asks ----------------------------------------------------------------

    def states(self, rule: str = "overload", ieee: str = BOILER) -> str:
        return self.stage.facts(ieee, self.now).rules[rule].state.value

    def happened(self, kind: EventKind) -> list[PolicyEvent]:
        return [event for event in self.events if event.kind is kind]

    def sent(self, *, on: bool | None = None) -> list[tuple[str, str, bool]]:
        return [
            (each.ieee, each.channel, each.on)
            for each in self.commands
            if on is None or each.on is on
        ]

    def outcomes(self) -> list[str]:
        return [
            str(event.outcome)
            for event in self.events
            if event.kind is EventKind.OUTCOME
        ]


DRY_RUN = Mode.DRY_RUN
