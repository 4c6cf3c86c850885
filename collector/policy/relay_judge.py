"""What all rules of one relay share: silence, latch, channels, and their verdict."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from collector.model.clock import Now
from collector.model.decision import Input, RuleState
from collector.model.policy import ChannelKey, RelayRule, StaleAction
from collector.model.quantity import Quantity
from collector.policy.finding import Finding
from collector.policy.latch import Latch
from collector.policy.verdict import FOREVER, Verdict
from collector.policy.view import NEVER, House, RelayView

# A cut for silence waits for one read of the relay; where none can be made, so long.
READ_PATIENCE_SECONDS = 10.0


class RelayJudge(ABC):
    """One rule for one relay; a kind says what it finds, here is what follows.

    It is to be asked at every reading of its relay, when a contact or the radio
    changes, and at the `next_due` of its last verdict; more often changes nothing.
    """

    QUANTITY: ClassVar[Quantity] = Quantity.POWER  # the input that must be fresh
    # Whether nothing is the matter while its channels are open: the hour is no overload.
    CONTENT_WHEN_OPEN: ClassVar[bool] = False

    def __init__(self, rule: RelayRule, ieee: str) -> None:
        self.rule = rule
        self.ieee = ieee
        self.latch = Latch(rule.restore)
        self.channels: tuple[ChannelKey, ...] = tuple(
            (ieee, channel) for channel in rule.switch_off
        )
        self._held = self.channels  # what the latch keeps off while it is set
        self._last = Finding()  # of the last fresh input
        # Of the last look, if it found nothing, and nothing comes back by itself.
        self._calm: Verdict | None = None
        self._calm_eyes: float | None = None  # since when the radio was up then
        self._good_until = FOREVER  # mono, s: how long that holds without another
        # What was before its first look, a reset, or a drop of the radio does not count.
        self._anew = NEVER  # mono, s
        self._relays = (ieee,)

    # what a kind says ---------------------------------------------------------------

    @property
    def quantity(self) -> Quantity:
        """The input whose silence is the rule's silence."""
        return self.QUANTITY

    @abstractmethod
    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Return what the inputs say; None where they are not fresh."""

    @abstractmethod
    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Return what an overload since `since` (mono, s) would say: assume_overload."""

    @abstractmethod
    def interrupt(self, mono: float) -> None:
        """From `mono` (s) on nothing is known: timers and accumulators stand still."""

    @abstractmethod
    def forget(self) -> None:
        """Forget accumulators and timers: a person has reset the rule."""

    def calm(
        self, view: RelayView, house: House, now: Now
    ) -> tuple[float, float] | None:
        """Return the margin where all is far from any limit; None: look closely.

        And until when (mono, s) only a reading changes that. Asked only after a close
        look that found nothing at all, while its inputs last: then most readings
        change the margin, and nothing else.
        """
        del view, house, now
        return None

    def dump_more(self, now: Now) -> dict[str, object]:
        """Return what a kind keeps over a restart, beside the latch."""
        del now
        return {}

    def load_more(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump_more` gave."""
        del document, now

    def good_until(self, view: RelayView, house: House, mono: float) -> float:
        """Return until when (mono, s) its inputs, fresh now, say the same."""
        return house.good_until(view, self.quantity, mono)

    def silent_since(self, view: RelayView, house: House, mono: float) -> float | None:
        """Return since when (mono, s) its input is silent; None: it is not, or we are blind."""
        return house.silent_since(view, self.quantity, mono)

    def silence_begins(self, view: RelayView, house: House) -> float:
        """Return when (mono, s) its input becomes silent if nothing comes."""
        return house.silence_begins(view, self.quantity)

    # Judge --------------------------------------------------------------------------

    def relays(self, house: House) -> tuple[str, ...]:
        """Return the one relay."""
        del house
        return self._relays

    def judge(self, house: House, now: Now) -> Verdict:
        """Judge the present moment."""
        view, calm = house.relays[self.ieee], self._calm
        if calm is not None:
            if self._still_calm(calm, view, house, now):
                return calm
            self._calm = None
        if now.mono >= self._good_until:
            self.interrupt(self._good_until)
            self._good_until = FOREVER
        if house.eyes_open is None:  # what it held last may have ended unheard
            return self._blind(view, house, now)
        if self._anew < house.eyes_open:
            self._anew = house.eyes_open if self._anew > NEVER else now.mono
        found = self.find(view, house, now)
        if found is None:
            return self._silent(view, house, now)
        self._last = found
        self._good_until = self.good_until(view, house, now.mono)
        found.next_due = min(found.next_due, self._good_until)
        verdict = self._verdict(found, view, now)
        near = found.trip or found.over or found.approaching
        if not near and (not self.latch.set or self.latch.asleep):
            self._calm, self._calm_eyes = verdict, house.eyes_open
        return verdict

    def _still_calm(
        self, calm: Verdict, view: RelayView, house: House, now: Now
    ) -> bool:
        if now.mono >= self._good_until or house.eyes_open != self._calm_eyes:
            return False
        far = self.calm(view, house, now)
        if far is None:
            return False
        calm.margin, calm.next_due = far
        self._good_until = calm.next_due
        return True

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
        """Clear latch, counts, timers and accumulators; what lasts counts from now."""
        self.latch.reset()
        self._calm = None
        self._last = Finding()
        self._anew = now.mono
        self.forget()

    def restored(self, channel: ChannelKey, now: Now) -> None:
        """Count an automatic restore."""
        del channel
        self.latch.restored(now.mono)

    def withdraw(self, channel: ChannelKey, now: Now) -> None:
        """This channel was not cut: it is not kept off."""
        del now
        self._calm = None
        self._held = tuple(each for each in self._held if each != channel)
        if not self._held:
            self.latch.withdraw()

    def dump(self, now: Now) -> dict[str, object]:
        """Return latch, timers and accumulators as plain JSON."""
        return {**self.latch.dump(now), **self.dump_more(now)}

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump` gave; what is damaged counts as nothing."""
        self.latch.load(document, now)
        self._calm = None
        self._held = self.channels
        self.load_more(document, now)

    # --------------------------------------------------------------------------------

    def _verdict(
        self, found: Finding, view: RelayView, now: Now, *, silent: bool = False
    ) -> Verdict:
        latch, mono, due = self.latch, now.mono, found.next_due
        if found.trip:
            self._held = self.channels
            latch.trip(mono, closed=self._closed(view))
        elif not silent:
            if latch.set:
                latch.rest(mono, clear=found.clear, closed=self._closed(view))
            due = min(due, latch.due)
        return Verdict(
            state=RuleState.STALE if silent else self._state(found),
            margin=found.margin,
            cut=self._to_cut(view) if found.trip else (),
            hold=self._held if latch.set else (),
            blind=silent and found.trip and not self._last.trip,
            reason=found.reason,
            read=self._relays if found.wants_read else (),
            next_due=due,
        )

    def _state(self, found: Finding) -> RuleState:
        if found.over:
            return RuleState.OVER
        if self.latch.set:
            return RuleState.LATCHED
        return RuleState.APPROACHING if found.approaching else RuleState.OK

    def _to_cut(self, view: RelayView) -> tuple[ChannelKey, ...]:
        if not self.CONTENT_WHEN_OPEN:
            return self.channels
        contacts = view.contacts
        return tuple(
            each for each in self.channels if contacts[each[1]].on is not False
        )

    def _closed(self, view: RelayView) -> bool | None:
        """Whether one of its channels is on; None: that is not known."""
        states = [view.contacts[channel].on for channel in self.rule.switch_off]
        if True in states:
            return True
        return None if None in states else False

    def _silent(self, view: RelayView, house: House, now: Now) -> Verdict:
        """No fresh input: what the rule's own word for silence says."""
        since = self.silent_since(view, house, now.mono)
        if since is None:
            return self._blind(view, house, now)
        if self._good_until < FOREVER:
            self.interrupt(since)
            self._good_until = FOREVER
        if self.rule.when_stale.action is StaleAction.KEEP:
            verdict = self._unchanged(view, FOREVER)
            verdict.reason = f"{self.quantity} is silent; kept as it is"
            return verdict
        found = self._assume(view, max(since, self._anew), house, now)
        return self._verdict(found, view, now, silent=True)

    def _blind(self, view: RelayView, house: House, now: Now) -> Verdict:
        """Our own eyes are closed, or have been open for too short a time."""
        # What held runs up to now, what was only assumed never ran.
        self.interrupt(now.mono if self._good_until < FOREVER else NEVER)
        self._good_until = FOREVER
        return self._unchanged(view, self.silence_begins(view, house))

    def _assume(self, view: RelayView, since: float, house: House, now: Now) -> Finding:
        """Return what silence since `since` (mono, s) leads to, after one read in vain."""
        stale, mono = self.rule.when_stale, now.mono
        if stale.action is StaleAction.ASSUME_OVERLOAD:
            found = self.find_overload(view, since, house, now)
        else:
            due = since + stale.after_seconds
            found = Finding(
                trip=mono >= due,
                clear=False,
                reason=f"{self.quantity} has been silent for "
                f"{mono - since:.0f} s beyond its limit",
                next_due=due,
            )
        due = found.next_due
        ask = max(since, due - READ_PATIENCE_SECONDS)
        heard = NEVER if view.tried_at >= ask else ask + READ_PATIENCE_SECONDS
        # What was over before it fell silent is not let go by silence.
        found.trip = self._last.trip or (found.trip and mono >= heard)
        found.wants_read = not found.trip and mono >= ask
        if found.trip:
            found.next_due = FOREVER
        else:
            found.next_due = ask if mono < ask else max(due, heard)
        return found

    def _unchanged(self, view: RelayView, next_due: float) -> Verdict:
        """Keep the last word of fresh inputs: nothing new is begun, nothing released."""
        return Verdict(
            state=RuleState.STALE,
            cut=self._to_cut(view) if self._last.trip else (),
            hold=self._held if self.latch.set else (),
            next_due=next_due,
        )
