"""web.api_tokens_file in force: who holds a token, and who guesses too often."""

import asyncio
import math
from pathlib import Path

from collector import events
from collector.model.errors import ConfigError
from collector.web.answers import Refusal
from collector.web.failure_limit import FailureLimit
from collector.web.stamps import Stamp, stamp_of
from collector.web.token_file import load_tokens
from collector.web.tokens import ApiToken, holder


class TokenKeeper:
    """Keeps the file in force and reads it again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tokens: tuple[ApiToken, ...] = ()
        self._stamp: Stamp | None = None
        self._failures = FailureLimit()

    async def load(self) -> None:
        """Read the file for the first time, or raise ConfigError.

        A file that is not there yet is no error: `collector token create` makes it,
        and until then nobody passes.
        """
        if await asyncio.to_thread(self._path.exists):
            await self._read()
            return
        self._stamp = await asyncio.to_thread(stamp_of, self._path)
        events.tokens_missing(self._path)

    async def refresh(self) -> bool:
        """Take a changed file and return whether it did; a bad one changes nothing."""
        stamp = await asyncio.to_thread(stamp_of, self._path)
        if stamp == self._stamp:
            return False
        self._stamp = stamp  # a bad file is said once
        try:
            await self._read()
        except ConfigError as error:
            events.web_config_refused(self._path, error)
            return False
        events.web_config_reloaded(self._path)
        return True

    def check(self, authorization: str | None, address: str | None) -> ApiToken:
        """Return the entry of the token that a header shows, or raise Refusal.

        A right token always passes: it has 256 bits, so what is limited is the noise
        of wrong ones, and who shares an address (behind a proxy) with a guesser must
        still be able to switch a load off.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            events.auth_failed("missing")
            raise Refusal(
                401,
                "A token is needed: Authorization: Bearer …; `collector token create` "
                "makes one.",
                headers={"WWW-Authenticate": 'Bearer realm="collector"'},
            )
        entry = holder(self._tokens, token.strip())
        if entry is not None:
            return entry
        wait = self._failures.failed(address, asyncio.get_running_loop().time())
        if wait is not None:
            events.auth_failed("limited")
            seconds = math.ceil(wait)
            raise Refusal(
                429,
                f"Too many wrong tokens from here; try again in {seconds} s.",
                headers={"Retry-After": str(seconds)},
            )
        events.auth_failed("wrong")
        raise Refusal(
            401,
            "The token is wrong, or was revoked.",
            headers={
                "WWW-Authenticate": 'Bearer realm="collector", error="invalid_token"'
            },
        )

    async def _read(self) -> None:
        # Looked at before it is read: what changes meanwhile is seen next time.
        self._stamp = await asyncio.to_thread(stamp_of, self._path)
        self._tokens = await asyncio.to_thread(load_tokens, self._path)
