"""A house whose powers react to what group rules cut: relay, meter and a small engine."""

import heapq
from collections.abc import Callable, Mapping
from functools import partial

from collector.model.policy import ChannelKey
from collector.policy.group import GroupJudge
from collector.policy.verdict import Verdict
from tests.unit.policy.small_house import SmallHouse

OPENS_AFTER = 0.2  # s from a command to the contact's report
MEASURED_AFTER = 1.0  # s from the contact to the power
POLL = 60.0  # s
DEAF_FOR = 5.0  # s until a command to a deaf relay is given up
MIN_OFF = 60.0  # s, as the engine's own limit


class ToyHouse(SmallHouse):
    """Constant loads behind contacts; commands are carried out, powers are read."""

    def __init__(
        self,
        loads: Mapping[ChannelKey, float],
        off: frozenset[ChannelKey] = frozenset(),
        protected: frozenset[ChannelKey] = frozenset(),
    ) -> None:
        super().__init__()
        self.load = dict(loads)
        self.judges: list[GroupJudge] = []
        self.deaf: set[str] = set()  # relays that hear no command
        self.mute: set[str] = set()  # relays that say nothing
        self.sent: list[tuple[float, ChannelKey, bool]] = []
        self.verdicts: dict[GroupJudge, Verdict] = {}
        self._owed: dict[ChannelKey, set[GroupJudge]] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        for number, ieee in enumerate(dict.fromkeys(ieee for ieee, _ in loads)):
            names = [name for each, name in loads if each == ieee]
            view = self.relay(
                ieee,
                on=" ".join(name for name in names if (ieee, name) not in off),
                protected=" ".join(name for each, name in protected if each == ieee),
            )
            self._at(0.1 + number * 0.7, partial(self._poll, view.ieee))

    def watts(self, ieee: str) -> float:
        """The true power of a relay."""
        contacts = self.house.relays[ieee].contacts
        return sum(
            load
            for (each, name), load in self.load.items()
            if each == ieee and contacts[name].on
        )

    def total(self, judge: GroupJudge) -> float:
        """The true power of a rule's members."""
        return sum(self.watts(view.ieee) for view in judge.members.views(self.house))

    def run(self, until: float, most_steps: int = 20_000) -> None:
        """Let time pass; every rule is asked at every event and when it is due."""
        for _ in range(most_steps):
            for judge in self.judges:
                self.verdicts[judge] = self.ask(judge)
                self._cut(judge)
            self._restore()
            dues = [verdict.next_due for verdict in self.verdicts.values()]
            due = min([*dues, self._events[0][0] if self._events else until])
            assert due > self.mono or due == self._events[0][0]
            if due > until:
                self.mono = until
                return
            self.mono = max(self.mono, due)
            while self._events and self._events[0][0] <= self.mono:
                heapq.heappop(self._events)[2]()
        raise AssertionError("time does not pass")

    def switchings(self, channel: ChannelKey) -> list[bool]:
        """What a channel was told, in order."""
        return [on for _, each, on in self.sent if each == channel]

    # --------------------------------------------------------------------------------

    def _at(self, mono: float, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (mono, self._number, what))

    def _poll(self, ieee: str) -> None:
        self._measure(ieee)
        self.house.relays[ieee].tried_at = self.mono
        self._at(self.mono + POLL, lambda: self._poll(ieee))

    def _measure(self, ieee: str) -> None:
        if ieee not in self.mute:
            self.power(ieee, self.watts(ieee))

    def _cut(self, judge: GroupJudge) -> None:
        for channel in () if judge.virtual else self.verdicts[judge].cut:
            view = self.house.relays[channel[0]]
            contact = view.contacts[channel[1]]
            assert channel[1] not in view.protected
            assert channel in judge.channels
            if contact.on is not False:
                self._owed.setdefault(channel, set()).add(judge)
            if contact.on is not False and not contact.moving:
                self._send(channel, False)

    def _restore(self) -> None:
        for channel, judges in list(self._owed.items()):
            view = self.house.relays[channel[0]]
            contact = view.contacts[channel[1]]
            real = [v for judge, v in self.verdicts.items() if not judge.virtual]
            kept = any(channel in (*v.cut, *v.hold) for v in real)
            if kept or contact.moving or contact.on is not False:
                continue
            room = min(self.room(judge, channel[0]) for judge in self.judges)
            due = contact.changed + MIN_OFF
            if self.mono < due:
                self._at(due, lambda: None)
            elif room >= view.load_watts(channel[1]):
                for judge in judges:
                    judge.restored(channel, self.now)
                del self._owed[channel]
                self._send(channel, True)

    def _send(self, channel: ChannelKey, on: bool) -> None:
        ieee, name = channel
        self.sent.append((self.mono, channel, on))
        self.moving(ieee, name)
        if ieee in self.deaf:
            self._at(self.mono + DEAF_FOR, lambda: self.moving(ieee, name, False))
        else:
            self._at(self.mono + OPENS_AFTER, lambda: self._moved(channel, on))

    def _moved(self, channel: ChannelKey, on: bool) -> None:
        ieee, name = channel
        self.contact(ieee, name, on)
        # The engine remembers what went with a contact.
        loads = self.house.relays[ieee].loads
        self.house.relays[ieee].loads = {**loads, name: self.load[channel]}
        self._at(self.mono + MEASURED_AFTER, lambda: self._measure(ieee))
