"""Basic authentication against bcrypt hashes, off the event loop and remembered."""

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import bcrypt

from collector import events
from collector.web.answers import Refusal

_PENDING_MAX: Final = 16  # different passwords being checked at one time


class BasicAuth:
    """Who may come in. A right password costs one bcrypt, then one hash."""

    def __init__(self) -> None:
        self._users: Mapping[str, str] = {}
        self._salt = secrets.token_bytes(16)
        self._right: set[bytes] = set()  # digests of what was right; one a user
        self._pending: dict[bytes, asyncio.Future[bool]] = {}
        # One thread: a flood of wrong passwords may not take the machine, and not
        # the threads that others wait for.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bcrypt")

    def use(self, users: Mapping[str, str]) -> None:
        """Take these users, name -> bcrypt hash, from now on; none = open to all."""
        self._users = dict(users)
        self._right.clear()

    async def check(self, authorization: str | None) -> None:
        """Return if the header is right or not needed, or raise Refusal."""
        if not self._users:
            return
        known = _credentials(authorization)
        if known is None:
            events.auth_failed("missing")
            raise Refusal(401, "A user and a password are needed (basic auth).")
        if not await self._is_right(*known):
            events.auth_failed("wrong")
            raise Refusal(401, "The user or the password is wrong.")

    def close(self) -> None:
        """Forget what has not been checked yet."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _is_right(self, user: str, password: bytes) -> bool:
        # For a user who does not exist another one's hash is checked: the time that
        # it takes must not tell who exists.
        expected = self._users.get(user, next(iter(self._users.values())))
        digest = self._digest(user, expected, password)
        if digest in self._right:
            return True
        pending = self._pending.get(digest)
        if pending is None:
            pending = self._start(digest, password, expected)
        right = await asyncio.shield(pending) and user in self._users
        if right and self._users.get(user) == expected:
            self._right.add(digest)
        return right

    def _start(
        self, digest: bytes, password: bytes, expected: str
    ) -> asyncio.Future[bool]:
        if len(self._pending) >= _PENDING_MAX:
            events.auth_failed("busy")
            raise Refusal(503, "Too many passwords are being checked; come again.")
        loop = asyncio.get_running_loop()
        pending = loop.run_in_executor(self._thread, _matches, password, expected)
        self._pending[digest] = pending
        pending.add_done_callback(lambda _: self._pending.pop(digest, None))
        return pending

    def _digest(self, user: str, expected: str, password: bytes) -> bytes:
        """A name for the attempt from which the password cannot be found."""
        digest = hashlib.blake2b(key=self._salt)
        for part in (user.encode(), expected.encode(), password):
            digest.update(len(part).to_bytes(8) + part)
        return digest.digest()


def _credentials(header: str | None) -> tuple[str, bytes] | None:
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, ValueError):
        return None


def _matches(password: bytes, expected: str) -> bool:
    try:
        # bcrypt reads no more than 72 bytes; version 5 raises where others cut.
        return bcrypt.checkpw(password[:72], expected.encode())
    except ValueError:
        return False
