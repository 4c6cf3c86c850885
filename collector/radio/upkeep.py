"""What a person asks of the radio now and then: remove, interview, map, read, ping.

All of it at LOW priority and one request at a time, so that a cut-off finds the way
free.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from zigpy.device import ZigbeeDevice
from zigpy.exceptions import DeliveryError
from zigpy.types import PacketPriority
from zigpy.zdo import ZDO
from zigpy.zdo.types import Status as ZdoStatus

from collector.model.errors import TransientError
from collector.model.network import DeviceFacts, MapLink, NetworkMap
from collector.radio import network_map
from collector.radio.application import RelayApplication
from collector.radio.attempt import attempt, reason
from collector.radio.cluster_names import CLUSTERS, ClusterNames
from collector.radio.interview import interview
from collector.radio.join import is_relay
from collector.radio.reads import READ_SECONDS, ask, plain, records_of, word

LEAVE_SECONDS = 5.0
GOODBYE_SECONDS = 1.0  # from the answer to the coordinator's word that it has left
PING_SECONDS = 2.0

_ZCL_VERSION = 0x0000  # attribute of Basic


class Upkeep:
    """Maintenance of one network; `require` returns the open application, or raises."""

    def __init__(self, require: Callable[[], RelayApplication]) -> None:
        self._require = require
        self._turn = asyncio.Lock()
        self._interviewed: str | None = None  # ieee of the device being interviewed

    async def remove(self, ieee: str, *, force: bool) -> None:
        """Ask a device to leave and forget it; `force`: forget it whatever it says.

        TransientError where it is unknown, does not answer in LEAVE_SECONDS or refuses.
        A device that was forgotten by force and still belongs comes back when it speaks.
        """
        async with self._turn:
            app = self._require()
            device = _device(app, ieee)
            try:
                await _leave(app, device)
            except TransientError:
                if not force or app.gone:
                    raise
            _forget(app, device)

    async def interview(self, ieee: str) -> None:
        """Read descriptors, endpoints and Basic attributes anew, within 30 s.

        TransientError where the device is unknown or the reading breaks off.
        """
        async with self._turn:
            app = self._require()
            device = _device(app, ieee)
            self._interviewed = str(device.ieee)
            try:
                complete = await interview(app, device)
            except Exception as error:
                raise _failure(app, ieee, error) from error
            finally:
                self._interviewed = None
            if not complete:
                raise TransientError(f"The interview of device {ieee} broke off")

    def facts(self, app: RelayApplication | None, ieee: str) -> DeviceFacts | None:
        """Return what is known of a device, or None where it is not, or the radio down."""
        try:
            device = _device(app, ieee) if app is not None else None
        except TransientError:
            return None
        if device is None:
            return None
        busy = self._interviewed == str(device.ieee)
        return network_map.facts(device, interviewing=busy)

    async def network_map(self) -> NetworkMap:
        """Ask the coordinator and each relay for its neighbours, 5 s each at the most.

        TransientError where the radio is down.
        """
        app = self._require()
        links: list[MapLink] = []
        asked: set[Any] = set()
        failed: set[Any] = set()
        for device in _devices(app):
            if int(device.nwk) != 0 and not is_relay(device):
                continue
            asked.add(device.ieee)
            async with self._turn:
                if self._require() is not app:
                    raise TransientError("The coordinator was opened anew meanwhile")
                try:
                    links += await network_map.links(app, device)
                except Exception:  # noqa: BLE001  # whatever it was: the map says so
                    failed.add(device.ieee)
        nodes = (
            network_map.node(each, asked=each.ieee in asked, failed=each.ieee in failed)
            for each in _devices(app)
        )
        return NetworkMap(nodes=tuple(nodes), links=tuple(links))

    async def read_attributes(
        self,
        ieee: str,
        endpoint: int,
        cluster: int,
        attributes: Sequence[int],
        manufacturer: int | None,
    ) -> dict[int, object]:
        """Read attributes of any cluster; return plain values by attribute.

        TransientError where the device does not know one of them, or does not answer.
        """
        async with self._turn:
            app = self._require()
            place = _device(app, ieee).endpoints.get(endpoint) if endpoint else None
            if place is None or cluster not in place.in_clusters:
                raise TransientError(
                    f"Device {ieee} has no cluster 0x{cluster:04x} at endpoint {endpoint}"
                )
            try:
                async with attempt(app, READ_SECONDS):
                    answer = await ask(place, cluster, attributes, manufacturer)
            except Exception as error:
                raise _failure(app, ieee, error, READ_SECONDS) from error
        records = records_of(answer, ieee, cluster)
        if cluster == network_map.BASIC and manufacturer is None:
            for attribute, value in records.items():  # so that `facts` has them
                place.in_clusters[cluster].update_attribute(attribute, value)
        return {attribute: plain(value) for attribute, value in records.items()}

    async def ping(self, ieee: str) -> bool:
        """Read zclVersion; return whether the device answered within 2 s."""
        async with self._turn:
            try:
                app = self._require()
                place = _device(app, ieee).endpoints[1]
                async with attempt(app, PING_SECONDS):
                    await ask(place, network_map.BASIC, [_ZCL_VERSION], None)
            except Exception:  # noqa: BLE001  # whatever it was: no answer
                return False
        return True


def cluster_and_attributes(
    cluster: str | int, names: Sequence[str | int]
) -> tuple[int, list[int]]:
    """Return the numbers of a cluster and its attributes, named as Zigbee2MQTT does.

    LookupError, with a sentence, for a name that is not known.
    """
    if isinstance(cluster, str):
        if cluster not in CLUSTERS:
            raise LookupError(f"Cluster '{cluster}' is not known")
        known = CLUSTERS[cluster]
    else:
        number = _number(cluster, "Cluster")
        of_number = (each for each in CLUSTERS.values() if each.cluster == number)
        known = next(of_number, ClusterNames(number, {}))
    return known.cluster, [
        known.attributes[name]
        if isinstance(name, str) and name in known.attributes
        else _number(name, "Attribute")
        for name in names
    ]


def _number(value: str | int, what: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFFFF:
        return value
    raise LookupError(f"{what} '{value}' is not known")


async def _leave(app: RelayApplication, device: Any) -> None:
    """Ask the device to leave, and wait until the coordinator has seen it go."""
    goodbye = _Goodbye(device)
    app.add_listener(goodbye)
    try:
        await _ask_to_leave(app, device, goodbye)
    finally:
        app.remove_listener(goodbye)


async def _ask_to_leave(
    app: RelayApplication, device: Any, goodbye: "_Goodbye"
) -> None:
    try:
        async with attempt(app, LEAVE_SECONDS):
            (status,) = await device.zdo.Mgmt_Leave_req(
                device.ieee,
                ZDO.LeaveOptions.NONE,
                priority=PacketPriority.LOW,
                retries=0,
                timeout=LEAVE_SECONDS,
            )
    except Exception as error:
        if goodbye.said.is_set():
            return  # only its answer got lost
        raise _failure(app, str(device.ieee), error, LEAVE_SECONDS) from error
    if status != ZdoStatus.SUCCESS:
        raise TransientError(f"Device {device.ieee} refused to leave: {word(status)}")
    with suppress(TimeoutError):  # no word of it: the device has said yes all the same
        async with asyncio.timeout(GOODBYE_SECONDS):
            await goodbye.said.wait()


class _Goodbye:
    """Listener of zigpy's: hears that one device has left."""

    def __init__(self, device: Any) -> None:
        self._device = device
        self.said = asyncio.Event()

    def device_left(self, device: Any) -> None:
        """A device has left the network."""
        if device.ieee == self._device.ieee:
            self.said.set()


def _forget(app: RelayApplication, device: Any) -> None:
    """Take the device out of zigpy's memory and database; its listeners are told."""
    device.cancel_initialization()
    app.devices.pop(device.ieee, None)
    app.listener_event("device_removed", device)
    device.on_remove()


def _devices(app: RelayApplication) -> list[Any]:
    """Return the coordinator and all that speak Zigbee proper."""
    return [each for each in app.devices.values() if isinstance(each, ZigbeeDevice)]


def _device(app: RelayApplication, ieee: str) -> Any:
    """Return a device that is not the coordinator; TransientError where unknown."""
    for device in _devices(app):
        if str(device.ieee) == ieee.lower() and int(device.nwk) != 0:
            return device
    raise TransientError(f"Device {ieee} is not on the network")


def _failure(
    app: RelayApplication, ieee: str, error: Exception, seconds: float | None = None
) -> TransientError:
    """Return a sentence that says why a device could not be asked."""
    why = reason(app, error)
    if app.gone:
        return TransientError(f"The radio went down while device {ieee} was asked")
    if why == "timeout":
        limit = "in time" if seconds is None else f"within {seconds:g} s"
        return TransientError(f"Device {ieee} did not answer {limit}")
    if isinstance(error, DeliveryError):
        return TransientError(f"Device {ieee} could not be reached: {why}")
    what = str(error) or type(error).__name__
    return TransientError(f"Device {ieee} could not be asked: {what}")
