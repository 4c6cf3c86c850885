"""The tokens file changes under a running listener."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession

from collector.model.errors import ConfigError
from collector.web.token_file import remove_token
from collector.web.tokens import Scope
from tests.policy_words import issue
from tests.unit.web.conftest import Serve
from tests.unit.web.holders import RELAYS, Holders, ask, bearer

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


async def test_a_revoked_token_ends_and_its_streams_with_it(
    serve: Serve, holders: Holders
) -> None:
    server = await serve(tokens_file=holders.file)
    base = f"http://127.0.0.1:{server.port}"
    async with (
        asyncio.timeout(10),
        ClientSession(base, headers=bearer(holders.read)) as client,
        client.get("/api/v1/events") as stream,
    ):
        assert stream.status == 200
        await asyncio.to_thread(remove_token, holders.file, holders.reader.id)
        await stream.content.read()  # the watch sees the change by itself
        async with client.get(RELAYS) as answer:
            assert answer.status == 401
    assert (await ask(server, "GET", RELAYS, headers=bearer(holders.write)))[0] == 200


async def test_a_bad_file_leaves_the_old_tokens_in_force(
    serve: Serve, holders: Holders, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(tokens_file=holders.file)
    good = await asyncio.to_thread(holders.file.read_text)

    async def status() -> int:
        await server.refresh()
        headers = bearer(holders.read)
        return (await ask(server, "GET", RELAYS, headers=headers))[0]

    holders.rewrite("- {id: t1, scope: everything}\n")
    assert [await status(), await status()] == [200, 200]
    holders.rewrite(good, mode=0o644)
    assert await status() == 200
    await asyncio.to_thread(holders.file.unlink)
    assert await status() == 200
    refused = [r.message for r in caplog.records if "refused" in r.message]
    assert len(refused) == 3  # each said once
    assert "0.scope: must be read or write" in refused[0]
    assert "chmod 600" in refused[1]
    holders.rewrite("")  # nobody holds a token any more
    assert await status() == 401


async def test_a_file_made_right_by_chmod_alone_is_taken(
    serve: Serve, holders: Holders
) -> None:
    server = await serve(tokens_file=holders.file)
    _, late = issue(holders.file, Scope.READ, "late")
    for mode in (0o644, 0o600):
        await asyncio.to_thread(holders.file.chmod, mode)
        await server.refresh()
    assert (await ask(server, "GET", RELAYS, headers=bearer(late)))[0] == 200


async def test_the_first_token_can_be_made_while_the_service_runs(
    serve: Serve, tokens: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "collector")
    server = await serve(tokens_file=tokens)
    [said] = [r for r in caplog.records if str(tokens) in r.message]
    assert said.levelname == "INFO"
    assert "nobody holds one until `collector token create`" in said.message
    assert (await ask(server, "GET", RELAYS))[0] == 401
    _, token = issue(tokens, Scope.READ)
    await server.refresh()
    assert (await ask(server, "GET", RELAYS, headers=bearer(token)))[0] == 200


async def test_a_bad_file_stops_the_start(serve: Serve, tokens: Path) -> None:
    await asyncio.to_thread(tokens.touch)
    await asyncio.to_thread(tokens.chmod, 0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        await serve(tokens_file=tokens)
