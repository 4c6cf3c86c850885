"""web.listen: "127.0.0.1:10177", "[::1]:10177", "localhost:10177" or ":10177"."""

import errno
import ipaddress
import socket
from dataclasses import dataclass

from collector.model.errors import ConfigError

_SOURCE = "the configuration"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen; an empty host means every address."""

    host: str
    port: int  # 0: any free one

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_listen(text: str) -> Listen:
    """Read web.listen, or raise ConfigError."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        colon = ""  # an IPv6 address without brackets
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise _wrong(
            text, 'is not an address; write "127.0.0.1:10177" or "[::1]:10177"'
        )
    return Listen(host, int(port))


def bind(listen: Listen) -> list[socket.socket]:
    """Return bound, listening sockets, one for each address, or raise ConfigError."""
    if not listen.host:
        both = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if both else socket.AF_INET
        return [_bind_one(listen, family, ("", listen.port), both=both)]
    try:
        found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _wrong(str(listen), f"is an unknown host: {error}") from error
    bound: list[socket.socket] = []
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            bound.append(_bind_one(listen, family, address))
        except ConfigError:
            for one in bound:
                one.close()
            raise
        if listen.port == 0:
            break  # a second address would get another port
    return bound


def is_loopback(host: str) -> bool:
    """Return whether this host of a listener or a Host header is this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bind_one(
    listen: Listen,
    family: int,
    address: tuple[str | int | bytes, ...],
    *,
    both: bool = False,
) -> socket.socket:
    try:
        return socket.create_server(
            address,
            family=family,
            backlog=128,
            dualstack_ipv6=both,
        )
    except OSError as error:
        raise _wrong(str(listen), _explain(error)) from error


def _explain(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is in use by another process; stop it or choose another port"
    if error.errno == errno.EADDRNOTAVAIL:
        return "is not an address of this machine"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "may not be used by this user; choose a port above 1023"
    return f"cannot be used: {error.strerror}"


def _wrong(text: str, why: str) -> ConfigError:
    return ConfigError(_SOURCE, [f"web.listen: {text} {why}"])
