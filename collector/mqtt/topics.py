"""Which topic means what, under one base topic."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from collector.mqtt.intents import Channel

# An endpoint may be given by its number, too, as to Zigbee2MQTT.
_ENDPOINTS: Final[dict[str, Channel]] = {"l1": "l1", "l2": "l2", "1": "l1", "2": "l2"}
_VERBS: Final = ("set", "get")
MOST_LEVELS: Final = 5  # of a friendly name with slashes that is heard
# What is published below a friendly name: heard again, and no request of anybody.
_OWN: Final = ("", "/availability", "/policy", "/set/response")
_LONGEST: Final = 1024  # characters below the base; a name has 100 at most


@dataclass(frozen=True, slots=True)
class SetTopic:
    """Somebody wants a relay to do something."""

    name: str  # friendly name or address, as it stands in the topic
    ieee: str | None  # None: nothing is called so
    endpoint: Channel | None  # where the topic names one
    attribute: str | None  # what the payload is the value of; None: a JSON object


@dataclass(frozen=True, slots=True)
class GetTopic:
    """Somebody wants to know something of a relay; the fields are those of SetTopic."""

    name: str
    ieee: str | None
    endpoint: Channel | None
    attribute: str | None


@dataclass(frozen=True, slots=True)
class RequestTopic:
    """Somebody asks the bridge: permit_join, device/rename and so on."""

    request: str  # in the case it was asked in; the answer's topic ends with the same


Known = Callable[[str], str | None]


class Topics:
    """The topics below one base topic, such as `zigbee2mqtt`."""

    def __init__(self, base: str) -> None:
        self.base = base

    def state(self, name: str) -> str:
        """Return where a relay's state is published."""
        return f"{self.base}/{name}"

    def availability(self, name: str) -> str:
        """Return where it stands whether a relay is online."""
        return f"{self.base}/{name}/availability"

    def policy(self, name: str) -> str:
        """Return where the states of a relay's policies are published."""
        return f"{self.base}/{name}/policy"

    def set_response(self, name: str) -> str:
        """Return where a set that carried a transaction is answered."""
        return f"{self.base}/{name}/set/response"

    def bridge(self, word: str) -> str:
        """Return a topic of the bridge: state, info, devices, logging, event."""
        return f"{self.base}/bridge/{word}"

    def response(self, request: str) -> str:
        """Return where a request to the bridge is answered."""
        return f"{self.base}/bridge/response/{request}"

    def subscriptions(self) -> list[str]:
        """Return the topic filters of everything that may be asked.

        Not all below the base topic, as Zigbee2MQTT does: the broker would send each of
        our own states back. No two of them match one topic, or a TOGGLE would come
        twice, but those of a name that ends in "set" or "get".
        """
        return [
            self.bridge("request/#"),
            *(
                f"{self.base}/{'+/' * levels}{verb}{rest}"
                for levels in range(1, MOST_LEVELS + 2)  # an endpoint below the name
                for verb in _VERBS
                for rest in ("", "/+")
            ),
        ]

    def parse(
        self, topic: str, known: Known
    ) -> SetTopic | GetTopic | RequestTopic | None:
        """Return what is asked for, or None for what asks nothing.

        `known` returns the address of a friendly name or address, or None. A name may
        itself contain "/set": the longest known one wins.
        """
        head, below, rest = topic.partition(f"{self.base}/")
        if head or not below:
            return None
        if rest.startswith("bridge/"):
            request = rest.removeprefix("bridge/request/")
            return RequestTopic(request) if request not in {"", rest} else None
        if len(rest) > _LONGEST or not any(f"/{verb}" in rest for verb in _VERBS):
            return None  # nearly everything that is heard: our own states
        return _longest(rest, known)


def _longest(rest: str, known: Known) -> SetTopic | GetTopic | None:
    """Return what the longest known name is asked; else what the shortest would be."""
    unknown: SetTopic | GetTopic | None = None
    best: SetTopic | GetTopic | None = None
    for asked in _readings(rest, known):
        if asked.ieee is None:
            unknown = unknown or asked
        elif best is None or len(asked.name) > len(best.name):
            best = asked
    own = max((len(name) for name in _own_names(rest, known)), default=-1)
    if best is not None:
        return best if len(best.name) > own else None
    return unknown if own < 0 else None


def _readings(rest: str, known: Known) -> Iterator[SetTopic | GetTopic]:
    """Yield each way to take the levels apart at a "set" or "get"."""
    levels = rest.split("/")
    for at, verb in enumerate(levels):
        name, below = "/".join(levels[:at]), levels[at + 1 :]
        attribute = "/".join(below)
        if verb not in _VERBS or not name or (below and not attribute):
            continue
        endpoint: Channel | None = None
        ieee = known(name)
        outer, slash, last = name.rpartition("/")
        if ieee is None and slash and outer and last in _ENDPOINTS:
            name, endpoint, ieee = outer, _ENDPOINTS[last], known(outer)
        kind = SetTopic if verb == "set" else GetTopic
        yield kind(name, ieee, endpoint, attribute or None)


def _own_names(rest: str, known: Known) -> Iterator[str]:
    """Yield the names of relays that this is a publication of."""
    for suffix in _OWN:
        name = rest.removesuffix(suffix)
        if rest.endswith(suffix) and known(name) is not None:
            yield name
