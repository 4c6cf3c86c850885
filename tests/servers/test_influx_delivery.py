"""Every point that was spooled is in the database exactly once, whatever the server does."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import web

from collector.sinks import sender
from tests.integration.zigpy_host import eventually
from tests.servers.influx_servers import InfluxDB
from tests.servers.influx_world import BUCKET, POINTS, START, line, world

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(90)]


@pytest.fixture(scope="module")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    server = InfluxDB(tmp_path_factory.mktemp("influxdb"))
    yield server
    server.kill()


@pytest.fixture
def database(influxdb: InfluxDB) -> InfluxDB:
    """A running server with an empty database."""
    influxdb.kill()
    influxdb.start()
    influxdb.query(f'DROP DATABASE "{BUCKET}"', "")
    influxdb.create(BUCKET)
    return influxdb


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(sender, "LAST_WAIT", 0.1)


def stored(database: InfluxDB) -> list[float]:
    """Return every value in the order of time."""
    series = database.query('SELECT "power_w" FROM "relay" ORDER BY time', BUCKET)
    return [float(str(row[1])) for row in series[0]["values"]] if series else []


def all_of(
    count: int = POINTS, but: Callable[[int], bool] = lambda _: False
) -> list[float]:
    return [number + 0.5 for number in range(count) if not but(number)]


async def test_everything_arrives_once(tmp_path: Path, database: InfluxDB) -> None:
    async with world(tmp_path, database) as here:
        here.fill([line(number) for number in range(POINTS)])
        await here.deliver()
        assert here.door.requests == POINTS / 1000
    assert stored(database) == all_of()
    rows = database.query('SELECT * FROM "relay" LIMIT 1', BUCKET)[0]
    assert list(map(str, rows["columns"])) == [
        "time",
        "ieee",
        "power_w",
        "site",
        "state_l1",
    ]
    assert rows["values"] == [[START, "r00", 0.5, "home", 0]]


def times(
    count: int, answer: Callable[[], web.Response]
) -> Callable[..., web.Response | None]:
    """A fault that comes so many times."""
    left = [count]

    def fault(_: web.Request, __: bytes) -> web.Response | None:
        left[0] -= 1
        return answer() if left[0] >= 0 else None

    return fault


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=503, headers={"Retry-After": "0.05"}),
        lambda: web.Response(status=429, headers={"Retry-After": "0"}),
        lambda: web.json_response({"message": "unauthorized access"}, status=401),
        lambda: web.json_response({"message": "bucket not found"}, status=404),
        lambda: web.Response(status=500, text="panic"),
        lambda: web.Response(status=408),
        lambda: web.Response(
            status=400,
            text="<html><title>Welcome</title></html>",
            content_type="text/html",
        ),
        lambda: web.Response(text="<html>log in</html>", content_type="text/html"),
        lambda: web.Response(status=302, headers={"Location": "/elsewhere"}),
    ],
)
async def test_what_passes_by_costs_nothing(
    answer: Callable[[], web.Response], tmp_path: Path, database: InfluxDB
) -> None:
    async with world(tmp_path, database) as here:
        here.fill([line(number) for number in range(POINTS)])
        here.door.fault = times(7, answer)
        await here.deliver()
        assert here.spool.dead == 0
    assert stored(database) == all_of()


async def test_the_token_is_read_again_after_it_was_refused(
    tmp_path: Path, database: InfluxDB
) -> None:
    def guarded(request: web.Request, _: bytes) -> web.Response | None:
        if request.headers["Authorization"] == "Token right":
            return None
        here.token = "right"  # noqa: S105  # somebody writes the new one into the file
        return web.json_response({"message": "unauthorized"}, status=401)

    async with world(tmp_path, database) as here:
        here.token = "wrong"  # noqa: S105
        here.door.fault = guarded
        here.fill([line(number) for number in range(100)])
        await here.deliver()
        assert here.door.statuses == [401, 204]
    assert stored(database) == all_of(100)


async def test_a_database_that_is_made_later(
    tmp_path: Path, database: InfluxDB
) -> None:
    database.query(f'DROP DATABASE "{BUCKET}"', "")
    async with world(tmp_path, database) as here:
        here.fill([line(number) for number in range(POINTS)])
        delivering_all = asyncio.create_task(here.deliver())
        await eventually(lambda: here.door.requests >= 3)
        assert set(here.door.statuses) == {404}
        database.create(BUCKET)
        await delivering_all
    assert stored(database) == all_of()


async def test_what_is_too_large_is_sent_in_parts(
    tmp_path: Path, database: InfluxDB
) -> None:
    def small(_: web.Request, body: bytes) -> web.Response | None:
        many = body.count(b"\n") + 1 > 150
        return web.Response(status=413, text="too large") if many else None

    async with world(tmp_path, database) as here:
        here.fill([line(number) for number in range(POINTS)])
        here.door.fault = small
        await here.deliver()
        assert here.spool.dead == 0
        # It does not ask again and again for what was refused before.
        assert here.door.statuses.count(413) < here.door.statuses.count(204)
    assert stored(database) == all_of()


def bad(number: int) -> bool:
    return number in {0, 3, 777, 778, 3999}


def in_v2_400(_: web.Request, body: bytes) -> web.Response | None:
    """InfluxDB 2 on a line that cannot be parsed: nothing of the batch is kept."""
    if b"power_w=no" not in body:
        return None
    return web.json_response(
        {"code": "invalid", "message": "unable to parse: invalid number"}, status=400
    )


def without_bad(body: bytes) -> bytes:
    return b"\n".join(each for each in body.split(b"\n") if b"power_w=no" not in each)


@pytest.mark.parametrize(
    "behaviour", ["nothing kept", "rest kept 422", "rest kept 400"]
)
async def test_bad_lines_are_set_aside_and_the_rest_arrives(
    behaviour: str, tmp_path: Path, database: InfluxDB
) -> None:
    async with world(tmp_path, database) as here:
        if behaviour == "nothing kept":
            here.door.fault = in_v2_400
        elif behaviour == "rest kept 422":

            def conflict(_: web.Request, body: bytes) -> web.Response | None:
                if b"power_w=no" not in body:
                    return None
                words = {
                    "code": "unprocessable entity",
                    "message": "field type conflict",
                }
                return web.json_response(words, status=422)

            here.door.after = conflict  # 1.6 itself keeps the rest of such a batch
        lines = [
            line(number, "power_w=no" if bad(number) else "")
            for number in range(POINTS)
        ]
        here.fill(lines)
        await here.deliver()
        letters = here.spool.dead_letters()
        assert {each.line for each in letters} == {
            lines[number].text for number in range(POINTS) if bad(number)
        }
        assert all(each.status in {400, 422} and each.error for each in letters)
        assert here.door.requests < 150
    assert stored(database) == all_of(but=bad)


async def test_a_server_that_takes_nothing_at_all_costs_no_point(
    tmp_path: Path, database: InfluxDB
) -> None:
    """Not the lines are to blame, and none is set aside; it is tried until it works."""
    async with world(tmp_path, database) as here:
        refusing = True

        def refuses(_: web.Request, __: bytes) -> web.Response | None:
            words = {"code": "invalid", "message": "org is read-only"}
            return web.json_response(words, status=400) if refusing else None

        here.door.fault = refuses
        here.fill([line(number) for number in range(40)])
        running = asyncio.create_task(here.deliver())
        await eventually(lambda: here.door.requests >= 200)
        assert here.spool.dead == 0
        refusing = False
        await running
    assert stored(database) == all_of(40)


async def test_a_time_out_after_storing_writes_no_point_twice(
    tmp_path: Path, database: InfluxDB
) -> None:
    async with world(tmp_path, database) as here:
        here.door.after = times(3, lambda: web.Response(status=504, text="gateway"))
        here.fill([line(number) for number in range(POINTS)])
        await here.deliver()
        assert here.door.statuses.count(504) == 3
    assert stored(database) == all_of()


async def test_a_server_that_is_killed_again_and_again(
    tmp_path: Path, database: InfluxDB
) -> None:
    async with world(tmp_path, database) as here:
        lines = [line(number) for number in range(POINTS)]
        here.fill(lines[:1000])
        running = asyncio.create_task(here.deliver())
        for part in range(1, 4):
            await asyncio.to_thread(database.kill)
            here.fill(lines[part * 1000 : (part + 1) * 1000])
            await asyncio.sleep(0.3)
            await asyncio.to_thread(database.start)
            await asyncio.sleep(0.2)
        here.delivery.wake()
        await running if here.spool.points == 0 else await here.deliver()
        running.cancel()
    assert stored(database) == all_of()


async def test_the_newest_points_come_first_after_an_outage(
    tmp_path: Path, database: InfluxDB
) -> None:
    seen: list[int] = []

    def note(_: web.Request, body: bytes) -> web.Response | None:
        seen.append(int(body.rsplit(b" ", 1)[1]) - START)
        return None

    async with world(tmp_path, database) as here:
        here.door.after = note
        here.fill([line(number) for number in range(POINTS)])
        await here.deliver()
    assert seen == [3999, 999, 1999, 2999]


async def test_requests_are_gzipped_and_say_what_they_are(
    tmp_path: Path, database: InfluxDB
) -> None:
    async with world(tmp_path, database) as here:
        asked: list[web.Request] = []

        def note(request: web.Request, _: bytes) -> None:
            asked.append(request)

        here.door.fault = note
        here.fill([line(1)])
        await here.deliver()
        (request,) = asked
        assert request.headers["Content-Encoding"] == "gzip"
        assert request.query == {"org": "", "bucket": BUCKET, "precision": "ms"}
