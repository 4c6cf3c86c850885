"""API tokens: 256 random bits for who shows them, their SHA-256 for who checks them.

Nobody can guess such a token, so a plain hash is a sound store: the slow hashes of
passwords make up for what people choose.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from collector.config.yaml_text import YamlProblemsError, parse
from collector.web.yaml_keys import Keys

LONGEST_NAME: Final = 100
_KEYS: Final = ("id", "name", "scope", "hash", "created")
_HASH = re.compile(r"[0-9a-f]{64}")


class Scope(StrEnum):
    """What the holder of a token may do."""

    READ = "read"
    WRITE = "write"  # and read


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """One entry of web.api_tokens_file; the token itself is nowhere."""

    id: str
    name: str  # what a person calls it
    scope: Scope
    hash: str  # SHA-256 of the token, hex
    created: str  # ISO 8601


def new_token(
    name: str, scope: Scope, at: datetime, others: Iterable[ApiToken]
) -> tuple[ApiToken, str]:
    """Return an entry beside `others` and the token, which is shown this once."""
    taken = {other.id for other in others}
    ident = next(ident for ident in _new_ids() if ident not in taken)
    token = secrets.token_urlsafe(32)
    entry = ApiToken(
        id=ident,
        name=name,
        scope=scope,
        hash=hash_of(token),
        created=at.astimezone(UTC).isoformat(timespec="seconds"),
    )
    return entry, token


def hash_of(token: str) -> str:
    """Return what the file keeps of a token."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def holder(tokens: Iterable[ApiToken], token: str) -> ApiToken | None:
    """Return the entry of a token, or None, after the same time for each token."""
    shown = hash_of(token)
    found = None
    for entry in tokens:
        if hmac.compare_digest(entry.hash, shown):
            found = entry  # no early end: it would tell how far down the file it stands
    return found


def wrong_name(name: str) -> str | None:
    """Return what is wrong with a token's name, or None."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        return f"a name has 1 to {LONGEST_NAME} printable characters"
    return None


def parse_tokens(text: str) -> tuple[tuple[ApiToken, ...], list[str]]:
    """Return the tokens of the file's text, and every problem with its place."""
    try:
        content = parse(text)
    except YamlProblemsError as error:
        return (), error.problems
    if content is None:
        return (), []
    if not isinstance(content, list):
        return (), ["the file must be a list of tokens; `collector token create`"]
    problems: list[str] = []
    tokens = [
        token
        for place, entry in enumerate(content)
        if (token := _entry(entry, place, problems))
    ]
    for what in ("id", "hash"):
        values = [getattr(token, what) for token in tokens]
        if len(set(values)) < len(values):
            problems.append(f"two tokens have the same {what}; remove one of them")
    return tuple(tokens), problems


def _entry(content: Any, place: int, problems: list[str]) -> ApiToken | None:
    if not isinstance(content, dict):
        problems.append(f"{place}: must be a mapping of {', '.join(_KEYS)}")
        return None
    known = len(problems)
    keys = Keys(content, f"{place}.", problems)
    found = {key: _text(keys, key) for key in _KEYS}
    if found["scope"] not in {"", *Scope}:
        keys.problem("scope", "must be read or write")
    if found["hash"] and not _HASH.fullmatch(found["hash"]):
        keys.problem("hash", "must be the token's SHA-256 in 64 small hex digits")
    keys.finish()
    if len(problems) > known:
        return None
    scope = Scope(found.pop("scope"))
    return ApiToken(scope=scope, **found)


def _text(keys: Keys, key: str) -> str:
    known = len(keys.problems)
    value = keys.text(key)
    if not value and len(keys.problems) == known:
        keys.problem(key, "is missing")
    return value or ""


def _new_ids() -> Iterator[str]:
    while True:
        # A letter first: no reader of YAML takes it for a number.
        yield f"t{secrets.token_hex(4)}"
