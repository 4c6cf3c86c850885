"""Secrets: outside the file, readable by their owner only, never shown."""

import os
from pathlib import Path

import pytest

from collector.config import secret_files
from collector.config.secret_files import check_secret, read_secret
from collector.model.errors import ConfigError
from tests.unit.config.texts import FOLDER, config_of, problems_of

SECRET = "correct-horse-battery"  # noqa: S105 (a word to look for, no password)


def refused(text: str, folder: Path = FOLDER, **environment: str) -> list[str]:
    """Return the problems of a text, none of which shows the secret."""
    problems = problems_of(text, folder, **environment)
    assert SECRET not in "".join(problems)
    return problems


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "web.yml"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    return file


def test_a_secret_is_read_without_its_line_end(secret_file: Path) -> None:
    assert read_secret(secret_file) == SECRET


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_secret_that_is_no_text_is_refused(secret_file: Path, content: bytes) -> None:
    secret_file.write_bytes(content)

    with pytest.raises(ConfigError, match=r"is empty|not a readable text file"):
        read_secret(secret_file)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_refused(secret_file: Path, mode: int) -> None:
    secret_file.chmod(mode)

    assert refused("web: {config_file: web.yml}", secret_file.parent) == [
        (
            f"web.config_file: {secret_file} can be read by others; "
            f"`chmod 600 {secret_file}`"
        )
    ]
    with pytest.raises(ConfigError, match="can be read by others"):
        read_secret(secret_file)


@pytest.fixture
def mounted(secret_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The secret as the engine of a container shows it: readable, on a read-only mount."""
    monkeypatch.setattr(secret_files, "_MOUNTED", secret_file.parent)
    monkeypatch.setattr(secret_files, "_is_read_only", lambda _: True)
    secret_file.chmod(0o444)
    return secret_file


def test_a_secret_that_the_containers_engine_mounts_is_taken(mounted: Path) -> None:
    assert read_secret(mounted) == SECRET


def test_a_link_of_kubernetes_within_the_mount_is_followed(mounted: Path) -> None:
    link = mounted.with_name("token")
    link.symlink_to(mounted.name)

    assert read_secret(link) == SECRET


def test_a_mounted_secret_that_others_can_write_is_refused(mounted: Path) -> None:
    mounted.chmod(0o464)

    with pytest.raises(ConfigError, match="can be read by others"):
        read_secret(mounted)


def test_a_link_out_of_the_mount_loosens_nothing(
    mounted: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret"
    outside.write_text(SECRET)
    outside.chmod(0o444)
    link = mounted.with_name("token")
    link.symlink_to(outside)

    with pytest.raises(ConfigError, match="can be read by others"):
        read_secret(link)


def test_a_folder_of_that_name_that_can_be_written_loosens_nothing(
    mounted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(secret_files, "_MOUNTED", mounted.parent)
    assert not os.statvfs(mounted).f_flag & os.ST_RDONLY

    with pytest.raises(ConfigError, match="can be read by others"):
        read_secret(mounted)


def test_a_secret_of_the_owner_alone_is_taken(secret_file: Path) -> None:
    config = config_of("web: {config_file: web.yml}", secret_file.parent)

    assert config.web.config_file == secret_file


def test_the_tokens_of_the_api_are_such_a_secret(secret_file: Path) -> None:
    text = "web: {api_tokens_file: web.yml}"

    assert config_of(text, secret_file.parent).web.api_tokens_file == secret_file
    secret_file.chmod(0o644)
    assert refused(text, secret_file.parent) == [
        (
            f"web.api_tokens_file: {secret_file} can be read by others; "
            f"`chmod 600 {secret_file}`"
        )
    ]


def test_the_tokens_of_the_api_may_have_yet_to_be_made(secret_file: Path) -> None:
    missing = secret_file.with_name("tokens.yml")
    config = config_of("web: {api_tokens_file: tokens.yml}", secret_file.parent)

    assert config.web.api_tokens_file == missing
    assert refused("web: {api_tokens_file: web.yml/x}", secret_file.parent) == [
        (
            f"web.api_tokens_file: {secret_file / 'x'} cannot be reached "
            "(Not a directory)"
        )
    ]


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    assert refused("web: {config_file: web.yml}", tmp_path) == [
        (
            f"web.config_file: {tmp_path / 'web.yml'} does not exist; "
            "create it, then `chmod 600` it"
        )
    ]


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    assert check_secret(tmp_path) == f"{tmp_path} is not a file"


def test_a_path_that_cannot_be_followed_is_named(secret_file: Path) -> None:
    assert check_secret(secret_file / "below") == (
        f"{secret_file / 'below'} cannot be reached (Not a directory)"
    )


def test_a_variable_of_the_environment_takes_its_place() -> None:
    config = config_of(
        'site: "${PLACE}-${WING}"\nradio: {channel: "${CHANNEL}"}',
        PLACE="home",
        WING="east",
        CHANNEL="20",
    )

    assert config.site == "home-east"
    assert config.radio.channel == 20


def test_two_dollars_are_no_variable() -> None:
    assert config_of('site: "$${PLACE}$5"').site == "${PLACE}$5"


def test_a_missing_variable_is_named_and_nothing_else_is() -> None:
    text = 'site: x\nradio: {channel: "${CHANNEL}"}\nrelays: [{ieee: "${A}"}]'

    assert refused(text) == [
        (
            "radio.channel: environment variable CHANNEL is not set; "
            "set it, or write $${ for a plain ${"
        ),
        (
            "relays.0.ieee: environment variable A is not set; "
            "set it, or write $${ for a plain ${"
        ),
    ]


def test_what_is_no_variable_name_is_not_repeated() -> None:
    assert refused(f'site: "${{{SECRET}!}}"') == [
        (
            "site: what stands in ${...} is no name of an environment variable; "
            "write $${ for a plain ${"
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        'radio: {channel: "${S}"}',
        'radio: {path: "${S}"}',
        'radio: "${S}"',
        'log: {level: "${S}"}',
        'timezone: "${S}"',
        'mqtt: {password: "${S}"}',
        'relays: [{ieee: "${S}"}]',
        'web: {listen: "${S}"}',
        'web: {config_file: "${S}"}',
        'policies: [{kind: "${S}"}]',
        'policies: [{kind: threshold, quantity: "${S}", class: "${S}"}]',
        'policies: [{kind: schedule, relay: "${S}", switch_off: [l1], when_stale: off}]',
        'tariff: {currency: "${S}", periods: []}',
        (
            'relays: [{ieee: "0x0000000000000001", name: "${S}"}, '
            '{ieee: "0x0000000000000002", name: "${S}"}]'
        ),
    ],
)
def test_no_value_of_the_environment_is_ever_shown(text: str) -> None:
    assert refused(text, S=SECRET)


@pytest.mark.parametrize(
    "text",
    [
        f"mqtt: {{password: {SECRET}}}",
        f"policies: [{{token: {SECRET}}}]",
        f"passwort: {SECRET}",
        f"web: {{password: {SECRET}}}",
        f"radio: {{path: 'socket://me:{SECRET}@h:1'}}",
        f"site: x\npassword: {SECRET}: {SECRET}",
        f"password: [{SECRET}",
        f"password: &{SECRET} x\nother: *none",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(text: str) -> None:
    assert refused(text)
