"""The recorded steps of a Zigbee2MQTT, and the service that has to take them."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collector.app.service import Service
from tests.integration.service_world import BOILER
from tests.servers.mqtt_house import BASE, Heard, House

Wire = tuple[int, int, str]  # endpoint, cluster, ZCL frame with its sequence as "NN"
Said = tuple[str, Any, bool, int]  # topic, payload, retain, qos

_FILE = Path(__file__).parents[1] / "zigbee2mqtt/transcript.jsonl"
_BARRIER = 0x80  # and above: sequence numbers of the frames that end a step
_TIME = 0x000A
_TIME_IS = bytes.fromhex("01000000e2")  # read response: attribute 0 is of type UTC
_NO_DEFAULT_RESPONSE = 0x10  # bit of the frame control
# The recording left out what the bridge keeps saying of itself.
_NOT_RECORDED = tuple(
    f"{BASE}/bridge/{word}"
    for word in (
        "logging",
        "info",
        "devices",
        "definitions",
        "groups",
        "request/",
    )
)
# What the service reads on its own: a contact after a command, what is polled, the
# interlock after it was written, and now and then hardware version and date code.
OWN_READS: frozenset[Wire] = frozenset(
    {
        (1, 0x0000, "00NN0003000600"),
        (1, 0x0006, "00NN000000"),
        (2, 0x0006, "00NN000000"),
        (1, 0x000C, "00NN005500"),
        (1, 0x0010, "045f11NN0006ff"),
    }
)


@dataclass(frozen=True)
class Step:
    """What came in, and what Zigbee2MQTT made of it."""

    name: str
    came: tuple[Mapping[str, Any], ...]
    wire: tuple[Wire, ...]
    messages: tuple[Said, ...]
    complaints: tuple[str, ...]  # level and sentence of its errors


@dataclass(frozen=True)
class Outcome:
    """What is made of a step."""

    wire: tuple[Wire, ...]
    messages: tuple[Said, ...]
    complaints: tuple[str, ...]  # on bridge/logging, under Zigbee2MQTT's name


def steps() -> list[Step]:
    """Return all steps in their order."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [_step(json.loads(line)) for line in lines]


def _step(document: dict[str, Any]) -> Step:
    return Step(
        document["step"],
        tuple(document["in"]),
        tuple(
            (each["ep"], each["cluster"], masked(bytes.fromhex(each["hex"])))
            for each in document["zcl_out"]
        ),
        tuple(
            (each["topic"], _payload(each["payload"]), each["retain"], each["qos"])
            for each in document["mqtt_out"]
        ),
        tuple(
            f"error {each['message']}"
            for each in document["log"]
            if each["level"] == "error"
        ),
    )


def _payload(text: str) -> Any:
    payload: Any = json.loads(text) if text else {}
    if "linkquality" in payload:  # the simulator has its own
        assert type(payload["linkquality"]) is int
        payload["linkquality"] = "any"
    return payload


def masked(frame: bytes) -> str:
    """Return a ZCL frame as hex, without what may differ in every step.

    That is the sequence number, the moment in an answer about the time, and whether a
    default response is wanted to what is answered anyway.
    """
    control = frame[0] if frame[0] & 0x01 else frame[0] & ~_NO_DEFAULT_RESPONSE
    at = 3 if frame[0] & 0x04 else 1
    head = bytes((control,)) + frame[1:at]
    if frame[at + 1 :].startswith(_TIME_IS):
        return f"{head.hex()}NN{_TIME_IS.hex()} and the time"
    return f"{head.hex()}NN{frame[at + 1 :].hex()}"


class Play:
    """Gives steps to the service, and collects what it does."""

    def __init__(self, here: House, busy: "Busy") -> None:
        self._here = here
        self._busy = busy
        self._frames: list[tuple[int, int, bytes]] = []
        self._marks = 0
        self._ends = 0
        self._marked = asyncio.Event()
        self._from = 0
        here.air.watch(self._frame)

    def _frame(self, ieee: str, endpoint: int, cluster: int, data: bytes) -> None:
        assert ieee == BOILER
        if cluster == _TIME and data[1] >= _BARRIER:
            self._marked.set()
        else:
            self._frames.append((endpoint, cluster, data))

    def begin(self) -> None:
        """Forget what was before."""
        self._frames.clear()
        self._from = len(self._here.ear.messages)

    async def do(self, step: Step) -> None:
        """Let in come what came in."""
        for each in step.came:
            if "zigbee" in each:
                frame = each["zigbee"]
                self._here.air.inject(
                    BOILER,
                    frame["ep"],
                    frame["cluster"],
                    bytes.fromhex(frame["hex"]),
                    frame.get("groupID", 0),
                )
            else:
                message = each["mqtt"]
                client = self._here.ear.client
                await client.publish(message["topic"], message["payload"])
        await self.settle()

    async def settle(self) -> None:
        """Return when everything that has come in is done."""
        await self._round()  # it has been heard …
        await self._busy.idle()  # … and carried out,
        self._marked.clear()
        self._ends += 1
        sequence = _BARRIER + self._ends % _BARRIER  # a duplicate would be dropped
        time = bytes((0x10, sequence, 0x00, 0x00, 0x00))
        self._here.air.inject(BOILER, 1, _TIME, time)
        async with asyncio.timeout(5):
            await self._marked.wait()  # and the relay has said all,
        await self._round()  # which has been published.

    async def _round(self) -> None:
        """Have a message go to the service and back."""
        self._marks += 1
        mark = f"barrier-{self._marks}"
        ear = self._here.ear
        await ear.say("bridge/request/health_check", f'{{"transaction": "{mark}"}}')
        await ear.until(
            lambda m: m.topic.endswith("response/health_check") and mark in m.payload
        )

    async def more(self) -> bool:
        """Wait for one more message; return whether one came."""
        try:
            await self._here.ear.until(lambda _: True, 3.0)
        except AssertionError:
            return False
        return True

    @property
    def heard(self) -> list[Heard]:
        """Every message since `begin`."""
        return self._here.ear.messages[self._from :]

    def outcome(self) -> Outcome:
        """Return what happened since `begin`."""
        heard = self.heard
        return Outcome(
            tuple((e, c, masked(data)) for e, c, data in self._frames),
            tuple(
                (m.topic, _payload(m.payload), m.retain, m.qos)
                for m in heard
                if _counts(m)
            ),
            tuple(_complaints(heard)),
        )


def _counts(message: Heard) -> bool:
    if "barrier-" in message.payload or not message.topic.startswith(BASE):
        return False
    # Requests are the test's own; policies Zigbee2MQTT does not know.
    aside = ("/set", "/get", "/set/state_l1", "/policy")
    return not message.topic.startswith(_NOT_RECORDED) and (
        not message.topic.endswith(aside)
    )


def _complaints(heard: list[Heard]) -> list[str]:
    documents = [m.document for m in heard if m.topic == f"{BASE}/bridge/logging"]
    return [
        f"{each['level']} {each['message']}"
        for each in documents
        if each["level"] in {"error", "warning"} and each["namespace"] == "z2m"
    ]


def wrong(expected: Outcome, found: Outcome, before: Said | None) -> list[str]:
    """Return what is not as expected; `before` is the state that was said last."""
    pairs = {
        "on the wire": (_orders(expected.wire), _orders(found.wire)),
        "answers": (_answers(expected.messages), _answers(found.messages)),
        "complaints": (expected.complaints, found.complaints),
    }
    wrongs = [f"{what}: {a} became {b}" for what, (a, b) in pairs.items() if a != b]
    wanted, said = states(expected.messages), states(found.messages)
    # What was said before may be said again: by the read that confirms it, or late.
    first = [before] if before is not None else []
    late = _unrepeated([*first, *wanted])
    if said != wanted and (said != late or (wanted and not said)):
        wrongs.append(f"states: {wanted} became {said}")
    missing = {each for each in expected.wire if each in OWN_READS} - {*found.wire}
    return [*wrongs, *(f"nobody has read {each}" for each in missing)]


def states(messages: tuple[Said, ...]) -> list[Said]:
    """Return all but the answers, each once where it is repeated at once.

    Answers leave by another queue than states; their order is not looked at.
    """
    return _unrepeated([each for each in messages if "/response/" not in each[0]])


def _unrepeated(messages: list[Said]) -> list[Said]:
    return [
        each for at, each in enumerate(messages) if at == 0 or each != messages[at - 1]
    ]


def _answers(messages: tuple[Said, ...]) -> list[Said]:
    return [each for each in messages if "/response/" in each[0]]


def _orders(wire: tuple[Wire, ...]) -> list[Wire]:
    return [each for each in wire if each not in OWN_READS]


class Busy:
    """Counts what the service has begun for a message and not ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._running = 0
        self._news = asyncio.Event()
        spawn = Service._spawn

        def counted(service: Service, work: Coroutine[Any, Any, None]) -> None:
            self._running += 1
            spawn(service, self._count(work))

        monkeypatch.setattr(Service, "_spawn", counted)

    async def _count(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._running -= 1
            self._news.set()

    async def idle(self) -> None:
        """Wait until nothing runs."""
        async with asyncio.timeout(15):
            while self._running:
                self._news.clear()
                await self._news.wait()
