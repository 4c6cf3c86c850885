"""From a command to an open contact: attempts, read-backs, and the power that must fall.

command -> default response -> the contact reported, or read back (= confirmed) -> where
the remembered load is large enough, less power within ten seconds and two re-reads. A
default response is not an open contact, and a command that was given up is unknown,
never "not sent".
"""

from typing import Protocol

from collector.model.clock import Now
from collector.model.command import (
    AttemptResult,
    CommandOutcome,
    Origin,
    SwitchCommand,
)
from collector.model.policy import ChannelKey
from collector.policy.effects import Effects
from collector.policy.pending import (
    ATTEMPT_SECONDS,
    BACK_OFF_SECONDS,
    FALLEN,
    LEAST_STEP_WATTS,
    READ_BACK_SECONDS,
    READ_BACKS,
    REPORT_SECONDS,
    REREAD_SECONDS,
    STEP_OF_LOAD,
    STEP_SECONDS,
    Order,
    Pending,
    Step,
)

NEVER = float("inf")


class Ends(Protocol):
    """Whom the tracker tells how commands end."""

    def ended(
        self, pending: Pending, outcome: CommandOutcome, detail: str, now: Now
    ) -> None:
        """A command has its outcome; a confirmed cut may still be watched."""

    def still_draws(self, pending: Pending, detail: str, now: Now) -> None:
        """A contact that is reported open does not open."""

    def watched(self, channel: ChannelKey, now: Now) -> None:
        """Nothing more is expected of this channel's last command."""


class Tracker:
    """Every command on its way; at most one a channel."""

    def __init__(self, effects: Effects, ends: Ends) -> None:
        self._effects = effects
        self._ends = ends
        self._pending: dict[ChannelKey, Pending] = {}
        self._number = 0
        self._radio_up = False

    def get(self, channel: ChannelKey) -> Pending | None:
        """Return the channel's command, if one is on its way or watched."""
        return self._pending.get(channel)

    def in_flight(self, *, blind: bool | None = None) -> int:
        """Return how many cut-offs are on their way; `blind`: only those (not)."""
        return sum(
            pending.moving and pending.order.cut_off
            for pending in self._pending.values()
            if blind is None or pending.order.blind == blind
        )

    def start(
        self, order: Order, now: Now, *, watts: float | None, load: float
    ) -> Pending:
        """Send a command; it takes the place of the channel's earlier one.

        `watts`: the relay's power now, `load`: what the channel is known to take.
        """
        self._number += 1
        pending = Pending(
            number=self._number,
            order=order,
            asked=now,
            before_watts=watts,
            load_watts=load,
        )
        self._pending[order.channel] = pending
        self._send(pending, now)
        return pending

    def drop(self, channel: ChannelKey) -> None:
        """Expect nothing more of a channel's command: another one takes its place."""
        self._pending.pop(channel, None)

    def answered(self, command: SwitchCommand, result: AttemptResult, now: Now) -> None:
        """The radio says how an attempt ended."""
        pending = self._pending.get((command.ieee, command.channel))
        if (
            pending is None
            or pending.number != command.number
            or pending.attempt != command.attempt
            or pending.step is not Step.SENDING
        ):
            return  # the contact's report was faster, or another command took over
        pending.refused = result is AttemptResult.REFUSED
        if result is AttemptResult.ANSWERED:
            pending.step, pending.due = Step.REPORT, now.mono + REPORT_SECONDS
        elif result is AttemptResult.NOT_SENT and pending.order.origin is not (
            Origin.POLICY
        ):
            self._end(pending, CommandOutcome.REFUSED, "it could not be sent", now)
        else:
            if result is AttemptResult.NOT_SENT:
                pending.attempt -= 1  # nothing was on the air
            self._again(pending, now)

    def contact(
        self, channel: ChannelKey, on: bool, now: Now, *, response: bool, hand: bool
    ) -> None:
        """A contact's state came: by report, structure or (`response`) a read.

        `hand`: somebody at the relay has moved it.
        """
        pending = self._pending.get(channel)
        if pending is None:
            return
        if pending.step is Step.WATCH:
            if on != pending.order.on and hand:
                self.drop(channel)
                self._ends.watched(channel, now)
            elif on != pending.order.on:
                self._bounced(pending, now)
        elif on == pending.order.on:
            self._confirm(pending, now)
        elif pending.step is Step.READ_BACK and response:
            pending.contradicted = True
            self._again(pending, now)

    def power(self, ieee: str, watts: float) -> None:
        """A power of the relay came."""
        for channel in (ieee, "l1"), (ieee, "l2"):
            pending = self._pending.get(channel)
            if (
                pending is not None
                and pending.step is Step.WATCH
                and pending.before_watts is not None
                and watts <= pending.before_watts - FALLEN * pending.load_watts
            ):
                pending.before_watts = None  # it has fallen; the bounce is watched on
                pending.due = pending.began + STEP_SECONDS

    def other_moved(self, channel: ChannelKey) -> None:
        """The relay's other contact has moved: a step of power proves nothing now."""
        pending = self._pending.get(channel)
        if pending is not None:
            pending.before_watts = None

    def radio_up(self, now: Now) -> None:
        """The coordinator is back: what could not be sent is sent."""
        self._radio_up = True
        for pending in list(self._pending.values()):
            if pending.step is Step.PAUSE:
                self._send(pending, now)

    def radio_down(self) -> None:
        """The coordinator is away: nothing is sent until it is back."""
        self._radio_up = False

    def due(self, channel: ChannelKey) -> float:
        """Return when (mono, s) the channel's command needs a look."""
        pending = self._pending.get(channel)
        return NEVER if pending is None else pending.due

    def tick(self, channel: ChannelKey, now: Now) -> None:
        """Let the time of one channel's command pass."""
        pending = self._pending.get(channel)
        if pending is None or now.mono < pending.due:
            return
        match pending.step:
            case Step.PAUSE:
                if self._radio_up:
                    self._send(pending, now)
                else:
                    pending.due = NEVER
            case Step.REPORT | Step.READ_BACK:
                self._read_back(pending, now)
            case Step.WATCH:
                self._watch(pending, now)
            case Step.SENDING:
                return

    # --------------------------------------------------------------------------------

    def _send(self, pending: Pending, now: Now) -> None:
        if not self._radio_up and pending.order.origin is Origin.POLICY:
            pending.step, pending.due = Step.PAUSE, NEVER
            return
        pending.attempt += 1
        pending.step, pending.due, pending.began = Step.SENDING, NEVER, now.mono
        pending.read_backs = 0
        ieee, channel = pending.order.channel
        self._effects.commands.append(
            SwitchCommand(
                number=pending.number,
                attempt=pending.attempt,
                ieee=ieee,
                channel=channel,
                on=pending.order.on,
                origin=pending.order.origin,
                cut_off=pending.order.cut_off,
                seconds=ATTEMPT_SECONDS,
            )
        )

    def _again(self, pending: Pending, now: Now) -> None:
        """The attempt was in vain: the next one, or the end."""
        if pending.attempt >= pending.most_attempts:
            self._give_up(pending, now)
            return
        place = max(0, min(pending.attempt, len(BACK_OFF_SECONDS)) - 1)
        pending.step = Step.PAUSE
        pending.due = now.mono + BACK_OFF_SECONDS[place]

    def _give_up(self, pending: Pending, now: Now) -> None:
        wanted = "on" if pending.order.on else "off"
        times = f"after {pending.attempt} attempts"
        if pending.refused:
            outcome = CommandOutcome.REFUSED
            detail = f"the relay refused to switch {wanted} {times}"
        elif pending.contradicted:
            outcome = CommandOutcome.FAILED
            detail = f"the contact is not {wanted} {times}"
        else:
            outcome = CommandOutcome.UNKNOWN
            detail = f"the relay did not answer {times}; its contact is unknown"
            self._effects.unknown.append(pending.order.channel)
        self._end(pending, outcome, detail, now)
        self._effects.read_state(*pending.order.channel)

    def _end(
        self, pending: Pending, outcome: CommandOutcome, detail: str, now: Now
    ) -> None:
        self._pending.pop(pending.order.channel, None)
        if pending.settled:  # it had opened, and closed again by itself
            self._ends.still_draws(pending, detail, now)
            self._ends.watched(pending.order.channel, now)
        else:
            self._ends.ended(pending, outcome, detail, now)

    def _read_back(self, pending: Pending, now: Now) -> None:
        """No report came: read the contact, twice at the most, then send again."""
        if pending.read_backs >= READ_BACKS:
            self._again(pending, now)
            return
        pending.read_backs += 1
        pending.step, pending.due = Step.READ_BACK, now.mono + READ_BACK_SECONDS
        self._effects.read_state(*pending.order.channel)

    def _confirm(self, pending: Pending, now: Now) -> None:
        if not pending.settled:
            pending.settled = True
            self._ends.ended(pending, CommandOutcome.CONFIRMED, "", now)
        if pending.order.on or self._pending.get(pending.order.channel) is not pending:
            self._pending.pop(pending.order.channel, None)
            self._ends.watched(pending.order.channel, now)
            return
        pending.step, pending.began = Step.WATCH, now.mono
        least = max(LEAST_STEP_WATTS, STEP_OF_LOAD * (pending.before_watts or 0.0))
        if pending.load_watts <= least:
            pending.before_watts = None  # an idle load has nothing to fall
        self._plan_watch(pending)

    def _plan_watch(self, pending: Pending) -> None:
        end = pending.began + STEP_SECONDS
        if pending.before_watts is not None and pending.rereads < len(REREAD_SECONDS):
            end = pending.began + REREAD_SECONDS[pending.rereads]
        pending.due = end

    def _watch(self, pending: Pending, now: Now) -> None:
        expects = pending.before_watts is not None
        if now.mono < pending.began + STEP_SECONDS:
            if expects:
                pending.rereads += 1
                self._effects.read_power(pending.order.channel[0])
            self._plan_watch(pending)
            return
        self._pending.pop(pending.order.channel, None)
        if expects:
            detail = (
                f"the contact is reported open, and the power has not fallen by the "
                f"{pending.load_watts:.0f} W of its load within {STEP_SECONDS:.0f} s"
            )
            self._ends.still_draws(pending, detail, now)
        self._ends.watched(pending.order.channel, now)

    def _bounced(self, pending: Pending, now: Now) -> None:
        """The contact closed again by itself: what was confirmed is not so."""
        pending.contradicted = True
        pending.rereads = 0
        self._again(pending, now)
