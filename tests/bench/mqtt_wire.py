"""MQTT 3.1.1 on a plain socket: as little as a stamp on arrival needs, and no library."""

import socket
from collections.abc import Iterator

CONNECT, CONNACK, PUBLISH, SUBSCRIBE, SUBACK = 0x10, 0x20, 0x30, 0x82, 0x90
CHUNK = 1 << 16


def connected(port: int, name: str) -> socket.socket:
    """Return a connection to the broker of this machine that never needs a ping."""
    broker = socket.create_connection(("127.0.0.1", port), 10)
    broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Protocol level 4, a clean session, keepalive 0: section 3.1 of the standard.
    broker.sendall(packet(CONNECT, _text("MQTT") + b"\x04\x02\x00\x00" + _text(name)))
    _expect(broker, CONNACK)
    broker.settimeout(None)
    return broker


def subscribe(broker: socket.socket, topic: str) -> None:
    """Subscribe with QoS 0; nothing may be retained there."""
    broker.sendall(packet(SUBSCRIBE, b"\x00\x01" + _text(topic) + b"\x00"))
    _expect(broker, SUBACK)


def publish(topic: str, payload: bytes) -> bytes:
    """Return the packet of a message with QoS 0."""
    return packet(PUBLISH, _text(topic) + payload)


def packet(kind: int, body: bytes) -> bytes:
    """Return a packet: its kind, the length in groups of seven bits, its body."""
    length, left = bytearray(), len(body)
    while True:
        left, low = left >> 7, left & 0x7F
        length.append(low | (0x80 if left else 0))
        if not left:
            return bytes((kind,)) + length + body


class Stream:
    """The messages in what comes, however it is cut into pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Give topic and payload of each message that is complete now."""
        data, place = self._rest + data, 0
        while (found := _framed(data, place)) is not None:
            begin, end = found
            if data[place] & 0xF0 == PUBLISH:
                topic = begin + 2 + int.from_bytes(data[begin : begin + 2])
                yield data[begin + 2 : topic].decode(), data[topic:end]
            place = end
        self._rest = data[place:]


def _framed(data: bytes, place: int) -> tuple[int, int] | None:
    """Return where the body of the packet at `place` begins and ends; None: not yet."""
    length = 0
    for at in range(place + 1, len(data)):
        length |= (data[at] & 0x7F) << 7 * (at - place - 1)
        if not data[at] & 0x80:
            end = at + 1 + length
            return (at + 1, end) if end <= len(data) else None
    return None


def _expect(broker: socket.socket, kind: int) -> None:
    """Take one short packet; RuntimeError where it is another, or a refusal."""
    data = b""
    while len(data) < 2 or len(data) < 2 + data[1]:
        more = broker.recv(64)
        if not more:
            raise RuntimeError("the broker hung up")
        data += more
    if data[0] != kind or data[-1]:
        raise RuntimeError(f"the broker answered {data.hex()}")


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2) + data
