"""Commands to a relay's contacts, and how they end."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Who wants a command; the label of a counter."""

    POLICY = "policy"
    API = "api"
    MQTT = "mqtt"
    CLI = "cli"
    CONFIG = "config"  # a setting that the configuration asks for


class CommandOutcome(StrEnum):
    """How a command ended; the label of a counter."""

    CONFIRMED = "confirmed"  # the contact is reported, or was read, as asked for
    REFUSED = "refused"  # not sent, or the relay answered with an error to the last
    FAILED = "failed"  # the relay answers, and its contact or its power says no
    UNKNOWN = "unknown"  # given up: nobody knows the contact until it is read
    WOULD_ACT = "would_act"  # dry run or monitor mode: nothing was sent


class Action(StrEnum):
    """What a person may ask of a channel."""

    ON = "on"
    OFF = "off"
    TOGGLE = "toggle"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchCommand:
    """One attempt to move a contact, to be sent at once."""

    number: int  # of the command; its attempts share it
    attempt: int  # 1, 2, …
    ieee: str
    channel: str  # "l1" or "l2"
    on: bool
    origin: Origin
    cut_off: bool  # it protects: before everything else, at CRITICAL priority
    seconds: float  # real s that the attempt may take; not transmitted later than that


class AttemptResult(StrEnum):
    """What became of one attempt, as far as the radio knows."""

    ANSWERED = "answered"  # default response with status 0: not yet an open contact
    REFUSED = "refused"  # default response with another status
    NO_ANSWER = "no_answer"  # in vain until the time limit; it may have been heard
    NOT_SENT = "not_sent"  # the radio is down, or the relay is not on the network


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingWrite:
    """A setting that the configuration asks for, to be written into a relay."""

    ieee: str
    setting: str  # "interlock" or "power_outage_memory"
    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchResult:
    """How a person's command ended."""

    ieee: str
    channel: str
    on: bool  # what was asked for
    outcome: CommandOutcome
    attempts: int
    seconds: float  # from the request to the outcome
    detail: str = ""  # a sentence, where it is not confirmed


class RequestRefusedError(Exception):
    """A person's request was turned down; nothing was sent."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status  # of HTTP: 404 unknown, 403 protected, 409 not now
        self.sentence = sentence
        super().__init__(sentence)
