"""MT commands of the AF and ZDO subsystems, served for the chip."""

import struct

from collector.simulator import air, zdo
from collector.simulator.chip import (
    COORDINATOR,
    DATA_CONFIRM,
    HOLD,
    STARTED,
    ZDO_RESPONSE,
    Chip,
)
from collector.simulator.device import Device
from collector.simulator.mt_system import BAD_PARAMETER, FAILED, OK, Handler

_DUPLICATE = b"\xb8"
_NOT_STARTED = b"\xc2"  # NWK_INVALID_REQUEST
_GROUP, _NWK, _IEEE, _BROADCAST = 1, 2, 3, 15  # address modes
_FIRST_BROADCAST = 0xFFF8
_EVERY_ENDPOINT = 0xFF
_ZDO = 0  # endpoint
_CHANNEL_CHANGE = 0xFE  # scan duration of Mgmt_NWK_Update
_NEW_NETWORK, _RESTORED_NETWORK = b"\x01", b"\x00"
_ROUTE_FOUND, _NO_ROUTE = b"\x00", b"\x04"

# low byte of ZDO_*_REQ -> ZDO cluster; the data are the address and the ZDO body
_REQUESTS = {
    0x02: zdo.NODE_DESC,
    0x03: zdo.POWER_DESC,
    0x04: zdo.SIMPLE_DESC,
    0x05: zdo.ACTIVE_EP,
    0x06: zdo.MATCH_DESC,
    0x21: zdo.BIND,
    0x22: zdo.UNBIND,
    0x31: zdo.MGMT_LQI,
    0x32: zdo.MGMT_RTG,
    0x33: zdo.MGMT_BIND,
    0x34: zdo.MGMT_LEAVE,
}


class NetworkCommands:
    """What goes out on the air: data, ZDO requests, joining."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.handlers: dict[int, Handler] = {
            0x2400: self._register,
            0x2401: self._data_request,
            0x2402: self._data_request_ext,
            0x2403: self._data_request_routed,
            0x2404: self._unregister,
            0x2410: lambda _: OK,
            0x2500: self._nwk_address,
            0x2501: self._ieee_address,
            0x2536: self._permit,
            0x2537: self._network_update,
            0x253E: self._callbacks_on,
            0x253F: self._callbacks_off,
            0x2540: self._startup,
            0x2545: lambda _: OK,
            0x2546: self._route_check,
            0x2547: self._remove_group,
            0x254A: self._find_group,
            0x254B: self._add_group,
            0x2550: self._network_info,
        }
        for command, cluster in _REQUESTS.items():
            self.handlers[0x2500 | command] = self._zdo_request(cluster)

    # AF ----------------------------------------------------------------------------

    def _register(self, data: bytes) -> bytes:
        endpoint, profile, device, version, _, count = struct.unpack_from(
            "<BHHBBB", data
        )
        if endpoint in self._chip.endpoints:
            return _DUPLICATE
        servers = struct.unpack_from(f"<{count}H", data, 8)
        after = 8 + 2 * count
        clients = struct.unpack_from(f"<{data[after]}H", data, after + 1)
        self._chip.endpoints[endpoint] = (device, version, servers, clients)
        self._chip.profiles[endpoint] = profile
        return OK

    def _unregister(self, data: bytes) -> bytes:
        known = self._chip.endpoints.pop(data[0], None)
        return BAD_PARAMETER if known is None else OK

    def _data_request(self, data: bytes) -> bytes:
        nwk, endpoint, source, cluster, sequence = struct.unpack_from("<HBBHB", data)
        payload = data[10 : 10 + data[9]]
        mode = _BROADCAST if nwk >= _FIRST_BROADCAST else _NWK
        return self._send(mode, nwk, (endpoint, source, cluster, sequence), payload)

    def _data_request_ext(self, data: bytes) -> bytes:
        mode = data[0]
        endpoint, _, source, cluster, sequence = struct.unpack_from("<BHBHB", data, 9)
        (length,) = struct.unpack_from("<H", data, 18)
        payload = data[20 : 20 + length]
        (nwk,) = struct.unpack_from("<H", data, 1)
        if mode == _IEEE:
            device = self._chip.air.find_ieee(data[1:9])
            mode, nwk = _NWK, device.nwk if device else 0xFFFE
        elif mode == _NWK and nwk >= _FIRST_BROADCAST:
            mode = _BROADCAST
        return self._send(mode, nwk, (endpoint, source, cluster, sequence), payload)

    def _data_request_routed(self, data: bytes) -> bytes:
        nwk, endpoint, source, cluster, sequence = struct.unpack_from("<HBBHB", data)
        after = 10 + 2 * data[9]
        payload = data[after + 1 : after + 1 + data[after]]
        return self._send(_NWK, nwk, (endpoint, source, cluster, sequence), payload)

    def _send(
        self, mode: int, address: int, header: tuple[int, int, int, int], data: bytes
    ) -> bytes:
        endpoint, source, cluster, _ = header
        if not self._chip.network.started:
            return _NOT_STARTED
        if source != _ZDO and source not in self._chip.endpoints:
            return BAD_PARAMETER
        if endpoint == _ZDO:
            self._send_zdo(mode, address, cluster, data)
        elif mode == _NWK:
            self._unicast(address, header, data)
        else:
            self._multicast(mode, address, header, data)
        return OK

    def _unicast(
        self, nwk: int, header: tuple[int, int, int, int], data: bytes
    ) -> None:
        """Confirm first, then the answer and the reports, as on the air."""
        endpoint, source, cluster, sequence = header
        device = self._chip.air.find(nwk)
        if device is not None and self._chip.watch is not None:
            self._chip.watch(device.ieee, endpoint, cluster, data)
        if device is not None and device.reachable:
            self._confirm(air.DELIVERED, source, sequence)
            self._chip.air.unicast(nwk, endpoint, cluster, data)
            return
        wait = self._chip.no_ack_seconds
        if device is None:
            self._confirm(air.NWK_NO_ROUTE, source, sequence)
        elif wait is not None:
            self._chip.later(
                wait, lambda: self._confirm(air.MAC_NO_ACK, source, sequence)
            )

    def _multicast(
        self, mode: int, address: int, header: tuple[int, int, int, int], data: bytes
    ) -> None:
        endpoint, source, cluster, sequence = header
        targets: dict[Device, tuple[int, ...]] = {}
        for device in self._chip.air.members:
            endpoints = tuple(device.node().endpoints)
            if mode == _GROUP:
                endpoints = device.in_group(address)
            elif endpoint != _EVERY_ENDPOINT:
                endpoints = tuple(each for each in endpoints if each == endpoint)
            targets[device] = endpoints
        self._chip.air.multicast(targets, cluster, data)
        if mode == _GROUP:
            self._confirm(air.DELIVERED, source, sequence)

    def _confirm(self, status: int, source: int, sequence: int) -> None:
        self._chip.emit(DATA_CONFIRM, bytes((status, source, sequence)))

    # ZDO ---------------------------------------------------------------------------

    def _send_zdo(self, mode: int, address: int, cluster: int, data: bytes) -> None:
        """Put a ZDO request that came as data: transaction number, then the body."""
        sequence, body = data[0], data[1:]
        if mode == _NWK:
            self._chip.ask_zdo(address, cluster, body, sequence)
        elif cluster in {zdo.NWK_ADDR, zdo.IEEE_ADDR}:
            self._ask_owner(cluster, body, sequence)

    def _ask_owner(self, cluster: int, body: bytes, sequence: int = 0) -> None:
        """Let the device answer whose address is asked for."""
        if cluster == zdo.NWK_ADDR:
            device = self._chip.air.find_ieee(body[:8])
            mine = body[:8] == self._chip.network.ieee
        else:
            (nwk,) = struct.unpack_from("<H", body)
            device, mine = self._chip.air.find(nwk), nwk == COORDINATOR
        if mine:
            self._chip.ask_zdo(COORDINATOR, cluster, body, sequence)
        elif device is not None:
            self._chip.ask_zdo(device.nwk, cluster, body, sequence)

    def _zdo_request(self, cluster: int) -> Handler:
        def handle(data: bytes) -> bytes:
            (nwk,) = struct.unpack_from("<H", data)
            self._chip.ask_zdo(nwk, cluster, data[2:], 0)
            return OK

        return handle

    def _nwk_address(self, data: bytes) -> bytes:
        self._ask_owner(zdo.NWK_ADDR, data)
        return OK

    def _ieee_address(self, data: bytes) -> bytes:
        self._ask_owner(zdo.IEEE_ADDR, data)
        return OK

    def _permit(self, data: bytes) -> bytes:
        _, target, seconds = struct.unpack_from("<BHB", data)
        self._chip.air.permit(seconds)
        source = COORDINATOR if target >= _FIRST_BROADCAST else target
        answer = struct.pack("<HB", source, zdo.SUCCESS)
        self._chip.emit(ZDO_RESPONSE & 0xFF00 | 0xB6, answer)
        return OK

    def _network_update(self, data: bytes) -> bytes:
        nwk, _, mask, duration = struct.unpack_from("<HBLB", data)
        if duration == _CHANNEL_CHANGE:
            self._chip.network.change_channel(mask)
        elif nwk < _FIRST_BROADCAST:
            self._chip.ask_zdo(nwk, zdo.MGMT_UPDATE, data[3:9], 0)
        return OK

    def _callbacks_on(self, _data: bytes) -> bytes:
        self._chip.zdo_callbacks = True
        return OK

    def _callbacks_off(self, _data: bytes) -> bytes:
        self._chip.zdo_callbacks = False
        return OK

    def _startup(self, _data: bytes) -> bytes:
        return _NEW_NETWORK if self._chip.start() else _RESTORED_NETWORK

    def _route_check(self, data: bytes) -> bytes:
        (nwk,) = struct.unpack_from("<H", data)
        return _ROUTE_FOUND if self._chip.air.find(nwk) else _NO_ROUTE

    def _find_group(self, data: bytes) -> bytes:
        endpoint, group = struct.unpack_from("<BH", data)
        known = (endpoint, group) in self._chip.groups
        return (OK if known else FAILED) + data[1:3] + b"\x00"

    def _add_group(self, data: bytes) -> bytes:
        endpoint, group = struct.unpack_from("<BH", data)
        self._chip.groups.add((endpoint, group))
        return OK

    def _remove_group(self, data: bytes) -> bytes:
        endpoint, group = struct.unpack_from("<BH", data)
        self._chip.groups.discard((endpoint, group))
        return OK

    def _network_info(self, _data: bytes) -> bytes:
        network = self._chip.network
        nib = network.nib
        state = STARTED if network.started else HOLD
        return (
            struct.pack(
                "<HBHH", COORDINATOR, state, nib.pan_id if nib else 0xFFFF, 0xFFFE
            )
            + (nib.extended_pan_id if nib else bytes(8))
            + bytes(8)
            + bytes((nib.channel if nib else 0,))
        )
