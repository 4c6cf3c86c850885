"""Where the service does otherwise than a recorded Zigbee2MQTT, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.simulator.identity import ON_OFF
from tests.integration.service_world import BOILER
from tests.servers.mqtt_transcript import Outcome, Said, Step, Wire, steps

STEPS = {step.name: step for step in steps()}
ORDER = list(STEPS)
KEPT = {"voltage": 234.01, "current": 0.01}


@dataclass(frozen=True)
class Difference:
    """What is otherwise in one step; None is as recorded."""

    why: str
    wire: tuple[Wire, ...] | None = None
    answer: Mapping[str, Any] | None = None  # what the recorded answer says instead
    complaints: tuple[str, ...] | None = None
    shows: bool = False  # the state is published, as it is already
    silent: bool = False  # what is recorded is not published


NO_CHANNEL = (
    "warning z2m: Publish 'set' to 'relay': 'state' has no channel, l1 is meant; "
    "state_l1 would say so"
)
NO_ATTRIBUTE = (
    "error z2m: Publish 'set' 'read' to 'relay' failed: 'Error: Attribute 0x0006 of "
    f"cluster 0x0000 of device {BOILER}: UNSUPPORTED_ATTRIBUTE'"
)
NO_OTA = (
    "Device 'relay' does not support OTA updates: no provider of images is configured"
)
OTA_CHECK = "zigbee2mqtt/bridge/request/device/ota_update/check"
ON, OFF = (1, ON_OFF, "01NN01"), (2, ON_OFF, "01NN00")
READ_STATES = ((1, ON_OFF, "00NN000000"), (2, ON_OFF, "00NN000000"))
READ_INTERLOCK = (1, 0x0010, "045f11NN0006ff")

DIFFERENCES = {
    "set state_l2 TOGGLE": Difference(
        "sent as the opposite of the known state: a repeated toggle would undo itself",
        wire=(OFF,),
    ),
    "set state (no ep)": Difference(
        "a state without a channel is l1's, with a warning", complaints=(NO_CHANNEL,)
    ),
    "plain ON": Difference("as above", complaints=(NO_CHANNEL,)),
    "on_time": Difference(
        "an ON comes first, through the same checks as any other, and is published; "
        "the relay that ignores the time is on at least; the time is for a closed "
        "contact only: one that was cut meanwhile stays open",
        wire=(ON, (1, ON_OFF, "01NN420158020000")),
        shows=True,
    ),
    "interlock true": Difference(
        "published when it was read back, not when it was written",
        wire=((1, 0x0010, "045f11NN0206ff1001"), READ_INTERLOCK),
    ),
    "interlock false": Difference(
        "as above", wire=((1, 0x0010, "045f11NN0206ff1000"), READ_INTERLOCK)
    ),
    "interlock string ON": Difference(
        'the string "false" is false, there it is true',
        wire=((1, 0x0010, "045f11NN0206ff1000"), READ_INTERLOCK),
    ),
    "get interlock": Difference(
        "read from the device, an error there",
        wire=(READ_INTERLOCK,),
        complaints=(),
        shows=True,
    ),
    "get power_outage_memory": Difference(
        "publishes what was last written, an error there", complaints=(), shows=True
    ),
    "read generic": Difference(
        "another wording of the relay's refusal", complaints=(NO_ATTRIBUTE,)
    ),
    "req ota check": Difference(
        "no firmware images are offered; the recorded error is the recording's own",
        answer={"error": NO_OTA},
        complaints=(f"error z2m: Request '{OTA_CHECK}' failed with error: '{NO_OTA}'",),
    ),
    "req configure": Difference(
        "reads what can be read: there is nothing to set up",
        wire=(*READ_STATES, READ_INTERLOCK),
        shows=True,
    ),
    "HA birth": Difference(
        "everything is said again (there the recording ended)", silent=True, shows=True
    ),
}


@dataclass(frozen=True)
class KeyDifference:
    """A key of the state that has another value, or is not there."""

    why: str
    since: str  # step
    until: str  # step, not this one any more
    theirs: tuple[Any, ...]
    ours: Any  # None: no such key


KEYS: tuple[tuple[str, KeyDifference], ...] = (
    (
        "interlock",
        KeyDifference(
            "read from the device at start", "started", "interlock true", (None,), False
        ),
    ),
    (
        "interlock",
        KeyDifference("a boolean", "interlock string ON", "", ("false",), False),
    ),
    (
        "voltage",
        KeyDifference(
            "0 V is no measurement: the last one stays",
            "onoff ep1 on",
            "",
            (0,),
            KEPT["voltage"],
        ),
    ),
    (
        "current",
        KeyDifference("as above", "onoff ep1 on", "", (0,), KEPT["current"]),
    ),
    (
        "state",
        KeyDifference("l1 is meant, and said", "set state (no ep)", "", ("ON",), None),
    ),
    (
        "state_l1",
        KeyDifference("as above", "set state (no ep)", "get state_l1", ("OFF",), "ON"),
    ),
)


def expected(step: Step, before: Said | None) -> Outcome:
    """Return what the service makes of a step; `before` is the state said last."""
    other = DIFFERENCES.get(step.name, Difference(""))
    messages = (
        () if other.silent else tuple(_said(step, each) for each in step.messages)
    )
    if other.answer is not None:
        messages = tuple((t, {**p, **other.answer}, r, q) for t, p, r, q in messages)
    if step.name == "HA birth":
        topic = "zigbee2mqtt/relay/availability"
        messages = ((topic, {"state": "online"}, True, 1), *messages)
    if other.shows:
        assert before is not None
        messages = (*messages, before)
    return Outcome(
        step.wire if other.wire is None else other.wire,
        messages,
        step.complaints if other.complaints is None else other.complaints,
    )


def _said(step: Step, message: Said) -> Said:
    topic, payload, retain, qos = message
    if "linkquality" not in payload:
        return message
    state = dict(payload)
    at = ORDER.index(step.name)
    for key, other in KEYS:
        until = ORDER.index(other.until) if other.until else len(ORDER)
        if ORDER.index(other.since) <= at < until and state.get(key) in other.theirs:
            state[key] = other.ours
            if other.ours is None:
                del state[key]
    return topic, state, retain, qos
