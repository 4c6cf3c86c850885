"""Home Assistant's discovery of policies: state and margin of a rule, and its reset.

They read the retained topic B/FN/policy, {"NAME": {"state", "margin", "since"}}, where
the margin is (limit - value) / limit; Home Assistant shows it in percent.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from collector.model.decision import RuleState
from collector.mqtt.definition import Entry
from collector.mqtt.device import Coordinator, Device
from collector.mqtt.discovery import Place, announce, withdrawn
from collector.mqtt.message import Message, to_json

_OTHER: Final = re.compile(r"[^a-zA-Z0-9_-]+")
_MARKED: Final = re.compile(r"(.*_)?[0-9a-f]{10}")  # as slug marks a name
_READABLE: Final = 40  # characters kept of a name that needs a mark


def policy_entities(
    device: Device,
    *,
    base: str,
    discovery_topic: str,
    availability: bool,
    coordinator: Coordinator | None = None,
) -> list[Message]:
    """Return the entities of the policies of a relay, retained at QoS 1.

    State and reset stay there while the relay is gone: that is when they matter. Its
    `homeassistant` option works as for the rest, with names as policy_SLUG_state.
    """
    place = Place(
        base=base,
        discovery_topic=discovery_topic,
        availability=availability,
        coordinator=coordinator,
    )
    always = replace(place, availability=False)
    found: list[Message] = []
    for policy in dict.fromkeys(device.policies):
        found += announce(device, _own(policy, base, device.name), always)
        found += announce(device, [_margin(policy, base, device.name)], place)
    return found


def policy_removals(
    device: Device, *, base: str, discovery_topic: str
) -> list[Message]:
    """Return empty retained messages for all that `policy_entities` publishes.

    Of a relay whose option `homeassistant` changed, remove the old and the new.
    """
    shown = replace(device, interview="SUCCESSFUL")
    plain = replace(shown, options={})
    every = [
        message
        for one in (plain, shown)
        for message in policy_entities(
            one, base=base, discovery_topic=discovery_topic, availability=False
        )
    ]
    return withdrawn(every, ())


def slug(name: str) -> str:
    """Return a name as Home Assistant takes it in a topic: [a-zA-Z0-9_-], never empty.

    A name that is one already stays as it is; others get a mark, so that no two names
    have the same slug, whatever the others are.
    """
    plain = _OTHER.sub("_", name)
    if plain == name and name and not _MARKED.fullmatch(name):
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{plain[:_READABLE].strip('_')}_{mark}".lstrip("_")


def quoted(name: str) -> str:
    """Return a name as a string literal of Jinja, which has Python's escapes.

    JSON's are the same but for characters beyond 0xFFFF, which are left as they are.
    """
    return json.dumps(name, ensure_ascii=False)


def _rule(policy: str) -> str:
    """Return the expression of a rule, which the topic may not know yet."""
    return f"(value_json[{quoted(policy)}] | default({{}}))"


def _own(policy: str, base: str, name: str) -> Iterator[Entry]:
    """Yield what the service itself knows: the state, and the way to reset it."""
    yield Entry(
        "sensor",
        f"policy_{slug(policy)}_state",
        {
            "device_class": "enum",
            "entity_category": "diagnostic",
            "icon": "mdi:shield-check",
            "name": policy,
            "options": [state.value for state in RuleState],
            "state_topic": f"{base}/{name}/policy",
            # Home Assistant skips an empty state, and warns of one not in `options`.
            "value_template": f'{{{{ {_rule(policy)}["state"] | default("") }}}}',
        },
    )
    yield Entry(
        "button",
        f"policy_{slug(policy)}_reset",
        {
            "command_topic": f"{base}/bridge/request/policy/reset",
            "entity_category": "config",
            "icon": "mdi:shield-refresh",
            "name": f"Reset {policy}",
            "payload_press": to_json({"name": policy}),
            "state_topic": None,
        },
    )


def _margin(policy: str, base: str, name: str) -> Entry:
    template = (
        f'{{% set margin = {_rule(policy)}["margin"] | default(none) %}}'
        "{{ none if margin is none else (margin * 100) | round(1) }}"
    )
    return Entry(
        "sensor",
        f"policy_{slug(policy)}_margin",
        {
            "entity_category": "diagnostic",
            "icon": "mdi:gauge",
            "name": f"{policy} margin",
            "state_class": "measurement",
            "state_topic": f"{base}/{name}/policy",
            "suggested_display_precision": 1,
            "unit_of_measurement": "%",
            "value_template": template,
        },
    )
