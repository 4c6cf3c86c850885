import socket

import pytest

from collector.model.errors import ConfigError
from collector.web.addresses import Listen, bind, is_loopback, parse_listen


@pytest.mark.parametrize(
    ("text", "host", "port", "shown"),
    [
        ("127.0.0.1:10177", "127.0.0.1", 10177, "127.0.0.1:10177"),
        ("[::1]:10177", "::1", 10177, "[::1]:10177"),
        ("[::]:0", "::", 0, "[::]:0"),
        ("localhost:9", "localhost", 9, "localhost:9"),
        (":10177", "", 10177, ":10177"),
    ],
)
def test_an_address_is_a_host_and_a_port(
    text: str, host: str, port: int, shown: str
) -> None:
    assert parse_listen(text) == Listen(host, port)
    assert str(parse_listen(text)) == shown


@pytest.mark.parametrize(
    "text",
    ["", "10177", "127.0.0.1", "::1:10177", "host:", "host:http", "h:65536", "h:-1"],
)
def test_what_is_no_address_is_said_so_with_the_key(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_listen(text)
    (problem,) = caught.value.problems
    assert problem.startswith(f"web.listen: {text} is not an address; write ")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("LocalHost", True),
        ("0.0.0.0", False),  # noqa: S104 - nothing listens
        ("", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_port_in_use_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            bind(Listen("127.0.0.1", port))
    assert caught.value.problems == [
        (
            f"web.listen: 127.0.0.1:{port} is in use by another process; "
            "stop it or choose another port"
        )
    ]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_address_of_another_machine_is_said_so() -> None:
    with pytest.raises(ConfigError, match="is not an address of this machine"):
        bind(Listen("192.0.2.1", 10177))


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_empty_host_takes_every_address() -> None:
    (bound,) = bind(Listen("", 0))
    with bound, socket.create_connection(("127.0.0.1", bound.getsockname()[1])):
        accepted, _ = bound.accept()
        accepted.close()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_host_that_nobody_knows_is_said_so() -> None:
    host = "a" * 64  # longer than a name may be: no look-up leaves the machine
    with pytest.raises(ConfigError, match=r"web\.listen: a+:10177 is an unknown host"):
        bind(Listen(host, 10177))


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_localhost_is_bound_by_name() -> None:
    (bound,) = bind(Listen("localhost", 0))
    with bound:
        assert is_loopback(bound.getsockname()[0])
