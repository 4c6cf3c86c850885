"""What people ask for: commands, resets, overrides; refused with a reason, or done."""

from typing import Final

from collector.model.clock import Now
from collector.model.command import Action, CommandOutcome, Origin, RequestRefusedError
from collector.model.decision import DecisionAction, EventKind, PolicyEvent
from collector.model.policy import MOST_OVERRIDE_SECONDS, ChannelKey
from collector.model.quantity import CHANNELS
from collector.policy.arbiter import Arbiter
from collector.policy.contacts import Contacts
from collector.policy.record import Record
from collector.policy.rulebook import Rulebook, Seat
from collector.policy.view import House, RelayView

UNKNOWN: Final = 404
PROTECTED: Final = 403
NOT_NOW: Final = 409
NO_RADIO: Final = 503


class People:
    """The doors' way into the engine; nothing here waits."""

    def __init__(
        self,
        house: House,
        rulebook: Rulebook,
        arbiter: Arbiter,
        contacts: Contacts,
        record: Record,
    ) -> None:
        self._house = house
        self._rulebook = rulebook
        self._arbiter = arbiter
        self._contacts = contacts
        self._record = record
        self.monitor = False

    def switch(
        self, channel: ChannelKey, action: Action, origin: Origin, now: Now
    ) -> int:
        """Send a command and return its number; RequestRefusedError: nothing was sent."""
        try:
            on = self._allowed(channel, action, now)
        except RequestRefusedError as refusal:
            self._refused(channel, action, origin, refusal, now)
            raise
        self._contacts.person_decided(channel, on, now)
        pending = self._arbiter.tracker.get(channel)
        if (
            pending is not None
            and pending.order.on == on
            and pending.moving
            and not pending.settled
        ):
            return pending.number  # the same is on its way, and its outcome is to come
        return self._arbiter.person(channel, on, origin, now).number

    def reset(self, name: str, origin: Origin, now: Now) -> list[Seat]:
        """Clear latch and counts of a policy; sends nothing."""
        seats = self._rulebook.named(name)
        if not seats:
            raise self._unknown(
                f"There is no policy {name[:100]!r}; `collector policy list` names them."
            )
        for seat in seats:
            seat.judge.reset(now)
            seat.verdict = seat.judge.judge(self._house, now)
            self._arbiter.disown(seat)
            self._record.add(
                PolicyEvent(
                    kind=EventKind.RESET,
                    at=now.wall,
                    ieee=seat.key[1],
                    rule=name,
                    origin=origin,
                    reason="latch and retry count cleared; nothing is sent",
                )
            )
        return seats

    def override(self, ieee: str, seconds: float, origin: Origin, now: Now) -> None:
        """Let economy rules stand back on both channels for so long; 0: no longer."""
        view = self._house.relays.get(ieee)
        if view is None:
            raise self._unknown(f"There is no relay {ieee[:100]!r}.")
        seconds = min(seconds, MOST_OVERRIDE_SECONDS)
        for channel in CHANNELS:
            memory = self._arbiter.memory((ieee, channel))
            memory.override_until = now.mono + seconds
            self._arbiter.touch((ieee, channel), now)
        self._record.add(
            PolicyEvent(
                kind=EventKind.OVERRIDE,
                at=now.wall,
                ieee=ieee,
                origin=origin,
                reason=f"economy rules stand back for {seconds:.0f} s",
            )
        )

    def _allowed(self, channel: ChannelKey, action: Action, now: Now) -> bool:
        """Return the direction, or raise RequestRefusedError."""
        view = self._house.view(channel)
        if view is None:
            raise self._unknown(f"There is no relay {channel[0]!r}.")
        if channel[1] not in CHANNELS:
            raise RequestRefusedError(
                UNKNOWN,
                f"There is no channel {channel[1][:20]!r}; there are l1 and l2.",
            )
        if channel[1] in view.protected:
            raise RequestRefusedError(
                PROTECTED,
                f"{channel[1]} is protected: the configuration says that it is never "
                "switched.",
            )
        if self.monitor:
            raise RequestRefusedError(
                NOT_NOW, "Monitor mode: the service never switches anything."
            )
        if self._house.eyes_open is None:
            raise RequestRefusedError(
                NO_RADIO, "The radio is down; nothing can be switched now."
            )
        on = self._direction(view, channel, action)
        if on:
            self._may_close(channel, now)
        return on

    def _unknown(self, sentence: str) -> RequestRefusedError:
        """Before the coordinator has said which relays there are, nobody can know."""
        if self._house.eyes_open is None and not self._house.relays:
            return RequestRefusedError(
                NO_RADIO,
                "The radio is down; which relays there are, and their policies, is "
                "known once it is up.",
            )
        return RequestRefusedError(UNKNOWN, sentence)

    @staticmethod
    def _direction(view: RelayView, channel: ChannelKey, action: Action) -> bool:
        if action is not Action.TOGGLE:
            return action is Action.ON
        state = view.contacts[channel[1]].on
        if state is None:
            raise RequestRefusedError(
                NOT_NOW,
                f"The state of {channel[1]} is not known, so it cannot be toggled; say "
                "on or off.",
            )
        return not state

    def _may_close(self, channel: ChannelKey, now: Now) -> None:
        for seat in self._rulebook.keeping_off(channel):
            if seat.protection:
                raise RequestRefusedError(
                    NOT_NOW,
                    f"Policy {seat.name!r} keeps {channel[1]} off "
                    f"({seat.why or seat.verdict.state}); reset it first.",
                )
        if not self._arbiter.permits.interlock_allows(channel, now):
            raise RequestRefusedError(
                NOT_NOW,
                "Interlock: the other channel is not known to be off; switch it off "
                "first.",
            )

    def _refused(
        self,
        channel: ChannelKey,
        action: Action,
        origin: Origin,
        refusal: RequestRefusedError,
        now: Now,
    ) -> None:
        """A refusal is on record, too, where it names a channel that exists."""
        if refusal.status == UNKNOWN:
            return
        self._record.add(
            PolicyEvent(
                kind=EventKind.DECISION,
                at=now.wall,
                ieee=channel[0],
                channel=channel[1],
                action=None if action is Action.TOGGLE else DecisionAction(action),
                origin=origin,
                reason=refusal.sentence,
                outcome=CommandOutcome.REFUSED,
            )
        )
