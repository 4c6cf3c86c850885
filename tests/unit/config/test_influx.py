"""influxdb: where points go, and what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from collector.config.influx import Influx
from collector.config.load import json_schema
from tests.unit.config.texts import FOLDER, config_of, problems_of

jsonschema = pytest.importorskip("jsonschema")  # zigpy brings it

AN_ADDRESS = "expected http://HOST:PORT or https://HOST:PORT"
A_WORD = "expected a word, without space around it or control characters"


def influx_of(keys: str, folder: Path = FOLDER) -> Influx:
    influx = config_of(f"influxdb: {{{keys}}}", folder).influxdb
    assert influx is not None
    return influx


def with_more(keys: str) -> str:
    return f"influxdb: {{url: 'http://h:8086', bucket: b, {keys}}}"


def test_without_the_section_nothing_is_written() -> None:
    assert config_of("site: x").influxdb is None


def test_an_address_and_a_bucket_are_enough() -> None:
    assert influx_of("url: 'http://h:8086', bucket: energy") == Influx(
        url="http://h:8086",
        bucket="energy",
        org=None,
        token_file=None,
        ca_file=None,
        tags={},
        spool_max_mib=256,
    )


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://influx.example:443/", "https://influx.example:443"),
        ("http://h/below/", "http://h/below"),
        ("http://[::1]:8086", "http://[::1]:8086"),
        ("http://192.0.2.1", "http://192.0.2.1"),
    ],
)
def test_an_address_is_taken_without_a_slash_at_its_end(url: str, taken: str) -> None:
    assert influx_of(f"url: '{url}', bucket: b").url == taken


def test_everything_can_be_said(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    (tmp_path / "ca.pem").touch()
    influx = influx_of(
        "url: 'https://h', org: our house, bucket: db/autogen, token_file: token, "
        "ca_file: ca.pem, tags: {floor: '2', wing: east side}, spool_max_mib: 65536",
        tmp_path,
    )
    assert influx.org == "our house"
    assert influx.bucket == "db/autogen"
    assert (influx.token_file, influx.ca_file) == (token, tmp_path / "ca.pem")
    assert influx.tags == {"floor": "2", "wing": "east side"}
    assert influx.spool_max_mib == 65_536


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", AN_ADDRESS),
        ("h:8086", AN_ADDRESS),
        ("udp://h:8089", AN_ADDRESS),
        ("http://", AN_ADDRESS),
        ("http://:8086", AN_ADDRESS),
        ("http://h:0", AN_ADDRESS),
        ("http://h:65536", AN_ADDRESS),
        ("http://h:port", AN_ADDRESS),
        *(
            (
                url,
                "no user or password in the URL; write user:password into token_file",
            )
            for url in ("http://me:secret@h", "http://me@h", "http://:secret@h")
        ),
        *(
            (
                url,
                "the address alone, without ? and #; org and bucket have keys",
            )
            for url in ("http://h/?db=x", "http://h/#x")
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(url: str, sentence: str) -> None:
    problems = problems_of(f"influxdb: {{url: '{url}', bucket: b}}")
    assert problems == [f"influxdb.url: {sentence}"]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("org: ''", f"influxdb.org: {A_WORD}"),
        ("org: ' x'", f"influxdb.org: {A_WORD}"),
        ('org: "a\\nb"', f"influxdb.org: {A_WORD}"),
        ("tags: {a: ''}", f"influxdb.tags.a: {A_WORD}"),
        ("tags: {a: 'x '}", f"influxdb.tags.a: {A_WORD}"),
        ("tags: {a: '\\\\'}", "influxdb.tags.a: a tag cannot be empty; leave it out"),
        ("tags: {a: 5}", "influxdb.tags.a: expected text; put it in quotes, got 5"),
        *(
            (
                f"tags: {{ok: x, {key}: x}}",
                (
                    f'influxdb.tags.{key}: "{key}" is a name that the collector or '
                    "InfluxDB uses"
                ),
            )
            for key in (
                "ieee",
                "site",
                "kind",
                "channel",
                "time",
                "_field",
                "_measurement",
                "_x",
            )
        ),
        (
            "spool_max_mib: 0",
            "influxdb.spool_max_mib: Input should be greater than or equal to 1, got 0",
        ),
        (
            "spool_max_mib: 65537",
            (
                "influxdb.spool_max_mib: "
                "Input should be less than or equal to 65536, got 65537"
            ),
        ),
        ("spool_max_mib: true", "influxdb.spool_max_mib: expected a number, got true"),
        (
            "token_file: nope",
            (
                "influxdb.token_file: /etc/c/nope does not exist; "
                "create it, then `chmod 600` it"
            ),
        ),
        (
            "token: secret",
            'influxdb.token: unknown key; did you mean "token_file"?',
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_to_do(keys: str, problem: str) -> None:
    assert problems_of(with_more(keys)) == [problem]


@pytest.mark.parametrize("key", ["''", "' a'", '"a\\nb"'])
def test_the_name_of_a_tag_is_a_word(key: str) -> None:
    (problem,) = problems_of(with_more(f"tags: {{{key}: x}}"))
    assert problem.startswith("influxdb.tags.")
    assert problem.endswith(A_WORD)


def test_address_and_bucket_are_needed() -> None:
    assert problems_of("influxdb: {}") == [
        "influxdb.url: this required key is missing",
        "influxdb.bucket: this required key is missing",
    ]


@pytest.mark.parametrize("bucket", ["''", "' b'", '"a\\tb"'])
def test_a_bucket_is_a_word(bucket: str) -> None:
    problems = problems_of(f"influxdb: {{url: 'http://h', bucket: {bucket}}}")
    assert problems == [f"influxdb.bucket: {A_WORD}"]


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.touch()
    token.chmod(0o644)
    assert problems_of(with_more("token_file: token"), tmp_path) == [
        f"influxdb.token_file: {token} can be read by others; `chmod 600 {token}`"
    ]


@pytest.mark.parametrize(
    ("section", "valid"),
    [
        ({"url": "http://h", "bucket": "b"}, True),
        ({"url": "http://h", "bucket": "b", "tags": {"a": "b"}}, True),
        ({"url": "http://h", "bucket": "b", "spool_max_mib": 0}, False),
        ({"url": "http://h", "bucket": "b", "tags": {"a": 5}}, False),
        ({"url": "http://h", "bucket": "b", "token": "x"}, False),
        ({"url": "http://h"}, False),
        ({"bucket": "b"}, False),
    ],
)
def test_the_json_schema_knows_the_section(
    section: dict[str, Any], valid: bool
) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid({"influxdb": section}) is valid


def test_certificates_that_are_not_there_are_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    assert problems_of(with_more(f"ca_file: {gone}")) == [
        f"influxdb.ca_file: {gone} is not a file; name a file in PEM format"
    ]
