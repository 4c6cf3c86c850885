"""What a person must look at, as events for the record."""

from typing import Final

from collector.model.clock import Now
from collector.model.decision import DecisionAction, EventKind, PolicyEvent, RuleState
from collector.policy.channel import REVERSAL_SECONDS, REVERSALS, ChannelMemory
from collector.policy.pending import Pending
from collector.policy.record import Record
from collector.policy.rulebook import Rulebook, Seat
from collector.policy.view import House

# Power follows a contact within seconds: what is still over after this is no after-glow.
HELPLESS_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = 600.0  # an alarm that lasts is said again so often
FOREVER: Final = float("inf")


class Alarms:
    """Says each thing once while it lasts, and again every ten minutes."""

    def __init__(self, house: House, rulebook: Rulebook, record: Record) -> None:
        self._house = house
        self._rulebook = rulebook
        self._record = record

    def failed(
        self, memory: ChannelMemory, pending: Pending, detail: str, now: Now
    ) -> None:
        """A cut-off did not open its contact."""
        if now.mono - memory.failure_said < AGAIN_SECONDS:
            return
        memory.failure_said = now.mono
        order = pending.order
        self._record.add(
            PolicyEvent(
                kind=EventKind.ALARM,
                at=now.wall,
                ieee=order.channel[0],
                channel=order.channel[1],
                rule=order.rules[0] if order.rules else None,
                action=DecisionAction.ALARM,
                origin=order.origin,
                reason=f"Cut-off failed: {detail}",
                command=pending.number,
            )
        )

    def reversals(self, memory: ChannelMemory, now: Now) -> None:
        """A rule's command turns a channel once more: rules, or a person, fight."""
        times = memory.reversals(now.mono)
        said = memory.reversals_said
        if times < REVERSALS or now.mono - said < REVERSAL_SECONDS:
            return
        memory.reversals_said = now.mono
        seats = self._rulebook.of_channel(memory.key)
        names = ", ".join(dict.fromkeys(seat.name for seat in seats))
        self._record.add(
            PolicyEvent(
                kind=EventKind.ALARM,
                at=now.wall,
                ieee=memory.key[0],
                channel=memory.key[1],
                rule=seats[0].name,
                action=DecisionAction.ALARM,
                reason=f"{times} reversals in ten minutes; rules of this channel: {names}",
            )
        )

    def look(self, seat: Seat, now: Now) -> None:
        """Say where a rule is blind, or over its limit with nothing to switch off.

        To be asked whenever a rule has judged, for as long as `seat.watched`.
        """
        verdict = seat.verdict
        blind = verdict.state is RuleState.STALE and bool(verdict.reason)
        if blind and not seat.silence_said:
            # No action that failed: the state says it for as long as it lasts.
            self._say(seat, f"Blind: {verdict.reason}", now, action=None)
        over = verdict.state is RuleState.OVER  # which says nothing of silence
        seat.silence_said = blind or (over and seat.silence_said)
        helpless = self._helpless(seat)
        if not (verdict.alarm or helpless):
            seat.alarm_since = None
            return
        if seat.alarm_since is None:
            seat.alarm_since = now.mono
        due = max(seat.alarm_since + HELPLESS_SECONDS, seat.alarm_said + AGAIN_SECONDS)
        if now.mono >= due:
            seat.alarm_said = now.mono
            more = "; all that it may switch off is off" if helpless else ""
            self._say(seat, verdict.reason + more, now)
            due = now.mono + AGAIN_SECONDS
        seat.due = min(seat.due, due)

    def _helpless(self, seat: Seat) -> bool:
        """Whether everything that it wants off is off, or may not be switched."""
        cut = seat.verdict.cut
        if not cut or seat.verdict.state is RuleState.STALE:
            return False
        for channel in cut:
            view = self._house.view(channel)
            if view is None or channel[1] in view.protected:
                continue
            contact = view.contacts[channel[1]]
            if contact.on is not False or contact.moving:
                return False
        return True

    def _say(
        self,
        seat: Seat,
        reason: str,
        now: Now,
        *,
        action: DecisionAction | None = DecisionAction.ALARM,
    ) -> None:
        ieee = seat.key[1] or next(iter(seat.judge.relays(self._house)), "")
        self._record.add(
            PolicyEvent(
                kind=EventKind.ALARM,
                at=now.wall,
                ieee=ieee,
                rule=seat.name,
                action=action,
                mode=seat.mode,
                reason=reason,
                inputs=seat.judge.inputs(self._house, now),
            )
        )
