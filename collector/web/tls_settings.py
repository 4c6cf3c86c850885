"""tls_server_config: which certificate is shown, and which one a client must show."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.web.yaml_keys import Keys

_VERSIONS: Final = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
_CLIENTS: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
# Keys of the format that Python's ssl has no equal of; safety must not be guessed.
_REFUSED: Final = ("cipher_suites", "curve_preferences", "client_allowed_sans")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """The section, with its paths made whole."""

    cert_file: Path
    key_file: Path
    client_ca_file: Path | None
    client_auth: ssl.VerifyMode
    min_version: ssl.TLSVersion
    max_version: ssl.TLSVersion

    def files(self) -> list[Path]:
        """Return the files whose change means a new certificate."""
        return [
            path
            for path in (self.cert_file, self.key_file, self.client_ca_file)
            if path
        ]

    def context(self) -> ssl.SSLContext:
        """Return a server context; OSError or ValueError where a file is no good."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = self.min_version
        context.maximum_version = self.max_version
        # Without a password OpenSSL would ask for one on the terminal, and wait.
        context.load_cert_chain(self.cert_file, self.key_file, lambda: "")
        if self.client_ca_file:
            context.load_verify_locations(self.client_ca_file)
        context.verify_mode = self.client_auth
        return context


def read_tls(keys: Keys | None, folder: Path) -> TlsSettings | None:
    """Return the settings, tried out; paths are relative to the file's `folder`."""
    if keys is None:
        return None
    known = len(keys.problems)
    cert, key = _file(keys, folder, "cert_file"), _file(keys, folder, "key_file")
    client_ca = keys.text("client_ca_file")
    settings = TlsSettings(
        cert_file=cert,
        key_file=key,
        client_ca_file=folder / client_ca if client_ca else None,
        client_auth=_client_auth(keys, client_ca),
        min_version=_version(keys, "min_version", "TLS12"),
        max_version=_version(keys, "max_version", "TLS13"),
    )
    keys.flag("prefer_server_cipher_suites")  # of no effect in the original either
    for name in _REFUSED:
        keys.refuse(name, "not supported here; leave it out")
    keys.finish()
    if len(keys.problems) == known:
        _try_out(keys, settings)
    return settings


def _file(keys: Keys, folder: Path, name: str) -> Path:
    value = keys.text(name)
    if not value:
        keys.problem(name, "is missing; a TLS server needs cert_file and key_file")
    return folder / (value or "")


def _version(keys: Keys, name: str, default: str) -> ssl.TLSVersion:
    word = keys.text(name) or default
    if word not in _VERSIONS:
        keys.problem(name, f"must be one of {', '.join(_VERSIONS)}, got {word!r}")
    return _VERSIONS.get(word, ssl.TLSVersion.TLSv1_2)


def _client_auth(keys: Keys, client_ca: str | None) -> ssl.VerifyMode:
    word = keys.text("client_auth_type") or "NoClientCert"
    if word not in _CLIENTS:
        keys.problem(
            "client_auth_type", f"must be one of {', '.join(_CLIENTS)}, got {word!r}"
        )
    mode = _CLIENTS.get(word, ssl.CERT_REQUIRED)
    if mode is not ssl.CERT_NONE and not client_ca:
        keys.problem("client_ca_file", f"is missing; {word} needs it")
    if mode is ssl.CERT_NONE and client_ca:
        keys.problem(
            "client_auth_type", "is missing; client_ca_file alone does nothing"
        )
    return mode


def _try_out(keys: Keys, settings: TlsSettings) -> None:
    if settings.min_version > settings.max_version:
        keys.problem("min_version", "is above max_version")
        return
    for path in settings.files():
        try:
            readable_by_all = path.stat().st_mode & 0o004
            with path.open("rb"):
                pass
        except OSError as error:
            keys.problem(_name(settings, path), f"{path}: {error.strerror}")
            return
        if path == settings.key_file and readable_by_all:
            keys.problem(
                "key_file", f"{path} can be read by everyone; chmod 640 it or stricter"
            )
            return
    try:
        settings.context()
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        keys.problem("cert_file", f"certificate, key and CA do not work: {reason}")


def _name(settings: TlsSettings, path: Path) -> str:
    for name in ("cert_file", "key_file", "client_ca_file"):
        if getattr(settings, name) == path:
            return name
    return "cert_file"
