"""web.config_file: the file that every Prometheus exporter takes, strictly read.

Format: prometheus/exporter-toolkit, docs/web-configuration.md. What cannot be kept
here is refused rather than ignored.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from collector.model.errors import ConfigError
from collector.web.tls_settings import TlsSettings, read_tls
from collector.web.yaml_keys import Keys

_BCRYPT = re.compile(r"\$2[abxy]?\$(\d\d)\$[./A-Za-z0-9]{53}")
_COST_MAX: Final = 15  # about 2 s a login; a stop waits for the one under way
_HEADERS: Final = (
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A bucket of `burst` requests, refilled by one every `interval` seconds."""

    interval: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """What the file says."""

    tls: TlsSettings | None = None
    users: Mapping[str, str] = field(default_factory=dict)  # name -> bcrypt hash
    headers: Mapping[str, str] = field(default_factory=dict)
    rate_limit: RateLimit | None = None


def load_web_config(path: Path) -> WebConfig:
    """Read the file; ConfigError names every problem with its key."""
    keys = Keys(_read(path))
    config = WebConfig(
        tls=read_tls(keys.section("tls_server_config"), path.parent),
        users=_users(keys.section("basic_auth_users")),
        headers=_headers(keys.section("http_server_config")),
        rate_limit=_rate_limit(keys.section("rate_limit")),
    )
    keys.finish()
    if keys.problems:
        raise ConfigError(str(path), keys.problems)
    return config


def _read(path: Path) -> Mapping[Any, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            "web.config_file", [f"{path} cannot be read: {error.strerror}"]
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(str(path), [f"not YAML: {reason}"]) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(str(path), ["the file must be a mapping of keys"])
    return content


def _users(keys: Keys | None) -> dict[str, str]:
    users: dict[str, str] = {}
    if keys is None:
        return users
    for name in keys.names():
        secret = keys.text(name)
        known = _BCRYPT.fullmatch(secret) if secret else None
        if known is None:
            keys.problem(name, "not a bcrypt hash; make one with `htpasswd -nBC 10 ''`")
        elif not 4 <= int(known[1]) <= _COST_MAX:
            keys.problem(name, f"bcrypt cost {known[1]} is not from 4 to {_COST_MAX}")
        elif secret:
            users[name] = secret
    return users


def _headers(keys: Keys | None) -> dict[str, str]:
    if keys is None:
        return {}
    keys.flag("http2")  # we speak HTTP/1.1, which every HTTP/2 client speaks too
    section = keys.section("headers")
    keys.finish()
    found: dict[str, str] = {}
    for name in section.names() if section else ():
        value = section.text(name) if section else None
        if section and name not in _HEADERS:
            section.problem(name, f"not one of {', '.join(_HEADERS)}")
        elif section and value and not value.isprintable():
            section.problem(name, "holds a control character")
        elif value:
            found[name] = value
    return found


def _rate_limit(keys: Keys | None) -> RateLimit | None:
    if keys is None:
        return None
    interval, burst = keys.text("interval"), keys.number("burst")
    keys.finish()
    known = _DURATION.fullmatch(interval or "")
    if known is None:
        keys.problem("interval", "must be a duration such as 1s or 200ms")
        return None
    seconds = float(known[1]) * _SECONDS[known[2]]
    if seconds == 0:  # the format's word for no limit
        return None
    if burst is None or burst < 1:
        keys.problem("burst", "must be a whole number of at least 1")
        return None
    return RateLimit(interval=seconds, burst=burst)
