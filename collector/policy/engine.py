"""The engine: readings in, commands and events out; every rule, and the one arbiter."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final, TypeAlias

from collector.model.clock import Now
from collector.model.command import AttemptResult, SwitchCommand
from collector.model.decision import RuleState
from collector.model.policy import ChannelKey, PolicySettings
from collector.model.quantity import CHANNELS, Quantity
from collector.model.settings import RelaySettings
from collector.policy.agenda import Agenda
from collector.policy.arbiter import Arbiter
from collector.policy.contacts import Contacts
from collector.policy.dry_run import DryRun
from collector.policy.effects import Effects
from collector.policy.intake import hold
from collector.policy.memory import Memory
from collector.policy.meters import Meters
from collector.policy.record import Record
from collector.policy.rulebook import Rulebook, Seat
from collector.policy.rules import seats_for
from collector.policy.seen import Seen
from collector.policy.verdict import Verdict
from collector.policy.view import NEVER, House, RelayView

AGAIN_SECONDS: Final = 10.0  # before a rule is asked again that has failed by a bug
OK: Final = RuleState.OK  # to look up a member of an enum takes its time

Due: TypeAlias = Seat | ChannelKey


class Engine:
    """Judges, decides, follows its commands; `now` is always an argument."""

    def __init__(self, settings: PolicySettings | None = None) -> None:
        self.house = House()
        self.rulebook = Rulebook(self.house)
        self.effects = Effects()
        self.record = Record(self.effects)
        self.arbiter = Arbiter(self.house, self.rulebook, self.effects, self.record)
        self.contacts = Contacts(self.rulebook, self.arbiter, self.record, self.effects)
        self.meters = Meters(self.record)
        self.dry_run = DryRun(self.house, self.rulebook, self.arbiter, self.record)
        self.memory = Memory(self.rulebook, self.arbiter, self.meters)
        self.settings = settings or PolicySettings()
        self._agenda: Agenda[Due] = Agenda()
        self._relays: dict[str, RelaySettings] = {}
        self._waiting: Sequence[Seat] = ()  # for `catch_up`
        self._now: Now | None = None  # of the last step
        self._outdated = False  # a relay is new: its rules are to be built

    def configure(
        self,
        settings: PolicySettings,
        relays: Mapping[str, RelaySettings],
        zone: tzinfo,
        now: Now,
    ) -> None:
        """Take other rules; those that stay the same go on where they are."""
        self.settings = settings
        self._relays = dict(relays)
        self.house.zone = zone
        self.house.nominal_volts = settings.nominal_volts
        self.arbiter.limits = settings.limits
        self.arbiter.permits.interlocked = frozenset(
            ieee for ieee, relay in relays.items() if relay.interlock
        )
        self.memory.configure(settings)
        for ieee, view in self.house.relays.items():
            view.furnish(relays.get(ieee))
            for channel in CHANNELS:
                if settings.monitor or channel in view.protected:
                    because = "the configuration says that it is not switched any more"
                    self.arbiter.stop((ieee, channel), because, now)
        self._rebuild(now)

    def add(self, ieee: str) -> RelayView:
        """A relay is known from now on; its rules follow with the next step."""
        view = self.house.relays.get(ieee)
        if view is None:
            view = self.house.relays[ieee] = RelayView(ieee)
            view.furnish(self._relays.get(ieee))
            view.loads = self.meters.loads(ieee)
            self._outdated = True
        return view

    def refresh(self, now: Now) -> None:
        """Give the relays that are new their rules."""
        if self._outdated:
            for view in self.house.relays.values():
                if view.known == NEVER:
                    view.known = now.mono  # its silence begins after that
            self._rebuild(now)

    def remove(self, ieee: str, now: Now) -> None:
        """A relay was removed: forget it."""
        if ieee not in self.house.relays:
            return
        for channel in CHANNELS:
            self.arbiter.stop((ieee, channel), "the relay was removed", now)
            self.arbiter.forget((ieee, channel))
            self._agenda.drop((ieee, channel))
        del self.house.relays[ieee]
        self.contacts.forget(ieee)
        self.meters.forget(ieee)
        self.memory.forget(ieee)
        self.record.forget(ieee)
        self._rebuild(now)

    def observe(self, seen: Seen, now: Now, *, hasty: bool = False) -> None:
        """Take what a frame brought, and judge.

        `hasty`: as soon as a rule has had a command decided, the others wait for
        `catch_up`, so that it is on its way first.
        """
        if self._waiting:
            self.catch_up()
        view = self.house.relays.get(seen.ieee) or self.add(seen.ieee)
        if self._outdated:
            self.refresh(now)
        if seen.energy_joules is not None:
            view.energy_joules = seen.energy_joules
        hold(self.house, view, seen.readings, seen.rejected)
        for reading in seen.readings:
            if reading.quantity is Quantity.STATE:
                self.contacts.seen(view, reading, seen, now)
            elif reading.quantity is Quantity.POWER:
                self.arbiter.tracker.power(seen.ieee, reading.value, now.mono)
        if self.meters.observe(view, seen.readings, seen.rejected, now):
            self.effects.read_power(seen.ieee)
        self.contacts.heard(view, now)
        self._ask_each(self.rulebook.of_relay(seen.ieee), now, hasty=hasty)

    def catch_up(self) -> None:
        """Ask the rules that waited for a command to be on its way."""
        waiting, self._waiting = self._waiting, ()
        seats = [each for each in waiting if self.rulebook.seats.get(each.key) is each]
        if seats and self._now is not None:  # time never falls, whatever came between
            self._ask_each(seats, self._now, hasty=False)

    def tick(self, now: Now) -> None:
        """Let time pass: whoever is due is asked."""
        self.catch_up()
        self.refresh(now)
        failure: Exception | None = None
        for due in self._agenda.take(now.mono):
            try:
                self._look(due, now)
            except Exception as error:  # noqa: BLE001  # one must not cost the others
                failure = error
                self._agenda.put(due, now.mono + AGAIN_SECONDS)
        self.settle(now)
        if failure is not None:
            raise failure

    def answered(self, command: SwitchCommand, result: AttemptResult, now: Now) -> None:
        """The radio says how an attempt ended."""
        self.arbiter.tracker.answered(command, result, now)
        if command.ieee in self.house.relays:
            self.arbiter.touched[command.ieee, command.channel] = None
        self.settle(now)

    def read_ended(self, ieee: str, quantity: Quantity, now: Now) -> None:
        """A read has ended, with or without an answer."""
        view = self.house.relays.get(ieee)
        if view is None or quantity is not Quantity.POWER:
            return
        view.tried_at = now.mono
        for seat in self.rulebook.of_relay(ieee):
            if seat.verdict.state is RuleState.STALE:
                self.ask(seat, now)
        self.settle(now)

    def radio_up(self, now: Now) -> None:
        """The coordinator is open: silence is the relays' own from now on."""
        self.house.eyes_open = now.mono
        self.arbiter.radio_up(now)
        self.ask_all(now)

    def radio_down(self, now: Now) -> None:
        """The coordinator is away: nobody is judged by what we cannot hear."""
        self.house.eyes_open = None
        self.arbiter.tracker.radio_down(now)
        self.ask_all(now)

    def ask_all(self, now: Now) -> None:
        """Judge everything anew."""
        self.refresh(now)
        self._ask_each(list(self.rulebook.seats.values()), now, hasty=False)

    def ask(self, seat: Seat, now: Now, *, again: bool = False) -> None:
        """Have one rule judge; `again`: as if its word had changed."""
        verdict = seat.judge.judge(self.house, now)
        if verdict is seat.verdict and not (again or seat.watched):
            seat.due = verdict.next_due  # nothing is near, as before
            self._agenda.put(seat, seat.due)
            return
        before = self.rulebook.take(seat, verdict)
        if before is None and again:
            before = Verdict(state=RuleState.OK, hold=seat.channels)
        if before is not None:
            self._changed(seat, before, now)
        for ieee in verdict.read:
            self.effects.read_power(ieee)
        if verdict.state is not OK or seat.watched:
            self.arbiter.alarms.look(seat, now)
        self._agenda.put(seat, seat.due)

    def settle(self, now: Now) -> None:
        """Decide for every channel that something has happened to."""
        arbiter, self._now = self.arbiter, now
        while arbiter.touched or arbiter.wake(now):
            channel = next(iter(arbiter.touched))
            del arbiter.touched[channel]
            memory = arbiter.memory(channel)
            self.memory.mark(channel)
            if memory.due <= now.mono:
                arbiter.decide(channel, now)
            if channel not in arbiter.touched:  # or it is looked at once more
                due = min(memory.due, arbiter.tracker.due(channel))
                self._agenda.put(channel, min(due, self.dry_run.look(channel, now)))
        while arbiter.counted:
            self.memory.mark(arbiter.counted.pop())
        for ieee, name in self.effects.unknown:
            self.meters.lost(ieee, name, now)

    def next_due(self) -> float:
        """Return a moment (mono, s) before which nothing happens without input."""
        return self._agenda.next_due()

    def take(self) -> Effects:
        """Return what is to be done since the last call."""
        return self.effects.take()

    def _look(self, due: Due, now: Now) -> None:
        if isinstance(due, Seat):
            self.ask(due, now)
        else:
            self.arbiter.tracker.tick(due, now)
            self.arbiter.touched[due] = None

    def _ask_each(self, seats: Sequence[Seat], now: Now, *, hasty: bool) -> None:
        """Ask all of them; a bug in one is raised when the others have been heard."""
        failure: Exception | None = None
        for place, seat in enumerate(seats, 1):
            try:
                self.ask(seat, now)
            except Exception as error:  # noqa: BLE001  # as above
                failure = error
            if hasty and seat.verdict.cut:
                self.settle(now)
                if self.effects.commands:
                    self._waiting = seats[place:]
                    break
        else:
            self.settle(now)
        if failure is not None:
            raise failure

    def _changed(self, seat: Seat, before: Verdict, now: Now) -> None:
        after = seat.verdict
        if seat.enforced and before.hold != after.hold:
            self.memory.mark(seat)  # a latch: it must outlive a kill
            self.effects.urgent = True
        both = (*before.cut, *before.hold, *after.cut, *after.hold)
        for channel in dict.fromkeys(both):
            self.arbiter.touch(channel, now)

    def _rebuild(self, now: Now) -> None:
        """Give every rule its seat anew; memory stays where the rule is the same."""
        self._outdated = False
        self.house.heard(None)
        old = self.rulebook.seats
        self.rulebook.replace(seats_for(self.settings, self.house, old, now))
        for seat in old.values():
            if self.rulebook.seats.get(seat.key) is not seat:
                self._retire(seat, now)
        for seat in self.rulebook.seats.values():
            before = old.get(seat.key)
            if before is None:
                self.memory.furnish(seat, now)
            elif seat.enforced and not before.enforced:
                self.dry_run.take_up(seat, now)
            if before is not seat:
                self.ask(seat, now)
        for channel in self.arbiter.channels:
            self.arbiter.touch(channel, now)  # who owed something may be gone
        self.settle(now)

    def _retire(self, seat: Seat, now: Now) -> None:
        """A rule is gone, or another one sits there: what it kept off stays as it is."""
        self._agenda.drop(seat)
        self.dry_run.disown(seat)
        if seat.key not in self.rulebook.seats:
            self.arbiter.disown(seat)
            self.memory.forget_rule(seat)
            if seat.enforced and seat.key[1] in (*self.house.relays, ""):
                self.record.dropped(seat.key[0], seat.verdict.hold, now)
