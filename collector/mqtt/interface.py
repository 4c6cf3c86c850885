"""The MQTT side as one part: what is heard from the broker, and what is told to it."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from collector import events
from collector.config.mqtt import Mqtt
from collector.model.command import Origin, SettingWrite, SwitchCommand
from collector.model.decision import EventKind, PolicyEvent
from collector.model.status import Availability
from collector.mqtt.actions import Actions
from collector.mqtt.bridge import Bridge
from collector.mqtt.commands import plan_get, plan_set
from collector.mqtt.complaints import Complaints
from collector.mqtt.intents import Problem
from collector.mqtt.message import Message, to_json
from collector.mqtt.outbox import WAITING_AT_MOST, Outbox
from collector.mqtt.ownership import Ownership
from collector.mqtt.ports import MqttPorts
from collector.mqtt.publisher import Publisher
from collector.mqtt.report import Report
from collector.mqtt.responder import Responder
from collector.mqtt.surroundings import Surroundings
from collector.mqtt.topics import GetTopic, RequestTopic, SetTopic, Topics

REPORTS_AT_MOST: Final = 5_000  # reports, about ten seconds of the busiest network
ROOM: Final = WAITING_AT_MOST // 4  # messages that may wait before a renewal
STEP: Final = 20  # reports between two turns of the loop
POLICY_SECONDS: Final = 1.0  # between two looks at the rules' states


class MqttInterface:
    """Zigbee2MQTT's interface for every relay of the line."""

    def __init__(
        self,
        config: Mqtt,
        ports: MqttPorts,
        around: Surroundings,
    ) -> None:
        self._config = config
        self._ports = ports
        self._clock = clock = around.clock
        self._breathe = around.breathe
        self._spawn = around.spawn
        self.outbox = Outbox()
        self.topics = Topics(config.base_topic)
        self.publisher = Publisher(
            config, ports, self.topics, self.send, clock, around.zone
        )
        self.show = self.publisher.show
        device = self.publisher.device
        self.bridge = Bridge(config, ports, self, around, device)
        self._responder = Responder(ports, self, self.bridge, device)
        self._actions = Actions(ports, self, around.spawn)
        self._complaints = Complaints(clock, self._log)
        self._ownership = Ownership(
            self.topics, around.collector_id, shared=config.allow_shared_base_topic
        )
        self._reports: deque[Report] = deque()
        self._news = asyncio.Event()
        self._kept_sets: deque[tuple[str, bytes]] = deque(maxlen=20)  # to be ignored
        self._renewals: dict[str, bool] = {}  # relays to be said anew: all of it?
        self._renewing = asyncio.Event()
        self.open = False  # whether this base topic is ours

    @property
    def waiting(self) -> int:
        """How many reports and messages wait."""
        return len(self._reports) + len(self.outbox)

    def subscriptions(self) -> list[str]:
        """Return the topic filters to subscribe to."""
        return [
            *(*self._ownership.topics, *self.topics.subscriptions()),
            self._config.homeassistant.status_topic,
        ]

    # what the line tells; none of these waits -------------------------------------------

    def report(self, report: Report) -> None:
        """Take what a frame brought."""
        if len(self._reports) >= REPORTS_AT_MOST:
            self._reports.popleft()
            events.queue_dropped("mqtt")
        self._reports.append(report)
        self._news.set()

    def answered_command(self, command: SwitchCommand) -> None:
        """A relay has said yes to an attempt."""
        if command.origin is Origin.MQTT:
            self._actions.heard(command.ieee, command.channel, on=command.on)

    def availability(self, ieee: str, availability: Availability) -> None:
        """A relay is there, or gone."""
        self.publisher.availability(ieee, availability)

    def roster(self, ieee: str, word: str) -> None:
        """A relay joined, came back, left or was removed."""
        self.bridge.roster(ieee, word)
        if word == "removed":
            self.publisher.disappeared(ieee)
        else:
            self.publisher.appeared(ieee, joined=word == "joined")
        if word == "known" and self.open:
            self.publisher.show(ieee)  # its state of before the restart

    def decided(self, event: PolicyEvent, name: str) -> None:
        """Take an entry of the record: what rules decide is told."""
        if event.rule is None or event.kind not in {
            EventKind.DECISION,
            EventKind.ALARM,
        }:
            return
        data = {
            "policy": event.rule,
            "friendly_name": name,
            "channel": event.channel,
            "action": event.action.value if event.action else event.kind.value,
            "reason": event.reason,
        }
        self.tell(self.topics.bridge("event"), {"type": "policy", "data": data})

    def written(self, write: SettingWrite, done: bool) -> None:
        """A setting was written, by whomever."""
        if done and write.setting == "power_outage_memory":
            self.publisher.answered(write.ieee, {write.setting: write.value})

    def amended(self) -> None:
        """Names, options or rules have changed."""
        self._renew_all(whole=False)
        self.bridge.changed()

    def learned(self, ieee: str) -> None:
        """More is known of a relay's hardware."""
        self.publisher.appeared(ieee)
        self.bridge.changed()

    # what goes out ----------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Put a state on its way; a newer one of its topic takes its place."""
        if self.open:
            self.outbox.put(message)

    def tell(self, topic: str, document: Any, *, retain: bool = False) -> None:
        """Put on its way what is no state, and must not be left out."""
        if self.open:
            self.outbox.put(Message(topic, to_json(document), retain), ordered=True)

    def answered(self, ieee: str, values: Mapping[str, Any]) -> None:
        """Publish what a relay has said yes to."""
        self.publisher.answered(ieee, values)

    def result(self, ieee: str, document: dict[str, Any]) -> None:
        """Answer a set that carried a transaction."""
        name = self._ports.name_of(ieee)
        self.tell(self.topics.set_response(name), document)

    def complain(self, problem: Problem) -> None:
        """Say what could not be done."""
        self._complaints.complain(problem)

    def log(self, level: str, message: str) -> None:
        """Tell a line of the service's log."""
        self._complaints.log(level, message, "collector")

    def _log(self, document: Any) -> None:
        self.tell(self.topics.bridge("logging"), document)

    # what comes in ----------------------------------------------------------------------

    def heard(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message of the broker; never waits."""
        if self.open and not retained:
            self.bridge.overheard(topic, payload)
        if self._ownership.heard(topic, payload, retained):
            return
        if not self.open:
            if (
                retained
            ):  # they come with the connection, before it is known whose it is
                self._kept_sets.append((topic, payload))
            return
        if topic == self._config.homeassistant.status_topic:
            if payload == b"online" and not retained:
                self._renew_all(whole=True)
        else:
            self._command(topic, payload, retained)

    def _command(self, topic: str, payload: bytes, retained: bool) -> None:
        asked = self.topics.parse(topic, self._ports.relay_named)
        if asked is None:
            return
        if retained:
            events.mqtt_message("in", "ignored")
            sentence = (
                f"a retained message on {topic} is ignored: it would act at every start; "
                "publish without retain"
            )
            if events.mqtt_complaint("retained", sentence):
                self._complaints.log("warning", sentence)
            return
        if isinstance(asked, RequestTopic):
            events.mqtt_message("in", "accepted")
            self._spawn(self._responder.asked(asked.request, payload))
            return
        if asked.ieee is None:
            self.complain(
                Problem("error", f"Entity '{asked.name}' is unknown", "unknown entity")
            )
            return
        self._plan(asked.ieee, asked, payload)

    def _plan(self, ieee: str, asked: SetTopic | GetTopic, payload: bytes) -> None:
        name = self._ports.name_of(ieee)
        setting = isinstance(asked, SetTopic)
        make = plan_set if setting else plan_get
        plan = make(name, asked.endpoint, asked.attribute, payload)
        if plan.intents:
            events.mqtt_message("in", "accepted")
        verb = "set" if setting else "get"
        self._spawn(self._actions.carry_out(ieee, plan, verb))

    # tasks ------------------------------------------------------------------------------

    async def run_reports(self) -> None:
        """Publish what the line brings, for ever; gives way to commands."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._reports:
                for _ in range(min(STEP, len(self._reports))):
                    report = self._reports.popleft()
                    self._actions.reported(report.ieee, report.readings)
                    self.publisher.report(report)
                await self._breathe()

    async def run_timers(self) -> None:
        """Send what was held back, and the states of rules, for ever."""
        looked = float("-inf")
        while True:
            now = self._clock.now().mono
            due = self.publisher.flush(now)
            if now - looked >= POLICY_SECONDS:
                looked = now
                await self.publisher.look_at_rules(self._breathe)
                await self.bridge.flush(self._breathe)
            await self._clock.sleep(min(0.1, max(0.01, due - now)))

    async def settle(self) -> str | None:
        """Return why this base topic cannot be ours; TimeoutError: nobody knows yet."""
        self._ownership.begin()
        self.outbox.put(Message(self._ownership.probe, ""))
        return await self._ownership.found()

    def begin(self) -> None:
        """This base topic is ours: say everything."""
        self.open = True
        self.bridge.everything()
        self._renew_all(whole=True)
        while self._kept_sets:
            self._command(*self._kept_sets.popleft(), True)

    def _renew_all(self, *, whole: bool) -> None:
        """Have each relay said anew; `whole`: all of it, though nothing has changed."""
        for ieee in self._ports.known():
            self._renewals[ieee] = whole or self._renewals.get(ieee, False)
        self._renewing.set()

    async def run_renewals(self) -> None:
        """Say relays anew, one after the other, for ever; gives way to commands."""
        while True:
            await self._renewing.wait()
            self._renewing.clear()
            while self._renewals:
                ieee = next(iter(self._renewals))
                whole = self._renewals.pop(ieee)
                # All at once would push each other out of the outbox.
                while len(self.outbox) > ROOM:
                    await self._clock.sleep(0.02)
                if ieee in self._ports.known():
                    self.publisher.renew(ieee, whole=whole)
                await self._breathe()
