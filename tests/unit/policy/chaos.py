"""Whatever can happen to a house, as steps that Hypothesis puts together."""

from collections.abc import Callable
from contextlib import suppress
from datetime import time
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from collector.model.command import Action, Origin, RequestRefusedError, SwitchCommand
from collector.model.decision import EventKind
from collector.model.policy import Hours, RootSettings, Rule
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reason
from collector.policy.seen import Seen
from tests.unit.policy.house_rules import (
    BATH,
    BOILER,
    ECONOMY,
    FLOOR,
    after,
    budget,
    off_after,
    schedule,
    standby,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant

RELAYS = (BOILER, FLOOR, BATH)
PROTECTED = (FLOOR, "l1")
INTERLOCKED = BOILER
TOLD: dict[str, dict[str, Any]] = {
    BOILER: {"interlock": True},
    FLOOR: {"protected": frozenset({"l1"})},
}
RULES: tuple[Rule, ...] = (
    threshold(relays=None, switch_off=("l1", "l2"), when_stale=off_after(60.0)),
    voltage(relays=None, switch_off=("l1", "l2"), restore=after(20.0, at_most=2)),
    voltage("spare", relays=(BATH,), policy_class=ECONOMY, restore=after(5.0, 50)),
    standby(relays=(BATH, FLOOR), switch_off=("l2", "l1"), when_stale=off_after(0.0)),
    schedule(allowed=Hours(start=time(6), end=time(12, 5)), relays=(BATH,)),
    budget(
        limit_w=3000.0,
        shed=((BATH, "l1"), (FLOOR, "l1"), (BOILER, "l2")),
        last_resort=((FLOOR, "l2"),),
    ),
)
OTHER_RULES: tuple[Rule, ...] = (
    threshold(relays=(BOILER, BATH), for_seconds=0.0, restore=after(60.0)),
    RULES[3],
    schedule(relays=(BOILER,), switch_off=("l2",)),
)
POLICIES: dict[str, Any] = {"root": RootSettings(enforce=True)}
Step = Callable[["House"], None]


class House(Plant):
    """A plant that watches what is sent as it is sent."""

    def __init__(self, *rules: Rule, **policies: Any) -> None:
        super().__init__(*(rules or RULES), relays=TOLD, **(POLICIES | policies))
        self.by_others: set[tuple[str, str]] = set()  # closed by no command of ours
        self.asked: list[int] = []  # numbers of people's commands, of this process
        self.hasty = False  # as in the line: the rules behind a cut wait a moment
        self.lives = [0]  # how many events there were when each process began

    def observe(self, seen: Seen) -> None:
        if not self.hasty:
            super().observe(seen)
            return
        self.stage.engine.observe(seen, self.now, hasty=True)
        self.do(self.stage.engine.take())
        self.later(0.01, self.go_on)

    def go_on(self) -> None:
        """The rules that waited judge."""
        self.do(self.stage.catch_up())

    def carry_out(self, command: SwitchCommand) -> None:
        channel = command.ieee, command.channel
        assert channel != PROTECTED
        super().carry_out(command)
        relay = self.relays[command.ieee]
        if command.on and all(relay.on.values()) and command.ieee == INTERLOCKED:
            others = {(command.ieee, name) for name in CHANNELS} - {channel}
            assert others <= self.by_others, "we have closed both"
        if relay.on[command.channel] == command.on:
            self.by_others.discard(channel)

    def press(self, ieee: str, channel: str, *, code: int = 3) -> None:
        super().press(ieee, channel, code=code)
        if self.relays[ieee].on[channel]:
            self.by_others.add((ieee, channel))

    def kill(self, *, away: float = 5.0) -> None:
        super().kill(away=away)
        self.asked.clear()
        self.lives.append(len(self.events))

    def wish(self, channel: tuple[str, str], action: Action) -> None:
        """A person asks; what is refused is refused."""
        with suppress(RequestRefusedError):
            self.asked.append(self.ask(channel, action, Origin.MQTT))

    def try_reset(self, rule: str) -> None:
        """A person resets a policy, if it is there."""
        if any(seat.name == rule for seat in self.stage.engine.rulebook.seats.values()):
            self.reset(rule)

    def check(self) -> None:
        """What holds at every moment, once all rules have judged."""
        self.go_on()
        engine = self.stage.engine
        arbiter = engine.arbiter
        moving = list(arbiter.tracker.moving())
        assert sum(each.order.blind for each in moving) <= 4
        for ieee, view in engine.house.relays.items():
            for name, contact in view.contacts.items():
                channel = ieee, name
                demanded = any(
                    seat.protection and not seat.verdict.blind
                    for seat in engine.rulebook.cutting(channel)
                )
                if not demanded or name in view.protected or contact.on is False:
                    continue
                memory = arbiter.memory(channel)
                assert (
                    arbiter.tracker.get(channel) is not None
                    or memory.not_before(known=True) > self.mono
                ), f"a cut-off of {channel} waits"

    def check_record(self) -> None:
        """What holds of all that was said."""
        assert all(event.reason for event in self.events)
        for begin, end in pairwise([*self.lives, len(self.events)]):
            numbers = [
                event.command
                for event in self.events[begin:end]
                if event.kind is EventKind.OUTCOME
            ]
            assert len(numbers) == len(set(numbers)), "a command has ended twice"
        by_policy = [
            (at, (each.ieee, each.channel))
            for at, each in zip(self.times, self.commands, strict=True)
            if each.origin is Origin.POLICY
        ]
        for index, (at, channel) in enumerate(by_policy):
            later = by_policy[index:]
            count = sum(each == channel and when < at + 60 for when, each in later)
            assert count <= MOST_IN_A_MINUTE, f"{count} commands to {channel}"


# Five attempts a command; after three commands in vain it is 30 s and more.
MOST_IN_A_MINUTE = 25

# steps -------------------------------------------------------------------------------

ieee = st.sampled_from(RELAYS)
name = st.sampled_from(CHANNELS)
channel = st.tuples(ieee, name)
seconds = st.sampled_from([0.1, 0.3, 1.0, 2.5, 7.0, 20.0, 65.0, 130.0, 400.0])
every = st.sampled_from([float("inf"), 5.0, 30.0])
watts = st.sampled_from([0.0, 1.0, 500.0, 1400.0, 2300.0, 2600.0, 4000.0])
FAULTS: dict[str, list[Any]] = {
    "dead": [True, False],
    "deaf": [True, False],
    "mute": [True, False],
    "lost_answers": [True, False],
    "away": [True, False],
    "refuses": [0, 1, 4, 1000],
    "bounces": [0, 1, 1000],
    "frozen": [set(), {"l1"}, {"l1", "l2"}],
    "stuck": [set(), {"l1"}],
}


def _fault(where: str, what: tuple[str, Any]) -> Step:
    def step(house: House) -> None:
        value = set(what[1]) if isinstance(what[1], set) else what[1]
        setattr(house.relays[where], what[0], value)

    return step


def _set(attribute: str, value: bool) -> Step:
    return lambda house: setattr(house, attribute, value)


def _volts(where: str, value: float) -> Step:
    def step(house: House) -> None:
        house.relays[where].volts = value
        house.report_power(where)

    return step


def _radio(up: bool) -> Step:
    def step(house: House) -> None:
        if up is not house.radio:
            (house.up if up else house.down)()

    return step


faults = st.sampled_from([(key, value) for key in FAULTS for value in FAULTS[key]])
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda s, e: lambda house: house.run(s, every=e), seconds, every),
    st.builds(lambda c, w: lambda house: house.draw(*c, w), channel, watts),
    st.builds(_volts, ieee, st.sampled_from([230.0, 251.0, 260.0])),
    st.builds(
        lambda c, code: lambda house: house.press(*c, code=code),
        channel,
        st.sampled_from([3, 7, 0x0D]),
    ),
    st.builds(
        lambda c, action: lambda house: house.wish(c, action),
        channel,
        st.sampled_from(list(Action)),
    ),
    st.builds(_fault, ieee, faults),
    st.builds(_radio, st.booleans()),
    st.builds(
        _set, st.sampled_from(["reads_answered", "disk", "hasty"]), st.booleans()
    ),
    st.builds(lambda i: lambda house: house.report(i), ieee),
    st.builds(
        lambda i, reason: lambda house: house.reject(i, Quantity.POWER, reason),
        ieee,
        st.sampled_from([Reason.NOT_MEASURED, Reason.NEGATIVE]),
    ),
    st.builds(
        lambda i, s: lambda house: house.override(i, s),
        ieee,
        st.sampled_from([0.0, 30.0, 600.0]),
    ),
)
resets = st.sampled_from(["overload", "volts", "house", "root"])
upheavals: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda away: lambda house: house.kill(away=away), seconds),
    st.builds(lambda rule: lambda house: house.try_reset(rule), resets),
    st.builds(
        lambda rules, monitor: (
            lambda house: house.reload(*rules, **(POLICIES | {"monitor": monitor}))
        ),
        st.sampled_from([RULES, OTHER_RULES, ()]),
        st.booleans(),
    ),
)
