"""A rule on a test stand: one relay, one clock, and nobody else."""

import json
from datetime import UTC, datetime, timedelta, tzinfo

from collector.model.clock import Now
from collector.model.decision import RuleState
from collector.model.policy import (
    ChannelKey,
    Limit,
    PolicyClass,
    Restore,
    RestoreKind,
    StaleAction,
    StaleRule,
    ThresholdRule,
)
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.relay_judge import RelayJudge
from collector.policy.verdict import Verdict
from collector.policy.view import Held, House, RelayView

IEEE = "00:15:8d:00:03:a0:00:00"
L1, L2 = (IEEE, "l1"), (IEEE, "l2")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
START = 1_000.0  # mono, s; times of the tests count from here
POWER_SECONDS, STATE_SECONDS, REPORT_SECONDS = 120.0, 600.0, 720.0

KEEP = StaleRule(action=StaleAction.KEEP)
OFF = StaleRule(action=StaleAction.OFF)
OVERLOAD = StaleRule(action=StaleAction.ASSUME_OVERLOAD)
MANUAL = Restore()


def off_after(seconds: float) -> StaleRule:
    return StaleRule(action=StaleAction.OFF, after_seconds=seconds)


def after(seconds: float, at_most: int = 3, within: float = 86_400.0) -> Restore:
    return Restore(
        kind=RestoreKind.AFTER,
        after_seconds=seconds,
        at_most=at_most,
        within_seconds=within,
    )


def when_clear(at_most: int = 3) -> Restore:
    return Restore(kind=RestoreKind.WHEN_CLEAR, at_most=at_most)


def threshold(
    trip: float = 2200.0,
    clear: float = 2000.0,
    *,
    quantity: Quantity = Quantity.POWER,
    below: bool = False,
    for_seconds: float = 10.0,
    instant: float | None = None,
    grace_seconds: float = 0.0,
    switch_off: tuple[str, ...] = ("l1",),
    restore: Restore = MANUAL,
    when_stale: StaleRule = KEEP,
) -> ThresholdRule:
    """Return a rule of the most used kind."""
    return ThresholdRule(
        name="overload",
        policy_class=PolicyClass.PROTECTION,
        when_stale=when_stale,
        relays=(IEEE,),
        switch_off=switch_off,
        restore=restore,
        grace_seconds=grace_seconds,
        quantity=quantity,
        below=below,
        limit=Limit(trip=trip, clear=clear),
        for_seconds=for_seconds,
        instant=instant,
    )


class Stand:
    """Lets time pass as the engine does: the rule is asked at what it says is due."""

    def __init__(
        self, judge: RelayJudge, *, wall: datetime = NOON, zone: tzinfo = UTC
    ) -> None:
        self.judge = judge
        self.view = RelayView(IEEE)
        self.house = House(zone)
        self.house.relays[IEEE] = self.view
        self.house.eyes_open = START
        self.house.stale_after = {
            Quantity.POWER: POWER_SECONDS,
            Quantity.STATE: STATE_SECONDS,
            **dict.fromkeys(
                (
                    Quantity.VOLTAGE,
                    Quantity.CURRENT,
                    Quantity.TEMPERATURE,
                    Quantity.APPARENT_POWER,
                    Quantity.POWER_FACTOR,
                ),
                REPORT_SECONDS,
            ),
        }
        self.now = Now(START, wall)
        self._set = self.now  # since when the wall clock was not set
        self.verdict = self.ask()

    @property
    def seconds(self) -> float:
        """How many s have passed."""
        return self.now.mono - START

    @property
    def due(self) -> float:
        """When the rule wants to be asked, in s of the test."""
        return self.verdict.next_due - START

    # Methods, because a checker takes what a property said once for what it says.

    def cut(self) -> tuple[ChannelKey, ...]:
        return self.verdict.cut

    def hold(self) -> tuple[ChannelKey, ...]:
        return self.verdict.hold

    def cuts(self) -> bool:
        return bool(self.verdict.cut)

    def holds(self) -> bool:
        return bool(self.verdict.hold)

    def state(self) -> RuleState:
        return self.verdict.state

    def reason(self) -> str:
        return self.verdict.reason

    def reads(self) -> tuple[str, ...]:
        return self.verdict.read

    def blind(self) -> bool:
        return self.verdict.blind

    def ask(self) -> Verdict:
        """Ask the rule now."""
        self.verdict = self.judge.judge(self.house, self.now)
        assert self.verdict.next_due > self.now.mono, "the clock would stand still"
        return self.verdict

    def tell(self, value: float, quantity: Quantity = Quantity.POWER) -> Verdict:
        """A reading comes now."""
        self.view.held[quantity] = Held(value, self.now.mono)
        return self.ask()

    def refuse(self, quality: Quality, quantity: Quantity = Quantity.POWER) -> Verdict:
        """A sample comes now that is not believed."""
        mono = self.now.mono
        held = self.view.held.get(quantity) or Held(0.0, mono)
        since = mono if held.bad_since is None else held.bad_since
        self.view.held[quantity] = Held(held.value, held.mono, quality, since)
        return self.ask()

    def contact(self, on: bool, channel: str = "l1") -> Verdict:
        """A contact's state comes now."""
        contact = self.view.contacts[channel]
        if contact.on is not None and contact.on is not on:
            contact.changed = self.now.mono
            if on:
                self.view.switched_on = self.now.mono
        contact.on, contact.mono = on, self.now.mono
        return self.ask()

    def switched_on(self, channel: str = "l1") -> Verdict:
        """A contact closes now that was open."""
        self.view.contacts[channel].on = False
        return self.contact(True, channel)

    def read_in_vain(self) -> Verdict:
        """A read of the power ends now without an answer."""
        self.view.tried_at = self.now.mono
        return self.ask()

    def radio(self, up: bool) -> Verdict:
        """The coordinator comes or goes now."""
        self.house.eyes_open = self.now.mono if up else None
        return self.ask()

    def to(self, seconds: float) -> Verdict:
        """Let time pass up to so many s since the start; say it as the engine does."""
        target = START + seconds
        while self.verdict.next_due <= target:
            self._move(self.verdict.next_due)
            self.ask()
        self._move(target)
        return self.ask()

    def to_cut(self, most: float = 100_000.0) -> float:
        """Let time pass until the rule cuts; return the s since the start."""
        while not self.verdict.cut:
            assert self.verdict.next_due <= START + most, "it never cuts"
            self._move(self.verdict.next_due)
            self.ask()
        return self.seconds

    def set_wall(self, wall: datetime) -> Verdict:
        """The wall clock is set; nothing else happens."""
        self.now = self._set = Now(self.now.mono, wall)
        return self.ask()

    def to_wall(self, wall: datetime) -> Verdict:
        """Let time pass up to this moment."""
        return self.to(self.seconds + (wall - self.now.wall).total_seconds())

    def restarted(self, judge: RelayJudge, *, away: float = 60.0) -> "Stand":
        """Return a stand that goes on after a restart, with what was kept as JSON."""
        document = json.loads(json.dumps(self.judge.dump(self.now)))
        wall = self.now.wall + timedelta(seconds=away)
        judge.load(document, Now(START, wall))
        return Stand(judge, wall=wall, zone=self.house.zone)

    def _move(self, mono: float) -> None:
        passed = timedelta(seconds=mono - self._set.mono)
        self.now = Now(mono, self._set.wall + passed)
