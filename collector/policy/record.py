"""Events for the record, and the counters of commands and actions."""

from collections.abc import Iterable

from collector.model.clock import Now
from collector.model.command import CommandOutcome, Origin, SettingWrite
from collector.model.decision import DecisionAction, EventKind, Input, PolicyEvent
from collector.model.policy import ChannelKey
from collector.model.status import ActionKey, CommandKey
from collector.policy.effects import Effects
from collector.policy.pending import Pending


class Record:
    """Writes events into the effects, and counts by relay since the start."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.commands: dict[str, dict[CommandKey, int]] = {}
        self.actions: dict[str, dict[ActionKey, int]] = {}

    def add(self, event: PolicyEvent) -> None:
        """Keep an event; count it where it ends something."""
        self._effects.events.append(event)
        if event.kind is EventKind.ALARM:
            self._count_action(event, event.rule, CommandOutcome.FAILED)
        elif event.kind is EventKind.DECISION and event.outcome is not None:
            # Nothing was sent: refused to a person, or dry run.
            self._count_command(event, event.outcome)
            self._count_action(event, event.rule, event.outcome)

    def decided(
        self,
        pending: Pending,
        rule: str | None,
        inputs: tuple[Input, ...],
        reason: str,
        now: Now,
    ) -> None:
        """A command was decided; `rule` None: by a person."""
        order = pending.order
        self.add(
            PolicyEvent(
                kind=EventKind.DECISION,
                at=now.wall,
                ieee=order.channel[0],
                channel=order.channel[1],
                rule=rule,
                action=action_of(order.on),
                origin=order.origin,
                reason=reason,
                inputs=inputs,
                command=pending.number,
            )
        )

    def ended(
        self, pending: Pending, outcome: CommandOutcome, detail: str, now: Now
    ) -> None:
        """A command has its outcome; it counts for every rule behind it."""
        order = pending.order
        event = PolicyEvent(
            kind=EventKind.OUTCOME,
            at=now.wall,
            ieee=order.channel[0],
            channel=order.channel[1],
            rule=order.rules[0] if order.rules else None,
            action=action_of(order.on),
            origin=order.origin,
            reason=detail or order.reason,
            command=pending.number,
            outcome=outcome,
            attempts=pending.attempt,
            latency=max(0.0, now.mono - pending.asked.mono),
        )
        self.add(event)
        self._count_command(event, outcome)
        for rule in order.rules:
            self._count_action(event, rule, outcome)

    def wrote(self, write: SettingWrite, now: Now, *, done: bool) -> None:
        """A setting of the configuration was written, or the relay did not take it."""
        outcome = CommandOutcome.CONFIRMED if done else CommandOutcome.FAILED
        event = PolicyEvent(
            kind=EventKind.OUTCOME,
            at=now.wall,
            ieee=write.ieee,
            channel=None,
            origin=Origin.CONFIG,
            reason=f"{write.setting} set to {str(write.value).lower()}",
            outcome=outcome,
        )
        self.add(event)
        self._count_command(event, outcome)

    def dropped(self, name: str, held: Iterable[ChannelKey], now: Now) -> None:
        """A policy with a latch is no longer configured: its latch ends with it."""
        for ieee, channel in held:
            self.add(
                PolicyEvent(
                    kind=EventKind.RESET,
                    at=now.wall,
                    ieee=ieee,
                    channel=channel,
                    rule=name,
                    origin=Origin.CONFIG,
                    reason="the policy is no longer configured: its latch is dropped, "
                    "nothing is sent",
                )
            )

    def forget(self, ieee: str) -> None:
        """A relay was removed: its series vanish."""
        self.commands.pop(ieee, None)
        self.actions.pop(ieee, None)

    def _count_command(self, event: PolicyEvent, outcome: CommandOutcome) -> None:
        key = (event.channel or "", event.origin, outcome)
        counts = self.commands.setdefault(event.ieee, {})
        counts[key] = counts.get(key, 0) + 1

    def _count_action(
        self, event: PolicyEvent, rule: str | None, outcome: CommandOutcome
    ) -> None:
        if rule is None or event.action is None:
            return
        key = (rule, event.channel or "", event.action, outcome, event.mode)
        counts = self.actions.setdefault(event.ieee, {})
        counts[key] = counts.get(key, 0) + 1


def action_of(on: bool) -> DecisionAction:
    """Return the word for a direction."""
    return DecisionAction.ON if on else DecisionAction.OFF
