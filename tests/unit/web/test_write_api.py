"""Every write, through the control socket and through HTTP with a token."""

from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from collector.model.command import (
    Action,
    CommandOutcome,
    Origin,
    RequestRefusedError,
)
from collector.model.errors import ConfigError, TransientError
from collector.web.control_server import ControlServer
from tests.policy_words import BOILER, latched
from tests.statuses import boiler
from tests.unit.web.conftest import Post
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SWITCH = "/api/v1/relays/boiler/channels/l1"
OVERRIDE = "/api/v1/relays/boiler/override"
RESET = "/api/v1/policies/heater-overload/reset"
JOIN = "/api/v1/permit_join"


@pytest.mark.parametrize("action", list(Action))
async def test_a_confirmed_command_is_200_with_the_result(
    post: Post, house: House, origin: Origin, action: Action
) -> None:
    status, body = await post(SWITCH, {"state": action.value})
    assert (status, body) == (
        200,
        {
            "ieee": BOILER,
            "channel": "l1",
            "on": action is not Action.OFF,
            "outcome": "confirmed",
            "attempts": 1,
            "seconds": 0.25,
            "detail": "",
        },
    )
    assert house.switches == [(BOILER, "l1", action, origin)]


@pytest.mark.parametrize(
    ("outcome", "detail", "sentence"),
    [
        (
            CommandOutcome.FAILED,
            "The contact is reported closed.",
            "'boiler' l1 is not confirmed off: The contact is reported closed.",
        ),
        (
            CommandOutcome.REFUSED,
            "",
            "'boiler' l1 is not confirmed off: the relay refused the command.",
        ),
        (
            CommandOutcome.UNKNOWN,
            "",
            (
                "'boiler' l1 is not confirmed off: the relay did not answer, its "
                "contact is unknown."
            ),
        ),
    ],
)
async def test_a_command_that_is_not_confirmed_is_502_and_says_how_it_ended(
    post: Post, house: House, outcome: CommandOutcome, detail: str, sentence: str
) -> None:
    house.outcome, house.detail = outcome, detail
    status, body = await post(SWITCH, {"state": "off"})
    assert (status, body["error"], body["outcome"]) == (502, sentence, outcome.value)
    assert (body["channel"], body["on"], body["attempts"]) == ("l1", False, 1)


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (
            RequestRefusedError(403, "boiler l2 is protected."),
            403,
            "boiler l2 is protected.",
        ),
        (
            RequestRefusedError(409, "The service only monitors (mode: monitor)."),
            409,
            "The service only monitors (mode: monitor).",
        ),
        (TransientError("the radio is down"), 503, "the radio is down"),
        (ZeroDivisionError("a bug"), 500, "An error of the collector; see its log."),
    ],
)
async def test_what_is_turned_down_says_why(
    post: Post, house: House, error: Exception, status: int, sentence: str
) -> None:
    house.error = error
    assert await post(SWITCH, {"state": "off"}) == (status, {"error": sentence})
    assert house.switches == []


@pytest.mark.parametrize("name", [BOILER, "boiler", "cellar/l/heizung {1}", "50% ?#&"])
async def test_a_relay_is_found_by_address_and_by_any_name(
    post: Post, house: House, name: str
) -> None:
    if name not in {BOILER, "boiler"}:
        house.statuses = [boiler(name=name)]
    path = f"/api/v1/relays/{quote(name, '')}"
    assert (await post(f"{path}/channels/l2", {"state": "on"}))[0] == 200
    assert (await post(f"{path}/override", {"seconds": 60}))[0] == 200
    assert [each[:2] for each in house.switches] == [(BOILER, "l2")]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (
            "/api/v1/relays/oven/channels/l1",
            "No relay is called 'oven'; GET /api/v1/relays lists them.",
        ),
        (
            "/api/v1/relays/boiler/channels/l3",
            "A relay has the channels l1 and l2, not 'l3'.",
        ),
        (
            "/api/v1/relays/oven/override",
            "No relay is called 'oven'; GET /api/v1/relays lists them.",
        ),
        ("/api/v1/policies/nothing/reset", "No policy is called 'nothing'."),
    ],
)
async def test_what_is_not_there_is_404_and_nothing_is_sent(
    post: Post, house: House, path: str, sentence: str
) -> None:
    body = {"seconds": 60} if path.endswith("override") else {"state": "on"}
    data = b"" if path.endswith("reset") else body
    assert await post(path, data) == (404, {"error": sentence})
    assert (house.switches, house.overrides, house.resets) == ([], [], [])


async def test_a_long_name_is_not_repeated_whole(post: Post) -> None:
    _, body = await post(f"/api/v1/relays/{'x' * 5000}/override", {"seconds": 1})
    assert len(body["error"]) < 200


@pytest.mark.parametrize("seconds", [0, 0.5, 3600, 7 * 86_400])
async def test_an_override_reaches_the_rules(
    post: Post, house: House, origin: Origin, seconds: float
) -> None:
    assert await post(OVERRIDE, {"seconds": seconds}) == (
        200,
        {"ieee": BOILER, "seconds": seconds},
    )
    assert house.overrides == [(BOILER, seconds, origin)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"seconds": -1}',
        b'{"seconds": 604800.5}',
        b'{"seconds": 1e999}',
        b'{"seconds": ' + b"9" * 400 + b"}",
        b'{"seconds": true}',
        b'{"seconds": "60"}',
        b'{"seconds": null}',
        b'{"seconds": 60, "relay": "boiler"}',
        b"{}",
    ],
)
async def test_an_override_of_another_length_is_refused(
    post: Post, house: House, body: bytes
) -> None:
    assert await post(OVERRIDE, body) == (
        400,
        {
            "error": 'The body must be {"seconds": N} with N from 0 (end it) to 604800, '
            "which is 7 days."
        },
    )
    assert house.overrides == []


@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_a_policy_is_reset_by_its_name(
    post: Post, house: House, origin: Origin, body: bytes
) -> None:
    house.rules = [latched(name="floor/1 heater")]
    path = f"/api/v1/policies/{quote('floor/1 heater', '')}/reset"
    assert await post(path, body) == (200, {"name": "floor/1 heater", "reset": True})
    assert house.resets == [("floor/1 heater", origin)]


@pytest.mark.parametrize("path", [RESET, "/api/v1/reload"])
async def test_a_body_where_none_belongs_is_refused(
    post: Post, house: House, path: str
) -> None:
    house.rules = [latched()]
    assert await post(path, {"all": True}) == (
        400,
        {"error": "This path takes no body; leave it out."},
    )
    assert (house.resets, house.reloads) == ([], 0)


async def test_joining_and_reloading_reach_the_service(
    post: Post, house: House
) -> None:
    assert await post(JOIN, {"seconds": 120}) == (200, {"seconds": 120})
    assert await post("/api/v1/reload") == (200, {"reloaded": True})
    assert (house.joins, house.reloads) == ([120], 1)
    house.error = ConfigError("collector.yaml", ["policies.0.clear: above the limit"])
    assert await post("/api/v1/reload") == (
        400,
        {
            "error": "collector.yaml: policies.0.clear: above the limit",
            "source": "collector.yaml",
            "problems": ["policies.0.clear: above the limit"],
        },
    )


async def test_a_method_that_a_path_does_not_take_is_one_sentence(
    house: House, tmp_path: Path
) -> None:
    server = ControlServer()
    await server.start(tmp_path / "control.sock", house)
    connector = aiohttp.UnixConnector(str(tmp_path / "control.sock"))
    async with (
        aiohttp.ClientSession("http://localhost", connector=connector) as session,
        session.get(SWITCH) as answer,
    ):
        assert answer.status == 405
        assert (await answer.json())["error"] == (
            f"'{SWITCH}' does not take GET; it takes POST."
        )
    await server.stop()
