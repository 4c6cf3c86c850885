"""influxdb: where points are written."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from collector.config.section import (
    NoBoolean,
    PemFile,
    SecretFile,
    Section,
    problem,
)

OWN_TAGS = frozenset(
    {"ieee", "site", "kind", "channel", "time", "_field", "_measurement"}
)


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        right = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # no port, or no address of IPv6
        parts, right = urlsplit(""), False
    plain = value.isprintable() and " " not in value
    if parts.scheme not in {"http", "https"} or not right or not plain:
        raise problem("expected http://HOST:PORT or https://HOST:PORT")
    if parts.username is not None or parts.password is not None:
        raise problem(
            "no user or password in the URL; write user:password into token_file"
        )
    if parts.query or parts.fragment:
        raise problem("the address alone, without ? and #; org and bucket have keys")
    return value.rstrip("/")


def _word(value: str) -> str:
    if not value or value != value.strip() or not value.isprintable():
        raise problem("expected a word, without space around it or control characters")
    return value


def _tags(value: dict[str, str]) -> dict[str, str]:
    for key, text in value.items():
        if "\\" in key:
            raise problem("a backslash in a tag's name would break each line")
        if key in OWN_TAGS or key.startswith("_"):
            raise problem(f'"{key}" is a name that the collector or InfluxDB uses', key)
        if not text.strip("\\ "):
            raise problem("a tag cannot be empty; leave it out", key)
    return value


Word = Annotated[str, AfterValidator(_word)]


class Influx(Section):
    """Points go to InfluxDB 1.8, 2 or 3, or to VictoriaMetrics."""

    url: Annotated[str, AfterValidator(_url)] = Field(
        description="http://HOST:PORT of InfluxDB, or of VictoriaMetrics"
    )
    org: Word | None = Field(
        None, description="organisation of InfluxDB 2; others need none"
    )
    bucket: Word = Field(
        description="bucket; of InfluxDB 1.8 database/retention_policy"
    )
    token_file: SecretFile | None = Field(
        None,
        description="file with a token, or user:password; readable by its owner only",
    )
    ca_file: PemFile | None = Field(
        None, description="certificates to trust, PEM, instead of the system's"
    )
    tags: Annotated[dict[Word, Word], AfterValidator(_tags)] = Field(
        {}, description="further tags of every point"
    )
    spool_max_mib: Annotated[int, Field(ge=1, le=65_536), NoBoolean] = Field(
        256,
        description="MiB on disk for what is not delivered; then the oldest is dropped",
    )
