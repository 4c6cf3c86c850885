import asyncio
import base64

import bcrypt
import pytest

from collector import events
from collector.web.answers import Refusal
from collector.web.basic_auth import BasicAuth

HASH = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def failures(reason: str) -> float:
    name = "zigbee_collector_auth_failures_total"
    return events.REGISTRY.get_sample_value(name, {"reason": reason}) or 0.0


class CountingAuth(BasicAuth):
    checks = 0

    def _start(
        self, digest: bytes, password: bytes, expected: str
    ) -> asyncio.Future[bool]:
        self.checks += 1
        return super()._start(digest, password, expected)


@pytest.fixture
def auth() -> BasicAuth:
    auth = BasicAuth()
    auth.use({"ali": HASH})
    return auth


async def status(auth: BasicAuth, header: str | None) -> int:
    try:
        await auth.check(header)
    except Refusal as refusal:
        return refusal.status
    return 200


async def test_without_users_everyone_may_come_in() -> None:
    assert await status(BasicAuth(), None) == 200


@pytest.mark.parametrize(
    ("header", "expected", "reason"),
    [
        (basic("ali", "open sesame"), 200, None),
        (basic("ali", "open barley"), 401, "wrong"),
        (basic("qasim", "open sesame"), 401, "wrong"),
        (basic("", ""), 401, "wrong"),
        (basic("ali", "x" * 1000 + "\0"), 401, "wrong"),
        (None, 401, "missing"),
        ("Basic", 401, "missing"),
        ("Basic !!!", 401, "missing"),
        ("Basic " + base64.b64encode(b"no colon").decode(), 401, "missing"),
        ("Basic " + base64.b64encode(b"\xff\xfe:x").decode(), 401, "missing"),
        ("Bearer abc", 401, "missing"),
    ],
)
async def test_only_the_right_password_of_a_known_user_passes(
    auth: BasicAuth, header: str | None, expected: int, reason: str | None
) -> None:
    before = {word: failures(word) for word in ("wrong", "missing")}
    assert await status(auth, header) == expected
    after = {word: failures(word) for word in ("wrong", "missing")}
    assert after == {word: n + (word == reason) for word, n in before.items()}


async def test_a_right_password_is_checked_by_bcrypt_once() -> None:
    auth = CountingAuth()
    auth.use({"ali": HASH})
    header = basic("ali", "open sesame")
    first = [status(auth, header) for _ in range(50)]
    assert await asyncio.gather(*first) == [200] * 50
    assert await status(auth, header) == 200
    assert auth.checks == 1
    assert await status(auth, basic("ali", "wrong")) == 401
    assert await status(auth, basic("ali", "wrong")) == 401
    assert auth.checks == 3  # what was wrong is not remembered


async def test_a_changed_password_ends_the_old_one(auth: BasicAuth) -> None:
    old = basic("ali", "open sesame")
    assert await status(auth, old) == 200
    auth.use({"ali": bcrypt.hashpw(b"new", bcrypt.gensalt(4)).decode()})
    assert await status(auth, old) == 401
    assert await status(auth, basic("ali", "new")) == 200


async def test_a_flood_of_guesses_is_turned_away_and_who_is_known_passes(
    auth: BasicAuth,
) -> None:
    known = basic("ali", "open sesame")
    assert await status(auth, known) == 200
    guesses = [
        asyncio.ensure_future(status(auth, basic("ali", f"guess {n}")))
        for n in range(100)
    ]
    await asyncio.sleep(0)
    assert await status(auth, known) == 200
    answers = await asyncio.gather(*guesses)
    assert answers.count(503) == 84
    assert answers.count(401) == 16


async def test_more_than_72_bytes_are_judged_by_the_first_72() -> None:
    auth = BasicAuth()
    auth.use({"ali": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()})
    assert await status(auth, basic("ali", "x" * 90)) == 200
    assert await status(auth, basic("ali", "x" * 71)) == 401
