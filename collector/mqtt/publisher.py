"""What every relay's topics say, kept in step with the line."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any, Final

from collector.config.mqtt import Mqtt
from collector.model.clock import Clock
from collector.model.decision import RuleStatus
from collector.model.status import Availability
from collector.mqtt.device import Device
from collector.mqtt.discovery import entities
from collector.mqtt.identity import coordinator_of
from collector.mqtt.message import Message, to_json
from collector.mqtt.policy_discovery import policy_entities
from collector.mqtt.ports import MqttPorts
from collector.mqtt.publishing import RelayPublisher, merged
from collector.mqtt.report import Report
from collector.mqtt.said_rules import SaidRules
from collector.mqtt.topics import Topics
from collector.mqtt.values import values_of

Send = Callable[[Message], None]

_AVAILABILITY_QOS: Final = 1


class Publisher:
    """The publishers of all relays, and what stands beside their states."""

    def __init__(
        self,
        config: Mqtt,
        ports: MqttPorts,
        topics: Topics,
        send: Send,
        clock: Clock,
        zone: tzinfo,
    ) -> None:
        self._config = config
        self._ports = ports
        self._topics = topics
        self._send = send
        self._clock = clock
        self._zone = zone
        self._relays: dict[str, RelayPublisher] = {}
        self._kept: dict[str, Mapping[str, object]] = {}  # states of before
        self._names: dict[str, str] = {}  # under which each is published
        self._online: dict[str, bool] = {}
        self._policies: dict[str, SaidRules] = {}
        self._ruled: dict[str, set[str]] = {}  # names of rules that were discovered
        # Discovery that the broker keeps: by relay, topic -> hash of the payload.
        self._discovered: dict[str, dict[str, int]] = {}

    # what happens ---------------------------------------------------------------------

    def report(self, report: Report) -> None:
        """A frame of a relay brought this."""
        if report.ieee not in self._names:
            return  # it was removed
        relay = self._of(report.ieee)
        relay.received(
            values_of(report.readings, relay.options.precision),
            report.now.mono,
            lqi=report.lqi,
            at=report.now.wall,
            on_off=report.on_off,
        )

    def answered(self, ieee: str, values: Mapping[str, Any]) -> None:
        """A relay has said yes to a command; its report may not come."""
        if ieee in self._names:
            self._of(ieee).optimistic(values, self._clock.now().mono)

    def availability(self, ieee: str, availability: Availability) -> None:
        """A relay is there, or gone."""
        online = availability is not Availability.GONE
        if self._online.get(ieee) != online:
            self._online[ieee] = online
            self._say_availability(ieee)

    def appeared(self, ieee: str, *, joined: bool = False) -> None:
        """A relay is known from now on, or has another name or other options.

        `joined`: its interview is at its end.
        """
        relay = self._of(ieee)
        name, before = self._ports.name_of(ieee), self._names.get(ieee)
        now = self._clock.now().mono
        if before == name:
            relay.reconfigure(self._topics.state(name), self._options(ieee), now)
        else:
            self._names[ieee] = name
            if before is not None and before not in self._names_of_others(ieee):
                self._clear(before)
            relay.reconfigure(self._topics.state(name), self._options(ieee), now)
            self._say_availability(ieee)
            if before is not None:
                relay.publish_now(now)
                if ieee in self._policies:
                    self._policies[ieee].forget()
        self._discover(ieee, joined=joined)

    def _names_of_others(self, ieee: str) -> set[str]:
        """Return what others are called by now: two names may change places."""
        others = (other for other in self._names if other != ieee)
        return {self._ports.name_of(other) for other in others}

    def disappeared(self, ieee: str) -> None:
        """A relay was removed: the broker forgets it, and so do we."""
        self._relays.pop(ieee, None)
        self._kept.pop(ieee, None)
        self._policies.pop(ieee, None)
        self._online.pop(ieee, None)
        self._ruled.pop(ieee, None)
        name = self._names.pop(ieee, None)
        if name is not None:
            self._clear(name)
        for topic in self._discovered.pop(ieee, {}):
            self._send(Message(topic, "", retain=True, qos=1))

    def show(self, ieee: str) -> None:
        """Publish the whole state of a relay as it is known."""
        self._of(ieee).publish_now(self._clock.now().mono)

    def renew(self, ieee: str, *, whole: bool) -> None:
        """Say what is new of a relay; `whole`: all, as the broker may have forgotten."""
        if whole:
            self._discovered.pop(ieee, None)
            if ieee in self._policies:
                self._policies[ieee].forget()
            self._online[ieee] = self._ports.online(ieee)
        self.appeared(ieee)
        if whole:
            self._say_availability(ieee)
            if self._relays[ieee].state.known:
                self.show(ieee)

    async def look_at_rules(self, breathe: Callable[[], Awaitable[None]]) -> None:
        """Say what the rules of each relay have come to; `breathe` lets others run."""
        for ieee in self.published:
            await breathe()
            self.rules(ieee, self._ports.rules_of(ieee))

    @property
    def published(self) -> tuple[str, ...]:
        """The relays that have topics."""
        return tuple(self._names)

    def rules(self, ieee: str, rules: Mapping[str, RuleStatus]) -> None:
        """Say the state of every rule of a relay: at once where a state has changed.

        A margin alone is said anew after MARGIN_SECONDS.
        """
        name, now = self._names.get(ieee), self._clock.now()
        if name is None:
            return
        if not rules.keys() <= self._ruled.get(ieee, set()):
            self._ruled[ieee] = set(rules)
            self._discover(ieee)  # a relay that has joined has no rules at first
        said = self._policies.setdefault(ieee, SaidRules())
        document = said.news(rules, now)
        if document is not None:
            self._send(
                Message(self._topics.policy(name), to_json(document), retain=True)
            )

    def flush(self, now: float) -> float:
        """Send what throttling and debouncing held back; return when to come again."""
        due = float("inf")
        for relay in self._relays.values():
            if relay.next_due() <= now:
                relay.flush(now)
            due = min(due, relay.next_due())
        return due

    def next_due(self) -> float:
        """Return when something that was held back is due, monotonic s."""
        return min((r.next_due() for r in self._relays.values()), default=float("inf"))

    # what outlives a restart ----------------------------------------------------------

    def restore(self, documents: Mapping[str, Mapping[str, object]]) -> None:
        """Take the states that an earlier process kept."""
        self._kept = dict(documents)

    def dump(self) -> dict[str, dict[str, object]]:
        """Return the states of all relays, as plain JSON."""
        return {ieee: relay.state.dump() for ieee, relay in self._relays.items()}

    # ----------------------------------------------------------------------------------

    def _of(self, ieee: str) -> RelayPublisher:
        relay = self._relays.get(ieee)
        if relay is None:
            topic = self._topics.state(self._ports.name_of(ieee))
            relay = RelayPublisher(topic, self._options(ieee), self._send)
            relay.state.load(self._kept.get(ieee, {}))
            memory = self._ports.memory_of(ieee)
            if memory is not None:
                relay.state.update({"power_outage_memory": memory})
            self._relays[ieee] = relay
        return relay

    def _options(self, ieee: str) -> Any:
        defaults = self._config.model_dump(include=set(_SHARED), exclude_none=True)
        defaults["last_seen"] = self._config.last_seen
        defaults["homeassistant"] = self._config.homeassistant.enabled
        return merged(defaults, self._ports.options_of(ieee), zone=self._zone)

    def _say_availability(self, ieee: str) -> None:
        name, online = self._names.get(ieee), self._online.get(ieee)
        if name is None or online is None or not self._config.availability:
            return
        text = to_json({"state": "online" if online else "offline"})
        topic = self._topics.availability(name)
        self._send(Message(topic, text, retain=True, qos=_AVAILABILITY_QOS))

    def _clear(self, name: str) -> None:
        """Have the broker forget what it keeps under a name."""
        self._send(Message(self._topics.state(name), "", retain=True))
        topic = self._topics.availability(name)
        self._send(Message(topic, "", retain=True, qos=_AVAILABILITY_QOS))
        self._send(Message(self._topics.policy(name), "", retain=True))

    def _discover(self, ieee: str, *, joined: bool = False) -> None:
        if not self._config.homeassistant.enabled:
            return
        device = self.device(ieee)
        if joined:
            device = replace(device, interview="SUCCESSFUL")
        elif device.interview == "IN_PROGRESS":
            return  # what Home Assistant has stays; the end of it calls again
        assistant = self._config.homeassistant
        where: dict[str, Any] = {
            "base": self._topics.base,
            "discovery_topic": assistant.discovery_topic,
            "availability": self._config.availability,
            "coordinator": coordinator_of(self._ports.identity()),
        }
        wanted = [
            *entities(device, last_seen=self._config.last_seen, **where),
            *policy_entities(device, **where),
        ]
        before = self._discovered.get(ieee, {})
        hashes = {message.topic: hash(message.payload) for message in wanted}
        for topic in before.keys() - hashes.keys():
            self._send(Message(topic, "", retain=True, qos=1))
        for message in wanted:
            if before.get(message.topic) != hashes[message.topic]:
                self._send(message)
        self._discovered[ieee] = hashes

    def device(self, ieee: str) -> Device:
        """Return what is known of a relay as a device."""
        facts = self._ports.facts(ieee)
        return Device(
            ieee=ieee,
            name=self._ports.name_of(ieee),
            nwk=facts.nwk if facts else None,
            date_code=facts.date_code if facts else None,
            software_build_id=facts.sw_build if facts else None,
            hw_version=facts.hw_version if facts else None,
            interview=facts.interview.value if facts else "SUCCESSFUL",
            options=self._ports.options_of(ieee),
            channel_names=self._ports.channel_names(ieee),
            policies=tuple(self._ports.rules_of(ieee)),
        )


_SHARED: Final = frozenset(
    {
        "retain",
        "qos",
        "retention",
        "throttle",
        "debounce",
        "debounce_ignore",
        "filtered_attributes",
        "filtered_cache",
        "filtered_optimistic",
        "optimistic",
        "state_action",
    }
)
