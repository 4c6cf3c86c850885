"""What all group rules share: members, shedding, and their verdict."""

import heapq
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.model.clock import Now
from collector.model.decision import Input, RuleState
from collector.model.policy import ChannelKey, GroupRule
from collector.model.quantity import Quantity
from collector.policy.members import Gone, Members, Total
from collector.policy.shedding import Shedding
from collector.policy.verdict import APPROACHING, FOREVER, Verdict
from collector.policy.view import NEVER, House, RelayView

MOST_READS = 4  # relays that are asked for at one moment
MOST_NAMES = 3  # of silent relays in a sentence
TICK_SECONDS = 0.05  # a rule is not asked again sooner, whatever rounding says


@dataclass(slots=True, kw_only=True)
class Weight:
    """What a kind makes of its members' total."""

    over: bool = False
    margin: float | None = None  # None: not known
    reason: str = ""
    known: bool = True  # over by what meters say, not only by what is assumed
    not_before: float = NEVER  # mono, s: nothing is shed sooner
    next_due: float = FOREVER  # mono, s

    @property
    def approaching(self) -> bool:
        """Whether a little more would be too much."""
        return self.margin is not None and self.margin < APPROACHING


class GroupJudge(ABC):
    """One rule over several relays; a kind says what is too much, here is what follows.

    `virtual`: nothing of what it says is carried out (dry run, monitor mode), so that
    it counts what it would have cut as off.
    """

    def __init__(self, rule: GroupRule, members: Members, *, virtual: bool) -> None:
        self.rule = rule
        self.virtual = virtual
        self.members = members
        self.shedding = Shedding(rule, virtual=virtual)
        self.peers: Sequence[GroupJudge] = ()  # other group rules of the house
        self._calm: Verdict | None = None  # of the last look, if it found nothing

    @property
    def channels(self) -> tuple[ChannelKey, ...]:
        """All that it may ever cut, the first first."""
        return self.shedding.channels

    # what a kind says ---------------------------------------------------------------

    @abstractmethod
    def weigh(self, total: Total, house: House, now: Now) -> Weight:
        """Return what the total means to the limit."""

    @abstractmethod
    def headroom(self, house: House, now: Now) -> float:
        """Return how many W more fit; negative where it is too much already."""

    @abstractmethod
    def most_watts(self, house: House) -> float:
        """Return the load that fits when nothing else is on, W."""

    def calm(self, house: House, now: Now) -> tuple[float, float] | None:
        """Return the margin where all is far from the limit; None: look closely.

        And until when (mono, s) only a reading changes that. Asked only after a close
        look that found nothing at all, while nothing is shed.
        """
        del house, now
        return None

    def fits_at(self, watts: float, house: House, now: Now) -> float:
        """Return from when (mono, s) a load fits; infinite: not by time."""
        return now.mono if watts <= self.headroom(house, now) else FOREVER

    def dump_more(self) -> dict[str, object]:
        """Return what a kind keeps over a restart, beside what is shed."""
        return {}

    def load_more(self, document: Mapping[str, object]) -> None:
        """Take what `dump_more` gave."""
        del document

    # Judge --------------------------------------------------------------------------

    def relays(self, house: House) -> tuple[str, ...]:
        """Return the members."""
        return self.members.names(house)

    def judge(self, house: House, now: Now) -> Verdict:
        """Judge the present moment."""
        mono, shedding, calm = now.mono, self.shedding, self._calm
        if calm is not None and not (shedding.shed or self.virtual):
            far = self.calm(house, now)
            if far is not None:
                calm.margin, due = far
                calm.next_due = max(due, mono + TICK_SECONDS)
                return calm
        if shedding.shed:
            shedding.observe(house, mono)
        total = self.members.total(house, mono, self.gone() if self.virtual else {})
        weight = self.weigh(total, house, now)
        verdict = Verdict(
            state=_state(weight, total),
            margin=weight.margin,
            reason=weight.reason or self._silence(total),
        )
        due = min(total.next_due, weight.next_due)
        if weight.over or shedding.shed or total.barred:
            due = min(due, self._act(weight, total, verdict, house, now))
        if weight.over or weight.approaching or shedding.shed or total.unread:
            verdict.read = self._reads(weight, total, house, mono)
        verdict.next_due = max(due, mono + TICK_SECONDS)
        calm_now = verdict.state is RuleState.OK and not (verdict.hold or verdict.read)
        self._calm = verdict if calm_now else None
        return verdict

    def room(self, house: House, ieee: str, now: Now) -> float:
        """Return how many W more a member may take; a rule in dry run has no word."""
        if self.virtual or not self.members.include(ieee):
            return FOREVER
        return max(0.0, self.headroom(house, now))

    def inputs(self, house: House, now: Now) -> tuple[Input, ...]:
        """Return what is added up, member by member."""
        quantity = self.members.quantity
        return tuple(
            house.input(view, quantity, now.mono) for view in self.members.views(house)
        )

    def reset(self, now: Now) -> None:
        """Keep nothing off any longer."""
        del now
        self.shedding.reset()

    def restored(self, channel: ChannelKey, now: Now) -> None:
        """The channel is on its way back; the next one has to wait."""
        self.shedding.restored(channel, now.mono)

    def withdraw(self, channel: ChannelKey, now: Now) -> None:
        """The channel was not cut: it is not kept off."""
        self.shedding.withdraw(channel, now.mono)

    def dump(self, now: Now) -> dict[str, object]:
        """Return what is kept off, and a kind's own figures."""
        del now
        return {**self.shedding.dump(), **self.dump_more()}

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump` gave; what is damaged counts as nothing."""
        self.shedding.load(document, now)
        self.load_more(document)

    # --------------------------------------------------------------------------------

    def gone(self) -> Gone:
        """Return the channels that count as off though they are on: those in dry run."""
        gone: dict[str, set[str]] = {}
        if self.virtual:
            for judge in (self, *self.peers):
                if judge.virtual:
                    for ieee, channel in judge.shedding.shed:
                        gone.setdefault(ieee, set()).add(channel)
        return gone

    def _act(
        self, weight: Weight, total: Total, verdict: Verdict, house: House, now: Now
    ) -> float:
        """Shed or restore, and say what is to be off; return when to look again."""
        mono, shedding = now.mono, self.shedding
        shedding.take_back(house, over=weight.over, silent=total.barred)
        shedding.cut_silent(total.barred, house, mono)
        if weight.over:
            due = self._shed(weight, verdict, house, mono)
        else:
            due = self._restore(total, house, now)
        known, blind = shedding.outstanding(
            house, mono, over=weight.over, silent=total.barred
        )
        # Known excess first: what is silent is cut when there is none of it.
        verdict.cut = tuple(known or blind)
        verdict.blind = bool(blind if not known else not weight.known)
        verdict.hold = shedding.held
        return due

    def _shed(
        self, weight: Weight, verdict: Verdict, house: House, mono: float
    ) -> float:
        """Cut one more channel if nothing is under way; return when to look again."""
        self.shedding.excess(mono)
        awaited = self._awaited(house, mono)
        if awaited is not None:
            return awaited
        if mono < weight.not_before:
            return weight.not_before
        if self.shedding.cut_next(house, mono, self.gone()) is not None:
            return mono + self.rule.shed_interval_seconds
        verdict.alarm = True
        verdict.reason += "; there is nothing left to switch off"
        return self.shedding.retry_due(mono)

    def _awaited(self, house: House, mono: float) -> float | None:
        """Return until when a cut is to be waited for: our own, or one on our members.

        Two rules must not cut for the same watts. What a dry run would cut delays none
        but a dry run.
        """
        dues = [self.shedding.awaited(house, mono)]
        for peer in self.peers:
            if peer.shedding.shed and (self.virtual or not peer.virtual):
                include = self.members.include
                dues.append(peer.shedding.awaited(house, mono, include))
        return max((due for due in dues if due is not None), default=None)

    def _restore(self, total: Total, house: House, now: Now) -> float:
        """Let one channel come back if it is time; return when to look again."""

        def watts(channel: ChannelKey) -> float:
            view = house.view(channel)
            return FOREVER if view is None else view.load_watts(channel[1])

        def barred(channel: ChannelKey) -> bool:
            most = self.most_watts(house)
            return channel[0] in total.barred or watts(channel) > most

        return self.shedding.restore(
            house,
            now.mono,
            lambda channel: self.fits_at(watts(channel), house, now),
            barred,
        )

    def _reads(
        self, weight: Weight, total: Total, house: House, mono: float
    ) -> tuple[str, ...]:
        """Return the few relays whose power would tell most."""
        wanted = [*self.shedding.waiting_for(house, mono), *total.unread]
        if weight.over or weight.approaching:
            wanted += total.stale
            members = self.members.views(house)
            wanted += (
                view.ieee for view in heapq.nlargest(MOST_READS, members, key=_watts)
            )
        return tuple(dict.fromkeys(wanted))[:MOST_READS]

    def _silence(self, total: Total) -> str:
        silent = total.silent
        if not silent:
            return ""
        more = len(silent) - MOST_NAMES
        others = f" and {more} more" if more > 0 else ""
        names = ", ".join(silent[:MOST_NAMES])
        return f"{self.members.quantity} is silent: {names}{others}"


def _watts(view: RelayView) -> float:
    held = view.held.get(Quantity.POWER)
    return held.value if held is not None else 0.0


def _state(weight: Weight, total: Total) -> RuleState:
    if weight.over:
        return RuleState.OVER
    if total.stale:
        return RuleState.STALE
    return RuleState.APPROACHING if weight.approaching else RuleState.OK


def assumed_part(total: Total, unit: str) -> str:
    """Return what a reader must know of a total that is not all measured."""
    if not total.assumed:
        return ""
    count = len(total.silent)
    return f" ({total.assumed:.4g} {unit} of it assumed for {count} silent)"
