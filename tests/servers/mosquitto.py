"""A real mosquitto on 127.0.0.1: plain, with a password, or with TLS; can be killed."""

import datetime as dt
import getpass
import ipaddress
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers.conftest import free_port, need

USER = "collector"


class Mosquitto:
    """A broker process that may be killed and started again on its port."""

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        authority: "Authority | None" = None,
        settings: str = "",
    ) -> None:
        """`authority`: TLS with its certificates, and each client needs one, too."""
        self._program = need("mosquitto")
        self._config = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._tls = authority is not None
        self.port = free_port()
        # Started by root it would become another user, who may not read these files.
        user = f"user {getpass.getuser()}"
        lines = [user, f"listener {self.port} 127.0.0.1", settings]
        if password is None:
            lines.append("allow_anonymous true")
        else:
            users = folder / "users"
            command = [need("mosquitto_passwd"), "-b", "-c", str(users), USER, password]
            subprocess.run(command, check=True, capture_output=True)
            lines += ["allow_anonymous false", f"password_file {users}"]
        if authority is not None:
            cert, key = authority.issue("broker")
            lines += [
                f"cafile {authority.ca}",
                f"certfile {cert}",
                f"keyfile {key}",
                "require_certificate true",
            ]
        self._config.write_text("\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        """Return what `mqtt.server` may say."""
        return f"{'mqtts' if self._tls else 'mqtt'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and return when it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", self._config], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        pytest.fail(self._log.read_text())

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP makes it deaf, SIGCONT lets it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once; any number of times."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Authority:
    """A certificate authority of one test."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.ca = folder / "ca.pem"
        builder = self._builder(name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        usage = x509.KeyUsage(
            **dict.fromkeys(
                (
                    "digital_signature",
                    "content_commitment",
                    "key_encipherment",
                    "data_encipherment",
                    "key_agreement",
                    "encipher_only",
                    "decipher_only",
                ),
                False,
            ),
            key_cert_sign=True,
            crl_sign=True,
        )
        certificate = builder.add_extension(usage, critical=True).sign(
            self._key, hashes.SHA256()
        )
        self.ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Return a certificate for 127.0.0.1 and its private key."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        certificate = (
            self._builder(name, key.public_key())
            .add_extension(x509.SubjectAlternativeName([here]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        paths = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return paths

    def _builder(
        self, name: str, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        own = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(own), False
            )
        )
