"""Answers the requests to the bridge; there is always an answer."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from collector.model.command import Origin, RequestRefusedError
from collector.model.errors import TransientError
from collector.model.quantity import CHANNELS, Quantity
from collector.mqtt.bridge import Bridge
from collector.mqtt.device import Device
from collector.mqtt.intents import Problem
from collector.mqtt.network_map import raw_map
from collector.mqtt.ports import MqttPorts
from collector.mqtt.requests import (
    BridgeOptions,
    Configure,
    DeviceOptions,
    Interview,
    MapNetwork,
    OtaUpdate,
    PermitJoin,
    Plain,
    Remove,
    Rename,
    ResetPolicy,
    Wish,
    parse_request,
    response,
    understand,
)
from collector.mqtt.topics import Topics

NO_OTA: Final = (
    "Device '{}' does not support OTA updates: no provider of images is configured"
)
# What takes seconds of the radio, or all of the disk.
_ONE_AT_A_TIME: Final = (MapNetwork, Interview, Configure, Remove, Plain)
_LEVELS: Final = ("debug", "info", "warning", "error")


class ResponderVoice(Protocol):
    """Where answers go."""

    topics: Topics

    def tell(self, topic: str, document: Any) -> None:
        """Put an answer on its way."""

    def complain(self, problem: Problem) -> None:
        """Say what could not be done."""

    def learned(self, ieee: str) -> None:
        """Something of a relay has changed: its name, its options, its facts."""


class Refused(Exception):  # noqa: N818  # an answer, not a fault
    """The sentence that a request is answered with."""


class Responder:
    """Takes requests, one task for each."""

    def __init__(
        self,
        ports: MqttPorts,
        voice: ResponderVoice,
        bridge: Bridge,
        device: Callable[[str], Device],
    ) -> None:
        """`device` describes a relay."""
        self._ports = ports
        self._voice = voice
        self._bridge = bridge
        self._device = device
        self._under_way: set[Wish] = set()
        self._doers: dict[type, Callable[[Any], Awaitable[dict[str, Any]]]] = {
            PermitJoin: self._permit_join,
            DeviceOptions: self._device_options,
            Rename: self._rename,
            Remove: self._remove,
            Interview: self._interview,
            Configure: self._configure,
            OtaUpdate: self._ota,
            MapNetwork: self._map,
            BridgeOptions: self._options,
            ResetPolicy: self._reset,
            Plain: self._plain,
        }

    async def asked(self, name: str, payload: bytes) -> None:
        """Answer a request; there is always an answer."""
        request = parse_request(name, payload)
        if isinstance(request, Problem):
            self._answer(name, request.message, None)
            return
        wish = understand(request)
        result: dict[str, Any] | str
        if isinstance(wish, str):
            result = wish
        else:
            try:
                result = await self._do(wish)
            except RequestRefusedError as error:
                result = error.sentence
            except (Refused, TransientError, ValueError, LookupError) as error:
                result = str(error)
        self._answer(name, result, request.transaction)

    def _answer(
        self, name: str, result: dict[str, Any] | str, transaction: object | None
    ) -> None:
        topics = self._voice.topics
        self._voice.tell(topics.response(name), response(result, transaction))
        if isinstance(result, str):
            topic = f"{topics.base}/bridge/request/{name}"
            sentence = f"Request '{topic}' failed with error: '{result}'"
            self._voice.complain(Problem("error", sentence, f"request {name[:40]}"))

    async def _do(self, wish: Wish) -> dict[str, Any]:
        heavy = wish if not isinstance(wish, MapNetwork) else MapNetwork()
        if not isinstance(heavy, _ONE_AT_A_TIME):
            return await self._doers[type(wish)](wish)
        if heavy in self._under_way:
            raise Refused("the same is already in progress; wait for its answer")
        self._under_way.add(heavy)
        try:
            return await self._doers[type(wish)](wish)
        finally:
            self._under_way.discard(heavy)

    async def _remove(self, wish: Remove) -> dict[str, Any]:
        if wish.block:
            raise Refused("'block' is not supported by this collector")
        await self._ports.remove(self._ieee(wish.device), force=wish.force)
        return {"id": wish.device, "block": False, "force": wish.force}

    async def _interview(self, wish: Interview) -> dict[str, Any]:
        ieee = self._ieee(wish.device)
        self._bridge.interview(ieee, "IN_PROGRESS")
        try:
            await self._ports.interview(ieee)
        except TransientError:
            self._bridge.interview(ieee, "FAILED")
            raise
        self._bridge.interview(ieee, "SUCCESSFUL")
        self._voice.learned(self._ieee(wish.device))
        return {"id": wish.device}

    async def _ota(self, wish: OtaUpdate) -> dict[str, Any]:
        self._ieee(wish.device)
        raise Refused(NO_OTA.format(wish.device))

    async def _map(self, wish: MapNetwork) -> dict[str, Any]:
        value = raw_map(await self._ports.network_map(), self._ports.name_of)
        return {"routes": wish.routes, "type": "raw", "value": value}

    async def _reset(self, wish: ResetPolicy) -> dict[str, Any]:
        await self._ports.reset_policy(wish.policy, Origin.MQTT)
        return {"name": wish.policy}

    async def _plain(self, wish: Plain) -> dict[str, Any]:
        name = wish.name
        if name == "health_check":
            return {"healthy": self._ports.healthy()}
        if name == "coordinator_check":
            missing = await self._ports.check_coordinator()
            devices = [self._device(ieee) for ieee in missing]
            return {
                "missing_routers": [
                    {"friendly_name": each.name, "ieee_address": each.z2m_ieee}
                    for each in devices
                ]
            }
        if name == "backup":
            return {"zip": base64.b64encode(await self._ports.backup()).decode()}
        self._ports.restart()
        return {}

    async def _permit_join(self, wish: PermitJoin) -> dict[str, Any]:
        if wish.device is not None:
            raise Refused("'device' is not supported by this collector: all may join")
        await self._ports.permit_join(wish.seconds)
        self._bridge.joining(wish.seconds)
        return {"time": wish.seconds}

    async def _device_options(self, wish: DeviceOptions) -> dict[str, Any]:
        ieee, options = self._ieee(wish.device), wish.options
        before = dict(self._ports.options_of(ieee))
        if "friendly_name" in options:
            raise Refused("'friendly_name' is changed with device/rename")
        await self._ports.amend(ieee, {f"options.{k}": v for k, v in options.items()})
        self._voice.learned(ieee)
        after = dict(self._ports.options_of(ieee))
        return {
            "id": wish.device,
            "from": before,
            "to": after,
            "restart_required": False,
        }

    async def _rename(self, wish: Rename) -> dict[str, Any]:
        if wish.device is None:
            raise Refused("'last' is not supported by this collector: name the device")
        ieee = self._ieee(wish.device)
        if wish.to == "bridge" or wish.to.startswith("bridge/"):
            raise Refused("friendly_name 'bridge' is what the service itself is called")
        before = self._ports.name_of(ieee)
        await self._ports.amend(ieee, {"name": wish.to})
        self._voice.learned(ieee)
        return {
            "from": before,
            "to": wish.to,
            "homeassistant_rename": wish.homeassistant,
        }

    async def _configure(self, wish: Configure) -> dict[str, Any]:
        """Read what can be read; what the configuration asks for is kept anyway."""
        ieee = self._ieee(wish.device)
        answered = [
            await self._ports.read(ieee, Quantity.STATE, channel)
            for channel in CHANNELS
        ]
        answered.append(await self._ports.read(ieee, Quantity.INTERLOCK, None))
        if not any(answered):
            raise TransientError("the relay does not answer")
        return {"id": wish.device}

    async def _options(self, wish: BridgeOptions) -> dict[str, Any]:
        options = wish.options
        level = options.get("advanced", {})
        level = level.get("log_level") if isinstance(level, dict) else None
        if level not in _LEVELS or options != {"advanced": {"log_level": level}}:
            raise Refused(
                "Of the options only advanced.log_level can be changed here "
                f"({', '.join(_LEVELS)}); the rest stands in collector.yaml"
            )
        self._bridge.log_level = level
        self._ports.set_log_level(level)
        self._bridge.changed()
        return {"restart_required": False}

    def _ieee(self, name: str) -> str:
        ieee = self._ports.relay_named(name)
        if ieee is None:
            raise Refused(f"Device '{name[:100]}' does not exist")
        return ieee
