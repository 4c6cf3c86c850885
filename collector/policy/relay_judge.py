"""What all rules of one relay share: silence, latch, channels, and their verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from collector.model.clock import Now
from collector.model.decision import Input, RuleState
from collector.model.policy import ChannelKey, RelayRule, StaleAction
from collector.model.quantity import Quantity
from collector.policy.latch import Latch
from collector.policy.verdict import FOREVER, Verdict
from collector.policy.view import House, RelayView

# A cut for silence waits for one read of the relay; where none can be made, so long.
READ_PATIENCE_SECONDS = 10.0


@dataclass(slots=True, kw_only=True)
class Finding:
    """What a kind makes of fresh inputs (or of an assumed overload)."""

    trip: bool = False  # the channels are to be off
    over: bool = False  # beyond the limit, and its delay runs
    approaching: bool = False
    clear: bool = True  # beyond the clear limit: `when_clear` may let go
    margin: float | None = None
    reason: str = ""
    wants_read: bool = False  # a reading of the power would tell more
    next_due: float = FOREVER  # mono, s


class RelayJudge:
    """One rule for one relay; a kind says what it finds, here is what follows."""

    QUANTITY: ClassVar[Quantity] = Quantity.POWER  # the input that must be fresh

    def __init__(self, rule: RelayRule, ieee: str) -> None:
        self.rule = rule
        self.ieee = ieee
        self.latch = Latch(rule.restore)
        self.channels: tuple[ChannelKey, ...] = tuple(
            (ieee, channel) for channel in rule.switch_off
        )
        self._last = Finding()  # of the last fresh input
        self._relays = (ieee,)

    # what a kind says ---------------------------------------------------------------

    @property
    def quantity(self) -> Quantity:
        """The input whose silence is the rule's silence."""
        return self.QUANTITY

    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Return what the inputs say; None where they are not fresh."""
        raise NotImplementedError

    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Return what an overload since `since` (mono, s) would say: assume_overload."""
        raise NotImplementedError

    def forget(self) -> None:
        """Forget accumulators and timers: a person has reset the rule."""

    def dump_more(self, now: Now) -> dict[str, object]:
        """Return what a kind keeps over a restart, beside the latch."""
        del now
        return {}

    def load_more(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump_more` gave."""

    # Judge --------------------------------------------------------------------------

    def relays(self, house: House) -> tuple[str, ...]:
        """Return the one relay."""
        del house
        return self._relays

    def judge(self, house: House, now: Now) -> Verdict:
        """Judge the present moment."""
        view = house.relays[self.ieee]
        found = self.find(view, house, now)
        if found is not None:
            self._last = found
            return self._verdict(found, now)
        return self._silent(view, house, now)

    def room(self, house: House, ieee: str, now: Now) -> float:
        """No word: the rule judges what flows, not what could."""
        del house, ieee, now
        return FOREVER

    def inputs(self, house: House, now: Now) -> tuple[Input, ...]:
        """Return the rule's quantity, and the power beside it."""
        view = house.relays[self.ieee]
        quantities = dict.fromkeys((self.quantity, Quantity.POWER))
        return tuple(house.input(view, each, now.mono) for each in quantities)

    def reset(self, now: Now) -> None:
        """Clear latch, counts, timers and accumulators."""
        del now
        self.latch.reset()
        self._last = Finding()
        self.forget()

    def restored(self, channel: ChannelKey, now: Now) -> None:
        """Count an automatic restore."""
        del channel
        self.latch.restored(now.mono)

    def withdraw(self, channel: ChannelKey, now: Now) -> None:
        """Nothing was cut: there is nothing to keep off."""
        del channel, now
        self.latch.withdraw()

    def dump(self, now: Now) -> dict[str, object]:
        """Return latch, timers and accumulators as plain JSON."""
        return {**self.latch.dump(now), **self.dump_more(now)}

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump` gave; what is damaged counts as nothing."""
        self.latch.load(document, now)
        self.load_more(document, now)

    # --------------------------------------------------------------------------------

    def _verdict(self, found: Finding, now: Now, *, silent: bool = False) -> Verdict:
        if found.trip:
            self.latch.trip(now.mono)
        elif not silent:
            self.latch.rest(now.mono, clear=found.clear)
        return Verdict(
            state=self._state(found, silent=silent),
            margin=found.margin,
            cut=self.channels if found.trip else (),
            hold=self.channels if self.latch.set else (),
            blind=silent and found.trip,
            reason=found.reason,
            read=self._relays if found.wants_read else (),
            next_due=min(found.next_due, self.latch.due),
        )

    def _state(self, found: Finding, *, silent: bool) -> RuleState:
        if silent:
            return RuleState.STALE
        if found.trip or found.over:
            return RuleState.OVER
        if self.latch.set:
            return RuleState.LATCHED
        return RuleState.APPROACHING if found.approaching else RuleState.OK

    def _silent(self, view: RelayView, house: House, now: Now) -> Verdict:
        """No fresh input: what the rule's own word for silence says."""
        since = house.silent_since(view, self.quantity, now.mono)
        if since is None:
            # Our own eyes are closed, or have been open for too short a time.
            begins = house.silence_begins(view, self.quantity)
            return self._unchanged(RuleState.STALE, begins)
        stale = self.rule.when_stale
        if stale.action is StaleAction.KEEP:
            verdict = self._unchanged(RuleState.STALE, FOREVER)
            verdict.reason = f"{self.quantity} is silent; kept as it is"
            return verdict
        if stale.action is StaleAction.ASSUME_OVERLOAD:
            found = self.find_overload(view, since, house, now)
        else:
            due = since + stale.after_seconds
            found = Finding(
                trip=now.mono >= due,
                clear=False,
                reason=f"{self.quantity} has been silent for "
                f"{now.mono - since:.0f} s beyond its limit",
                next_due=due,
            )
        if found.trip and not self._read_in_vain(view, since, now.mono):
            found.trip = False
            found.next_due = since + READ_PATIENCE_SECONDS
        found.wants_read = True
        if found.trip:
            found.next_due = FOREVER
        return self._verdict(found, now, silent=True)

    @staticmethod
    def _read_in_vain(view: RelayView, since: float, mono: float) -> bool:
        return view.tried_at >= since or mono >= since + READ_PATIENCE_SECONDS

    def _unchanged(self, state: RuleState, next_due: float) -> Verdict:
        """Keep the last word of fresh inputs: nothing new is begun, nothing released."""
        return Verdict(
            state=state,
            cut=self.channels if self._last.trip else (),
            hold=self.channels if self.latch.set else (),
            next_due=next_due,
        )
