"""The description describes what the listeners really answer."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, UnixConnector
from jsonschema import (  # type: ignore[import-untyped]  # zigpy brings it, without hints
    Draft202012Validator,
)

from collector.model.command import CommandOutcome, Origin, RequestRefusedError
from collector.model.decision_json import event_json
from collector.model.errors import ConfigError
from collector.model.status import ChannelPower, RelayStatus
from collector.web.api import FrameApi, ReadApi
from collector.web.control_server import ControlServer
from collector.web.openapi import description
from collector.web.pages import Pages
from collector.web.spool_api import SpoolApi
from collector.web.streams import Streams
from collector.web.tokens import Scope
from collector.web.write_api import WriteApi
from tests.policy_words import confirmed, cut, issue, latched
from tests.statuses import boiler
from tests.unit.web.conftest import Serve
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

DOCUMENT = description()
OPERATIONS = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def problems(value: object, schema: dict[str, Any]) -> list[str]:
    """Return what the schema, which may refer to the document, says of a value."""
    whole = {**schema, "components": DOCUMENT["components"]}
    plain = json.loads(json.dumps(value))
    return [str(error) for error in Draft202012Validator(whole).iter_errors(plain)]


def named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def answered(method: str, path: str, status: int) -> dict[str, Any]:
    """Return the schema of an answer."""
    response = OPERATIONS[method, path]["responses"][str(status)]
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][str(status)]
    schema: dict[str, Any] = response["content"]["application/json"]["schema"]
    return schema


def references(part: object) -> Iterator[str]:
    """Yield every $ref of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_route_is_described_and_nothing_else(house: House) -> None:
    streams = Streams()
    routes = [
        *ReadApi(house, streams).routes(),
        *WriteApi(house, Origin.API).routes(),
        *FrameApi(house, streams).routes(),
        *SpoolApi(house).routes(),
        *Pages(house).routes(),
    ]
    known = {(r.method, re.sub(r":[^}/]*/?\]\+", "", r.path)) for r in routes}
    assert known == OPERATIONS.keys()


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > 10
    for reference in found:
        part: Any = DOCUMENT
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]


def test_every_shape_is_json_schema_and_is_used() -> None:
    used = set(references(DOCUMENT))
    for name, schema in DOCUMENT["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert name == "Event" or f"#/components/schemas/{name}" in used


@pytest.mark.parametrize(("method", "path"), list(OPERATIONS))
def test_every_operation_is_whole(method: str, path: str) -> None:
    operation = OPERATIONS[method, path]
    needed = set(re.findall(r"\{(\w+)\}", path))
    assert {each["name"] for each in operation["parameters"]} == needed
    assert "200" in operation["responses"]
    assert operation["summary"]
    same = [
        o for o in OPERATIONS.values() if o["operationId"] == operation["operationId"]
    ]
    assert len(same) == 1


@pytest.mark.parametrize("event", [cut(), confirmed(), cut(rule=None, channel=None)])
def test_an_event_has_the_shape_described(event: Any) -> None:
    assert problems(event_json(event, "boiler"), named("Event")) == []


def test_a_shape_is_not_just_anything() -> None:
    event = event_json(cut(), "boiler")
    for wrong in (
        {**event, "kind": "party"},
        {**event, "more": 1},
        {key: value for key, value in event.items() if key != "reason"},
        {**event, "inputs": [{}]},
    ):
        assert problems(wrong, named("Event"))


@pytest.fixture
async def client(house: House, tmp_path: Path) -> AsyncIterator[ClientSession]:
    server = ControlServer()
    await server.start(tmp_path / "control.sock", house)
    connector = UnixConnector(str(tmp_path / "control.sock"))
    async with ClientSession("http://localhost", connector=connector) as client:
        yield client
    await server.stop()


async def test_reads_have_the_shapes_described(
    client: ClientSession, house: House
) -> None:
    house.rules = [latched(), latched(name="idle", relays={}, held=[])]
    full = boiler(
        channel_power={"l1": ChannelPower(watts=60.0, estimated=True)},
        unattributed_watts=1.5,
        contact_fault={"l1": False},
        outage_memory=True,
        rules=dict(latched().relays),
    )
    unknown = RelayStatus(ieee="00:15:8d:00:03:a0:00:01", name="new", energy=None)
    house.statuses = [full, unknown]
    for path in ("/api/v1/relays", "/api/v1/policies", "/api/v1/openapi.json"):
        async with client.get(path) as answer:
            body = await answer.json()
        assert body
        assert problems(body, answered("GET", path, 200)) == []
    async with client.get("/api/v1/relays/boiler") as answer:
        shape = answered("GET", "/api/v1/relays/{name}", 200)
        assert problems(await answer.json(), shape) == []


SWITCH = "/api/v1/relays/{name}/channels/{channel}"
RESET = "/api/v1/policies/{name}/reset"
OVERRIDE = "/api/v1/relays/{name}/override"
JOIN = "/api/v1/permit_join"
RELOAD = "/api/v1/reload"


@pytest.mark.parametrize(
    ("path", "body", "error", "status"),
    [
        (SWITCH, {"state": "off"}, None, 200),
        (SWITCH, {"state": "off"}, CommandOutcome.FAILED, 502),
        (SWITCH, {"state": "off"}, RequestRefusedError(409, "Not now."), 409),
        (SWITCH, {"state": "up"}, None, 400),
        (OVERRIDE, {"seconds": 1.5}, None, 200),
        (OVERRIDE, {}, None, 400),
        (RESET, None, None, 200),
        (JOIN, {"seconds": 60}, None, 200),
        (RELOAD, None, None, 200),
        (RELOAD, None, ConfigError("collector.yaml", ["wrong"]), 400),
        (RELOAD, {"a": 1}, None, 400),
    ],
)
async def test_writes_have_the_shapes_described(
    client: ClientSession, house: House, path: str, body: Any, error: Any, status: int
) -> None:
    house.rules = [latched(name="boiler")]
    if isinstance(error, CommandOutcome):
        house.outcome = error
    else:
        house.error = error
    request = OPERATIONS["POST", path].get("requestBody")
    if request and status != 400:
        shape = request["content"]["application/json"]["schema"]
        assert problems(body, shape) == []
    real = path.format(name="boiler", channel="l1")
    async with client.post(real, json=body) as answer:
        assert answer.status == status
        told = await answer.json()
    assert problems(told, answered("POST", path, status)) == []


async def test_refusals_over_http_have_the_shape_described(
    serve: Serve, tmp_path: Path
) -> None:
    _, token = issue(tmp_path / "tokens.yml", Scope.READ)
    server = await serve(tokens_file=tmp_path / "tokens.yml")
    headers = {"Authorization": f"Bearer {token}"}
    async with ClientSession(f"http://127.0.0.1:{server.port}") as client:
        for sent, status in (({}, 401), (headers, 403)):
            async with client.post(
                SWITCH.format(name="boiler", channel="l1"), json={}, headers=sent
            ) as answer:
                assert answer.status == status
                told = await answer.json()
            assert problems(told, answered("POST", SWITCH, status)) == []


async def test_the_description_is_served(client: ClientSession) -> None:
    async with client.get("/api/v1/openapi.json") as answer:
        assert answer.content_type == "application/json"
        assert await answer.json() == json.loads(json.dumps(DOCUMENT))
