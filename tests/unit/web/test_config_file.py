import ssl
from pathlib import Path

import bcrypt
import pytest

from collector.model.errors import ConfigError
from collector.web.config_file import RateLimit, WebConfig, load_web_config
from tests.unit.web.certificates import Authority

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "web.yml"


def problems(file: Path, text: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_web_config(file)
    assert "secret" not in str(caught.value)
    return caught.value.problems


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}", "basic_auth_users:\n"])
def test_an_empty_file_asks_for_nothing(file: Path, text: str) -> None:
    file.write_text(text)
    assert load_web_config(file) == WebConfig()


def test_a_whole_file_is_read(file: Path, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    cert_file, key_file = authority.issue("server")
    file.write_text(
        f"""
tls_server_config:
  cert_file: {cert_file.name}
  key_file: {key_file}
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS13
  prefer_server_cipher_suites: true
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  prometheus: {HASH}
  "42": {HASH.replace("$2b$", "$2y$")}
rate_limit: {{interval: 200ms, burst: 20}}
"""
    )
    config = load_web_config(file)
    assert config.users == {
        "prometheus": HASH,
        "42": HASH.replace("$2b$", "$2y$"),
    }
    assert config.headers == {
        "X-Frame-Options": "deny",
        "Strict-Transport-Security": "max-age=31536000",
    }
    assert config.rate_limit == RateLimit(interval=0.2, burst=20)
    assert config.tls is not None
    assert config.tls.files() == [cert_file, key_file, authority.ca]
    context = config.tls.context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3


def test_an_interval_of_zero_is_no_limit(file: Path) -> None:
    file.write_text("rate_limit: {interval: 0s}")
    assert load_web_config(file).rate_limit is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a list", "the file must be a mapping of keys"),
        ("basic_auth_user: {}", 'unknown key; did you mean "basic_auth_users"?'),
        ("colour: red", "colour: unknown key"),
        ("tls_server_config: yes", "tls_server_config: must be a mapping of keys"),
        ("basic_auth_users: {joe: secret}", "basic_auth_users.joe: not a bcrypt hash"),
        ("basic_auth_users: {joe: 12}", "basic_auth_users.joe: must be text"),
        ("basic_auth_users: {1: x}", "basic_auth_users.1: the key must be text"),
        (
            f"basic_auth_users: {{joe: {HASH.replace('$04$', '$31$')}}}",
            "basic_auth_users.joe: bcrypt cost 31 is not from 4 to 15",
        ),
        (
            "http_server_config: {headers: {Server: me}}",
            "http_server_config.headers.Server: not one of Content-Security-Policy",
        ),
        (
            'http_server_config: {headers: {X-Frame-Options: "a\\r\\nb: c"}}',
            "http_server_config.headers.X-Frame-Options: holds a control character",
        ),
        ("http_server_config: {http2: 2}", "http_server_config.http2: must be true or"),
        ("http_server_config: {header: {}}", 'did you mean "headers"?'),
        ("rate_limit: {interval: soon, burst: 1}", "rate_limit.interval: must be a"),
        ("rate_limit: {interval: 1s}", "rate_limit.burst: must be a whole number"),
        ("rate_limit: {interval: 1s, burst: x}", "rate_limit.burst: must be a whole"),
        ("tls_server_config: {}", "tls_server_config.cert_file: is missing"),
        (
            "tls_server_config: {cert_file: a, key_file: b, cipher_suites: [X]}",
            "tls_server_config.cipher_suites: not supported here; leave it out",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b, min_version: SSL3}",
            "tls_server_config.min_version: must be one of TLS10, TLS11, TLS12, TLS13",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b, client_auth_type: Maybe}",
            "tls_server_config.client_auth_type: must be one of NoClientCert",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}",
            "tls_server_config.client_auth_type: is missing; client_ca_file alone",
        ),
        (
            "tls_server_config: {cert_file: a, key_file: b}",
            "tls_server_config.cert_file: ",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key(file: Path, text: str, expected: str) -> None:
    found = problems(file, text)
    assert any(expected in problem for problem in found), found


def test_all_mistakes_come_at_once(file: Path) -> None:
    found = problems(
        file, "rate_limit: {interval: 1s, burst: 0}\nbasic_auth_users: {a: b}\nx: 1\n"
    )
    assert [problem.split(":")[0] for problem in found] == [
        "basic_auth_users.a",
        "rate_limit.burst",
        "x",
    ]


def test_broken_yaml_is_one_line(file: Path) -> None:
    (problem,) = problems(file, "a: [1, 2\nb: }")
    assert problem.startswith("not YAML: ")
    assert "\n" not in problem


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match="not YAML"):
        load_web_config(file)


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_web_config(file)
    assert caught.value.problems == [
        f"{file} cannot be read: No such file or directory"
    ]


def tls(file: Path, cert_file: Path, key_file: Path) -> list[str]:
    return problems(
        file, f"tls_server_config: {{cert_file: {cert_file}, key_file: {key_file}}}"
    )


def test_a_key_that_everyone_can_read_is_refused(file: Path, tmp_path: Path) -> None:
    cert_file, key_file = Authority(tmp_path).issue("server")
    key_file.chmod(0o644)
    assert tls(file, cert_file, key_file) == [
        (
            f"tls_server_config.key_file: {key_file} can be read by everyone; "
            "chmod 640 it or stricter"
        )
    ]


def test_a_key_of_another_certificate_is_refused(file: Path, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    cert_file, _ = authority.issue("server")
    _, key_file = authority.issue("other")
    (problem,) = tls(file, cert_file, key_file)
    assert "KEY_VALUES_MISMATCH" in problem


def test_a_file_that_is_no_certificate_is_refused(file: Path, tmp_path: Path) -> None:
    _, key_file = Authority(tmp_path).issue("server")
    (problem,) = tls(file, file, key_file)
    assert problem.startswith("tls_server_config.cert_file: certificate, key and CA")


def test_a_certificate_that_is_not_there_is_named(file: Path, tmp_path: Path) -> None:
    _, key_file = Authority(tmp_path).issue("server")
    gone = tmp_path / "gone.pem"
    assert tls(file, gone, key_file) == [
        f"tls_server_config.cert_file: {gone}: No such file or directory"
    ]
