"""What policies decide and what people ask for: log lines, and how long it took."""

import logging
from typing import Final

from collector.events.instruments import COMMAND_TIMES, POLICY_DECISION
from collector.events.repetition import tenfold
from collector.model.command import CommandOutcome, Origin
from collector.model.decision import DecisionAction, EventKind, PolicyEvent

_LOG = logging.getLogger("collector")
_Line = tuple[int, str]  # level, sentence

_OF_KIND: Final[dict[EventKind, _Line]] = {
    EventKind.ALARM: (logging.ERROR, "Alarm"),
    EventKind.RESET: (logging.INFO, "Policy reset"),
    EventKind.OVERRIDE: (logging.INFO, "Override"),
    EventKind.FOREIGN: (logging.INFO, "Contact moved by somebody else"),
}
_OF_OUTCOME: Final[dict[CommandOutcome, _Line]] = {
    CommandOutcome.CONFIRMED: (logging.INFO, "Command confirmed"),
    CommandOutcome.REFUSED: (logging.ERROR, "Command refused"),
    CommandOutcome.FAILED: (logging.ERROR, "Command failed"),
    CommandOutcome.UNKNOWN: (logging.ERROR, "Command given up, contact not known"),
    CommandOutcome.WOULD_ACT: (logging.INFO, "Command not sent"),
}
_BLIND: Final[_Line] = (logging.WARNING, "Policy is blind")
_ASKED_FOR: Final = {
    EventKind.DECISION,
    EventKind.OUTCOME,
    EventKind.RESET,
    EventKind.OVERRIDE,
}
_OF_ACTION: Final[dict[DecisionAction, _Line]] = {
    DecisionAction.OFF: (logging.WARNING, "Policy switches off"),
    DecisionAction.ON: (logging.INFO, "Policy switches on"),
    DecisionAction.ALARM: (logging.ERROR, "Alarm"),
}
_WOULD: Final[dict[DecisionAction | None, _Line]] = {
    DecisionAction.OFF: (logging.INFO, "Policy would switch off"),
    DecisionAction.ON: (logging.INFO, "Policy would switch on"),
}


def policy_event(event: PolicyEvent, name: str) -> None:
    """Say one entry of the record; `name` is that of the relay.

    The relay counts commands and actions itself: its series leave with it.
    """
    level, sentence = _line(event)
    refused = event.kind is EventKind.DECISION and (
        event.outcome is CommandOutcome.REFUSED
    )
    if refused:
        # Whoever asks in vain may do so in a loop.
        times = tenfold("refused", f"{event.ieee} {event.channel} {event.reason}")
        if not times:
            return
        sentence = f"{sentence} ({times} times)" if times > 1 else sentence
    _LOG.log(level, "%s: %s", sentence, _fields(event, name))


def command_ended(origin: Origin, seconds: float) -> None:
    """Observe how long a command took from its decision to its outcome."""
    COMMAND_TIMES[origin].observe(seconds)


def policy_judged(seconds: float) -> None:
    """Observe how long it took from a frame to the commands that it led to."""
    POLICY_DECISION.observe(seconds)


def _line(event: PolicyEvent) -> _Line:
    if event.kind is EventKind.OUTCOME and event.outcome is not None:
        return _OF_OUTCOME[event.outcome]
    if event.kind in _OF_KIND:
        # A rule's alarm without an action: nothing failed, its inputs are silent.
        blind = event.kind is EventKind.ALARM and event.rule and not event.action
        return _BLIND if blind else _OF_KIND[event.kind]
    if event.outcome is CommandOutcome.WOULD_ACT:
        return _WOULD.get(event.action, (logging.INFO, "Policy would act"))
    if event.outcome is CommandOutcome.REFUSED:
        return logging.WARNING, "Request refused, nothing was sent"
    if event.action is DecisionAction.ALARM or event.origin is Origin.POLICY:
        return _OF_ACTION[event.action or DecisionAction.ALARM]
    return logging.INFO, "Command taken"


def _fields(event: PolicyEvent, name: str) -> str:
    """Write key=value of everything that is known; texts of people in quotes."""
    fields: dict[str, object] = {
        "ieee": event.ieee,
        "name": repr(name),
        "channel": event.channel,
        "rule": None if event.rule is None else repr(event.rule),
        "action": event.action,
        "origin": event.origin if event.kind in _ASKED_FOR else None,
        "mode": event.mode if event.outcome is CommandOutcome.WOULD_ACT else None,
        "attempts": event.attempts,
        "seconds": None if event.latency is None else f"{event.latency:.3f}",
        "reason": repr(event.reason) if event.reason else None,
    }
    return " ".join(f"{key}={value}" for key, value in fields.items() if value)
