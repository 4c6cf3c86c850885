"""A house of a few relays on a clock that a test moves, for group rules."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from collector.model.clock import Now
from collector.model.policy import (
    BudgetRule,
    ChannelKey,
    DemandRule,
    PolicyClass,
    StaleAction,
    StaleRule,
)
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.verdict import Judge, Verdict
from collector.policy.view import Held, House, RelayView

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)  # at mono 0
STALE_AFTER = {Quantity.POWER: 120.0, Quantity.CURRENT: 720.0}


class SmallHouse:
    """Relays whose readings a test gives, and rules that it asks."""

    def __init__(
        self, wall: datetime = START, zone: tzinfo = UTC, nominal_volts: float = 230.0
    ) -> None:
        self.house = House(zone, nominal_volts)
        self.house.stale_after = STALE_AFTER
        self.house.eyes_open = 0.0
        self._wall = wall
        self.mono = 0.0
        self.jump = 0.0  # s, what the wall clock was set by

    @property
    def now(self) -> Now:
        """The present moment."""
        wall = self._wall + timedelta(seconds=self.mono + self.jump)
        return Now(self.mono, wall)

    def relay(
        self,
        ieee: str,
        watts: float | None = None,
        *,
        on: str = "l1",
        loads: Mapping[str, float] | None = None,
        rated: Mapping[str, float] | None = None,
        protected: str = "",
    ) -> RelayView:
        """Add a relay; `on` and `protected` list channels, "?": contacts unknown."""
        view = RelayView(ieee, frozenset(protected.split()), dict(rated or {}))
        view.loads = dict(loads or {})
        for name, contact in view.contacts.items():
            contact.on = None if on == "?" else name in on.split()
        self.house.relays[ieee] = view
        self.house.heard(None)
        if watts is not None:
            self.power(ieee, watts)
        return view

    def power(self, ieee: str, watts: float, **others: float) -> None:
        """A power comes, and other quantities by their name."""
        view = self.house.relays[ieee]
        self.house.heard(ieee)
        view.held[Quantity.POWER] = Held(watts, self.mono)
        for name, value in others.items():
            view.held[Quantity(name)] = Held(value, self.mono)

    def reject(self, ieee: str, quality: Quality = Quality.REJECTED) -> None:
        """A power comes that cannot be believed; as the engine keeps it."""
        view = self.house.relays[ieee]
        self.house.heard(ieee)
        held = view.held.setdefault(Quantity.POWER, Held(0.0, self.mono))
        since = self.mono if held.bad_since is None else held.bad_since
        view.held[Quantity.POWER] = Held(held.value, held.mono, quality, since)

    def contact(self, ieee: str, channel: str, on: bool | None) -> None:
        """A contact is reported."""
        contact = self.house.relays[ieee].contacts[channel]
        if contact.on is not None and on is not contact.on:
            contact.changed = self.mono
        contact.on, contact.mono, contact.moving = on, self.mono, False

    def moving(self, ieee: str, channel: str, moving: bool = True) -> None:
        """A command is on its way."""
        self.house.relays[ieee].contacts[channel].moving = moving

    def ask(self, judge: Judge, mono: float | None = None) -> Verdict:
        """Have a rule judge, at `mono` if it is given."""
        self.mono = self.mono if mono is None else mono
        return judge.judge(self.house, self.now)

    def room(self, judge: Judge, ieee: str) -> float:
        """Ask a rule how many W more a relay may take."""
        return judge.room(self.house, ieee, self.now)

    def keep_fresh(self) -> None:
        """Every power that was ever held is read again, unchanged."""
        self.house.heard(None)
        for view in self.house.relays.values():
            held = view.held.get(Quantity.POWER)
            if held is not None:
                view.held[Quantity.POWER] = Held(held.value, self.mono)


def channels(words: str) -> tuple[ChannelKey, ...]:
    """Return "a/l1 b/l2" as keys."""
    pairs = (word.split("/") for word in words.split())
    return tuple((ieee, channel) for ieee, channel in pairs)


def words(keys: Iterable[ChannelKey]) -> str:
    """Return keys as "a/l1 b/l2"."""
    return " ".join(f"{ieee}/{channel}" for ieee, channel in keys)


def group_rule(
    kind: Any, defaults: Mapping[str, object], options: Mapping[str, object]
) -> Any:
    """Return a rule; channel lists may be words, `when_stale` an action."""
    fields = {
        "name": "rule",
        "policy_class": PolicyClass.PROTECTION,
        "members": None,
        "shed": "",
        "last_resort": "",
        "when_stale": StaleAction.ASSUME_RATED,
        **defaults,
        **options,
    }
    for key in ("shed", "last_resort"):
        value = fields[key]
        fields[key] = channels(value) if isinstance(value, str) else value
    if isinstance(fields["when_stale"], StaleAction):
        fields["when_stale"] = StaleRule(action=fields["when_stale"])
    return kind(**fields)


def budget_rule(**options: object) -> BudgetRule:
    """Return a budget of 4,500 W over all relays, unless it is said otherwise."""
    limits = {} if "limit_a" in options else {"limit_w": 4500.0}
    rule = group_rule(BudgetRule, limits, options)
    assert isinstance(rule, BudgetRule)
    return rule


def demand_rule(**options: object) -> DemandRule:
    """Return a demand of 4,000 W in 15 minutes, unless it is said otherwise."""
    rule = group_rule(DemandRule, {"limit_w": 4000.0}, options)
    assert isinstance(rule, DemandRule)
    return rule
