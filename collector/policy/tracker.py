"""From a command to an open contact: attempts, read-backs, and the power that must fall.

command -> default response -> the contact reported, or read back (= confirmed) -> where
the remembered load is large enough, less power within ten seconds and two re-reads. A
default response is not an open contact, and a command that was given up is unknown,
never "not sent".
"""

from collections.abc import Iterator
from dataclasses import replace

from collector.model.clock import Now
from collector.model.command import (
    AttemptResult as Result,
    CommandOutcome,
    Origin,
    SwitchCommand,
)
from collector.model.policy import ChannelKey
from collector.model.quantity import CHANNELS
from collector.policy.effects import Effects
from collector.policy.ends import Ends
from collector.policy.pending import (
    ATTEMPT_SECONDS,
    BACK_OFF_SECONDS,
    PATIENCE_SECONDS,
    READ_BACK_SECONDS,
    READ_BACKS,
    REPORT_SECONDS,
    REREAD_SECONDS,
    STEP_SECONDS,
    Order,
    Pending,
    Step,
)
from collector.policy.view import FOREVER


class Tracker:
    """Every command on its way; at most one a channel."""

    def __init__(self, effects: Effects, ends: Ends) -> None:
        self._effects = effects
        self._ends = ends
        self._pending: dict[ChannelKey, Pending] = {}
        self._number = 0
        self.patience = PATIENCE_SECONDS  # mono, s: longer than any attempt takes
        self._radio_up = False

    def get(self, channel: ChannelKey) -> Pending | None:
        """Return the channel's command, if one is on its way or watched."""
        return self._pending.get(channel)

    def moving(self) -> Iterator[Pending]:
        """Return every command that may move a contact any moment."""
        return (each for each in self._pending.values() if each.moving)

    def start(
        self, order: Order, now: Now, *, watts: float = 0.0, share: float = 0.0
    ) -> Pending:
        """Send a command; the channel has no other.

        `watts`: the relay's power now; `share`: what of it goes with the contact.
        """
        self._number += 1
        pending = Pending(number=self._number, order=order, asked=now)
        if not order.on:
            pending.expect_fall(watts, share)
        self._pending[order.channel] = pending
        self._send(pending, now)
        return pending

    def promote(self, pending: Pending, order: Order, now: Now) -> None:
        """A protection wants what is on its way already: it becomes a cut-off now."""
        rules = dict.fromkeys((*order.rules, *pending.order.rules))
        pending.order = replace(
            pending.order,
            cut_off=True,
            blind=order.blind,
            rules=tuple(rules),
            reason=order.reason,
        )
        if pending.step in (Step.SENDING, Step.PAUSE):
            self._send(pending, now)  # the attempt under way has no priority

    def drop(self, channel: ChannelKey) -> Pending | None:
        """Expect nothing more of a channel's command, and return it."""
        return self._pending.pop(channel, None)

    def sending(self, command: SwitchCommand) -> Pending | None:
        """Return the command of an attempt that is on its way still, and no other."""
        pending = self._pending.get((command.ieee, command.channel))
        if (
            pending is None
            or pending.number != command.number
            or pending.attempt != command.attempt
            or pending.step is not Step.SENDING
        ):
            return None
        return pending

    def answered(self, command: SwitchCommand, result: Result, now: Now) -> None:
        """The radio says how an attempt ended."""
        pending = self.sending(command)
        if pending is None:
            return  # the contact's report was faster, or another command took over
        pending.answered(result)
        if result is Result.ANSWERED:
            pending.step, pending.due = Step.REPORT, now.mono + REPORT_SECONDS
            return
        order, not_sent = pending.order, result is Result.NOT_SENT
        if not_sent and order.origin is not Origin.POLICY and not order.cut_off:
            self._give_up(pending, now)  # a person need not wait to hear it
            return
        if not_sent and not self._radio_up:
            pending.attempt -= 1  # that was none
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
        order = pending.order
        if pending.step is not Step.SENDING:
            pending.uncertain = False
        watched, read_back = not pending.moving, pending.step is Step.READ_BACK
        if on == order.on:
            if pending.moving:
                self._confirm(pending, now)
        elif hand and (watched or not order.cut_off):
            self._yield(pending, now)
        elif watched or (read_back and response):
            pending.contradicted = True
            self._again(pending, now)

    def power(self, ieee: str, watts: float, mono: float) -> None:
        """A power of the relay came."""
        for channel in CHANNELS if self._pending else ():
            pending = self._pending.get((ieee, channel))
            if pending is None or pending.moving or pending.falls_to is None:
                continue
            if watts <= pending.falls_to:
                pending.falls_to = None  # it has fallen; the bounce is watched on
                pending.due = pending.began + STEP_SECONDS
            elif mono >= pending.began + REREAD_SECONDS[0]:
                pending.still_high = True

    def other_moved(self, channel: ChannelKey) -> None:
        """The relay's other contact has moved: a step of power proves nothing now."""
        pending = self._pending.get(channel)
        if pending is not None:
            pending.falls_to = None

    def radio_up(self, now: Now) -> None:
        """The coordinator is back: what could not be sent is sent."""
        self._radio_up = True
        for pending in list(self._pending.values()):
            if pending.step is Step.PAUSE:
                self._send_again(pending, now)

    def radio_down(self, now: Now) -> None:
        """The coordinator is away: nothing is sent until it is back."""
        self._radio_up = False
        for pending in list(self._pending.values()):
            if pending.step is Step.PAUSE and not pending.outlives_radio:
                self._give_up(pending, now, "the radio is down")

    def due(self, channel: ChannelKey) -> float:
        """Return when (mono, s) the channel's command needs a look."""
        pending = self._pending.get(channel)
        return FOREVER if pending is None else pending.due

    def tick(self, channel: ChannelKey, now: Now) -> None:
        """Let the time of one channel's command pass."""
        pending = self._pending.get(channel)
        if pending is None or now.mono < pending.due:
            return
        if pending.step is Step.WATCH:
            self._watch(pending, now)
        elif pending.step is Step.SENDING:  # the radio has never told
            pending.answered(Result.NO_ANSWER)
            self._again(pending, now)
        elif pending.step is not Step.PAUSE:
            self._read_back(pending, now)
        elif self._radio_up:
            self._send_again(pending, now)
        else:
            pending.due = FOREVER  # until the radio is back

    # --------------------------------------------------------------------------------

    def _send_again(self, pending: Pending, now: Now) -> None:
        objection = self._ends.objection(pending, now)
        if objection:
            self._give_up(pending, now, objection)
        else:
            self._send(pending, now)

    def _send(self, pending: Pending, now: Now) -> None:
        if not self._radio_up and pending.outlives_radio:
            pending.step, pending.due = Step.PAUSE, FOREVER
            return
        pending.send(until=now.mono + self.patience)
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
        elif not self._radio_up and not pending.outlives_radio:
            self._give_up(pending, now, "the radio is down")
        else:
            place = min(max(pending.attempt, 1), len(BACK_OFF_SECONDS)) - 1
            pending.step = Step.PAUSE
            pending.due = now.mono + BACK_OFF_SECONDS[place]

    def _give_up(self, pending: Pending, now: Now, because: str = "") -> None:
        outcome, detail = pending.outcome()
        detail = f"{detail}: {because}" if because else detail
        del self._pending[pending.order.channel]
        if pending.settled:  # it had opened, and closed again by itself
            self._ends.closed_again(pending, detail, now)
        else:
            self._ends.ended(pending, outcome, detail, now)
        self._effects.read_state(*pending.order.channel)

    def _yield(self, pending: Pending, now: Now) -> None:
        """Somebody at the relay wants it otherwise, and no protection is against it."""
        del self._pending[pending.order.channel]
        pending.uncertain, pending.contradicted = False, True
        because = "somebody at the relay has switched it otherwise"
        self._ends.cut_short(pending, because, now)

    def _read_back(self, pending: Pending, now: Now) -> None:
        """No report came: read the contact, twice at the most, then send again."""
        if pending.read_backs >= READ_BACKS:
            self._again(pending, now)
            return
        pending.read_backs += 1
        pending.step, pending.due = Step.READ_BACK, now.mono + READ_BACK_SECONDS
        self._effects.read_state(*pending.order.channel)

    def _confirm(self, pending: Pending, now: Now) -> None:
        pending.uncertain = False
        if pending.order.on:
            del self._pending[pending.order.channel]
        else:
            pending.step, pending.began, pending.rereads = Step.WATCH, now.mono, 0
            self._plan_watch(pending)
        if not pending.settled:
            pending.settled = True
            self._ends.ended(pending, CommandOutcome.CONFIRMED, "", now)

    def _plan_watch(self, pending: Pending) -> None:
        wait = STEP_SECONDS
        if pending.falls_to is not None and pending.rereads < len(REREAD_SECONDS):
            wait = REREAD_SECONDS[pending.rereads]
        pending.due = pending.began + wait

    def _watch(self, pending: Pending, now: Now) -> None:
        if now.mono < pending.began + STEP_SECONDS:
            pending.rereads += 1
            self._effects.read_power(pending.order.channel[0])
            self._plan_watch(pending)
            return
        del self._pending[pending.order.channel]
        if pending.falls_to is not None and pending.still_high:
            self._ends.still_draws(pending, now)
        else:
            self._ends.open_indeed(pending, now)
