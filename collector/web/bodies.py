"""What a client may write into a body: strict JSON, in time, of one form."""

import asyncio
import json
from typing import Any, Final, NoReturn

from aiohttp import web

from collector.web.answers import Refusal

BODY_SECONDS: Final = 10.0  # for 64 KiB: slower is nobody who wants an answer


async def one_key(
    request: web.Request, key: str, form: str, seconds: float = BODY_SECONDS
) -> Any:
    """Return the value of the body's only key; Refusal names the right `form`."""
    body = await _json_object(request, seconds)
    if body.keys() != {key}:
        raise Refusal(400, f"The body must be {form}.")
    return body[key]


async def no_body(request: web.Request) -> None:
    """Return if there is no body, or an empty object, or raise Refusal."""
    text = await _read(request, BODY_SECONDS)
    if text and await _json_object(request, BODY_SECONDS):
        raise Refusal(400, "This path takes no body; leave it out.")


async def _json_object(request: web.Request, seconds: float) -> dict[str, Any]:
    text = await _read(request, seconds)
    try:
        body = json.loads(
            text.decode(), parse_constant=_no_constant, object_pairs_hook=_no_key_twice
        )
    except RecursionError:
        raise Refusal(400, "The body is not JSON: nested too deep.") from None
    except ValueError as error:
        raise Refusal(400, f"The body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return body


async def _read(request: web.Request, seconds: float) -> bytes:
    """Return the body; a second call returns the same."""
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise Refusal(408, "The body did not arrive in time.") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
