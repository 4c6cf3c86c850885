"""The relay's own rating, a rule that every relay has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collector.model.clock import Now
from collector.model.decision import Input, RuleState
from collector.model.policy import (
    ROOT,
    ChannelKey,
    PolicyClass,
    RelayRule,
    RootSettings,
    StaleAction,
    StaleRule,
)
from collector.model.quantity import CHANNELS, Quantity
from collector.policy.delay import Delay
from collector.policy.latch import Latch
from collector.policy.members import without
from collector.policy.shed import Shed
from collector.policy.verdict import APPROACHING, FOREVER, Verdict
from collector.policy.view import House, RelayView

OVERLOAD_SECONDS: Final = 60.0  # of continuous overload before it cuts
CURRENT: Final = Quantity.CURRENT  # to look up a member of an enum takes its time
AT_ONCE: Final = 1.5  # times a limit
EFFECT_SECONDS: Final = 10.0  # for the effect of one cut, before the other


@dataclass(frozen=True, slots=True, kw_only=True)
class RootRule(RelayRule):
    """The rating as a rule; other settings make another rule."""

    settings: RootSettings


class Root:
    """Judges one relay's power and current together, against its rating.

    Alarm only, unless `enforce`; then the larger load is cut first, and stays off
    until a person resets the rule. `virtual`: nothing of that is carried out, so that
    it counts what it would have cut as off.
    """

    def __init__(
        self, settings: RootSettings, ieee: str, *, virtual: bool = False
    ) -> None:
        self.rule = RootRule(
            name=ROOT,
            policy_class=PolicyClass.PROTECTION,
            when_stale=StaleRule(action=StaleAction.KEEP),
            relays=(ieee,),
            switch_off=CHANNELS if settings.enforce else (),
            settings=settings,
        )
        self.ieee = ieee
        self.settings = settings
        self.virtual = virtual
        self.latch = Latch(self.rule.restore)
        self._delay = Delay()
        self._tripped = False
        self._steps: dict[str, Shed] = {}  # cuts of the present overload, by channel
        self._held: list[str] = []  # channels that it has cut
        self._good_until = FOREVER  # mono, s: how long the inputs last
        self._calm: Verdict | None = None  # of the last look, if it found nothing

    @property
    def channels(self) -> tuple[ChannelKey, ...]:
        """All that it may ever cut."""
        return self._keys(self.rule.switch_off)

    def relays(self, house: House) -> tuple[str, ...]:
        """Return the one relay."""
        del house
        return (self.ieee,)

    def judge(self, house: House, now: Now) -> Verdict:
        """Judge the present moment."""
        view, mono = house.relays[self.ieee], now.mono
        calm = self._calm
        if calm is not None and mono < self._good_until and not self._held:
            lasting = house.lasting(view, CURRENT, mono)
            margin = self._margin(view, house, mono)[0] if lasting else None
            if lasting and margin is not None and margin >= APPROACHING:
                # Most readings are far from the limits: the margin is all that is new.
                self._good_until = calm.next_due = lasting[1]
                calm.margin = margin
                return calm
        self._calm = None
        if mono >= self._good_until:  # nobody knows what flows: that does not count
            self._delay.pause(self._good_until)
            self._good_until = FOREVER
        self._look(view, mono)
        margin, quantity, value, limit = self._margin(view, house, mono)
        if margin is None:
            return self._silent(view, house, mono)
        self._good_until = house.good_until(view, Quantity.CURRENT, mono)
        if margin < 0:
            return self._over(
                margin, _sentence(quantity, value, limit), view, house, now
            )
        self._delay.stop()
        self._tripped = False
        self._steps.clear()
        near = margin < APPROACHING
        state = RuleState.APPROACHING if near else RuleState.OK
        verdict = Verdict(
            state=RuleState.LATCHED if self._held else state,
            margin=margin,
            hold=self._keys(self._held),
            read=(self.ieee,) if near else (),
            next_due=self._good_until,
        )
        self._calm = verdict if verdict.state is RuleState.OK else None
        return verdict

    def room(self, house: House, ieee: str, now: Now) -> float:
        """Return how many W more the relay may take; alarm only has no word."""
        view = house.relays.get(ieee)
        if view is None or ieee != self.ieee or self.virtual:
            return FOREVER
        watts = house.fresh(view, Quantity.POWER, now.mono)
        if watts is None or not self.settings.enforce:
            return FOREVER
        return max(0.0, self.settings.power_w - watts)

    def inputs(self, house: House, now: Now) -> tuple[Input, ...]:
        """Return power and current."""
        view = house.relays[self.ieee]
        quantities = (Quantity.POWER, Quantity.CURRENT)
        return tuple(house.input(view, each, now.mono) for each in quantities)

    def reset(self, now: Now) -> None:
        """Keep nothing off; a load that is still too much counts anew."""
        del now
        self.latch.reset()
        self._delay.stop()
        self._tripped = False
        self._steps.clear()
        self._held.clear()

    def restored(self, channel: ChannelKey, now: Now) -> None:
        """Never by itself: a person resets it."""

    def withdraw(self, channel: ChannelKey, now: Now) -> None:
        """The channel was not cut: it is not kept off."""
        del now
        self._release(channel[1])

    def dump(self, now: Now) -> dict[str, object]:
        """Return what is kept off, and how long the overload has lasted."""
        document = {**self.latch.dump(now), **self._delay.dump(now)}
        return {**document, "held": list(self._held)} if self._held else document

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump` gave; what is damaged counts as nothing."""
        self._delay.load(document)
        held = document.get("held")
        if isinstance(held, list):
            self._held = [each for each in self.rule.switch_off if each in held]
        if self._held:
            self.latch.load(document, now)
            self.latch.trip(now.mono)

    # --------------------------------------------------------------------------------

    def _over(
        self, margin: float, reason: str, view: RelayView, house: House, now: Now
    ) -> Verdict:
        """Over a limit: say so; when it has lasted, or is far over, cut."""
        mono = now.mono
        due = self._delay.run(mono) + OVERLOAD_SECONDS
        self._tripped = self._tripped or margin < 1.0 - AT_ONCE or mono >= due
        if self._tripped and self.settings.enforce:
            due = self._step(view, house, mono)
        helpless = self._next(view) is None and not self._awaited(view, house, mono)
        if self._held:
            on = {view.contacts[each].on for each in self._held}
            closed = True if True in on else None if None in on else False
            self.latch.trip(mono, closed=closed)
        return Verdict(
            state=RuleState.OVER,
            margin=margin,
            cut=self._to_cut(view, house, mono),
            hold=self._keys(self._held),
            alarm=helpless and self._tripped,
            reason=reason,
            read=(self.ieee,),
            next_due=min(due if due > mono else FOREVER, self._good_until),
        )

    def _step(self, view: RelayView, house: House, mono: float) -> float:
        """Cut one more channel if nothing is under way; return when to look again."""
        awaited = self._awaited(view, house, mono)
        if awaited:
            return max(awaited)
        channel = self._next(view)
        if channel is None:
            return FOREVER
        self._steps[channel] = Shed(mono, off_at=mono if self.virtual else None)
        if channel not in self._held:
            self._held.append(channel)
        return mono + EFFECT_SECONDS

    def _next(self, view: RelayView) -> str | None:
        """Return the larger of the loads that can still be cut."""
        able = [
            channel
            for channel in self.rule.switch_off
            if channel not in view.protected
            and channel not in self._steps
            and not (self.virtual and channel in self._held)
            and view.contacts[channel].on is not False
        ]
        return max(able, key=view.load_watts, default=None)

    def _awaited(self, view: RelayView, house: House, mono: float) -> list[float]:
        dues = (
            each.awaited(view, house, mono, EFFECT_SECONDS)
            for each in self._steps.values()
        )
        return [due for due in dues if due is not None]

    def _to_cut(
        self, view: RelayView, house: House, mono: float
    ) -> tuple[ChannelKey, ...]:
        """Return the cuts that are not done."""
        return self._keys(
            channel
            for channel, step in self._steps.items()
            if (
                step.awaited(view, house, mono, EFFECT_SECONDS) is not None
                if self.virtual
                else step.off_at is None
            )
        )

    def _look(self, view: RelayView, mono: float) -> None:
        """See what has become of the cuts; who switches on again is cut anew."""
        for channel, step in list(self._steps.items()):
            contact = view.contacts[channel]
            step.look(contact, mono)
            if contact.on and step.opened:
                del self._steps[channel]
        for channel in list(self._held):
            if channel in view.protected or (
                self.virtual and view.contacts[channel].on is False
            ):
                self._release(channel)

    def _release(self, channel: str) -> None:
        self._steps.pop(channel, None)
        if channel in self._held:
            self._held.remove(channel)
        if not self._held:
            self.latch.withdraw()

    def _margin(
        self, view: RelayView, house: House, mono: float
    ) -> tuple[float | None, Quantity, float, float]:
        """Return the smaller margin of the two, and its quantity, value and limit."""
        settings = self.settings
        watts = house.fresh(view, Quantity.POWER, mono)
        amperes = house.current(view, mono)
        if self.virtual and self._held and watts:
            left = without(view, self._held, watts)
            amperes = amperes * left / watts if amperes is not None else None
            watts = left
        most, limit = settings.power_w, settings.current_a
        power = None if watts is None else (most - watts) / most
        current = None if amperes is None else (limit - amperes) / limit
        if current is None or (power is not None and power <= current):
            return power, Quantity.POWER, watts or 0.0, most
        return current, Quantity.CURRENT, amperes or 0.0, limit

    def _silent(self, view: RelayView, house: House, mono: float) -> Verdict:
        """Keep what is; nothing new is begun."""
        self._delay.pause(mono)
        self._good_until = FOREVER
        since = house.silent_since(view, Quantity.CURRENT, mono)
        begins = house.silence_begins(view, Quantity.CURRENT)
        return Verdict(
            state=RuleState.STALE,
            cut=self._to_cut(view, house, mono),
            hold=self._keys(self._held),
            # No reason: a silent relay is not over its rating, and no alarm of this rule.
            next_due=begins if since is None else FOREVER,
        )

    def _keys(self, channels: Iterable[str]) -> tuple[ChannelKey, ...]:
        return tuple((self.ieee, channel) for channel in channels)


def _sentence(quantity: Quantity, value: float, limit: float) -> str:
    unit = "W" if quantity is Quantity.POWER else "A"
    return f"{quantity} {value:.4g} {unit} is above {limit:.4g} {unit}"
