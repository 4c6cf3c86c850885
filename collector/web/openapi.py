"""GET /api/v1/openapi.json: what the listeners answer, as OpenAPI 3.1."""

from typing import Any, Final

from collector import __version__
from collector.web.openapi_schemas import Schema, array_of, reference, schemas
from collector.web.openapi_spool import spool_paths

_ABOUT: Final = (
    "Without web.api_tokens_file the reads are open on a localhost listener and the "
    "writes are the control socket's; with it every request shows a token. The control "
    "socket data_dir/control.sock takes all paths without one."
)
_ERRORS: Final = {
    "400": "the body is wrong",
    "401": "no token, or a wrong one",
    "403": "not for this token or listener, or a protected channel",
    "404": "no such relay, channel or policy",
    "408": "the body did not arrive in time",
    "409": "not now: monitor mode, interlock, or a policy holds the channel off",
    "413": "the body is larger than 64 KiB",
    "415": "the body is not JSON",
    "429": "too many requests, or too many wrong tokens",
    "503": "not now: the radio is down, the disk is full, or too much at once",
}
_READ: Final = ("401", "403", "429")
_WRITE: Final = (*_READ, "400", "408", "413", "415")
_NAME: Final = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "percent-encoded; a relay's IEEE address is a name too",
    "schema": {"type": "string"},
}
_CHANNEL: Final = {
    "name": "channel",
    "in": "path",
    "required": True,
    "schema": {"enum": ["l1", "l2"]},
}
_RELAY: Final = "/api/v1/relays/{name}"


def description() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Relay energy collector",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            **_open_paths(),
            **_read_paths(),
            **_write_paths(),
            **spool_paths(_errors("404", "503")),
        },
        "components": {
            "schemas": schemas(),
            "responses": {
                status: _answer(meaning, reference("Error"))
                for status, meaning in _ERRORS.items()
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "password": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _open_paths() -> dict[str, Any]:
    reasons = {
        "type": "object",
        "properties": {
            "ready": {"type": "boolean"},
            "reasons": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["ready"],
    }
    metrics = _get(
        "metrics",
        "The exposition, text 0.0.4 or OpenMetrics",
        {"200": _text("the metrics of this moment", "text/plain")},
        security=[{}, {"password": []}],
    )
    healthz = _get(
        "health",
        "Whether the loop turns",
        {"200": _text("it does", "text/plain")},
        security=[{}],
    )
    readyz = _get(
        "readiness",
        "Whether the radio is up",
        {"200": _answer("it is", reasons), "503": _answer("it is not", reasons)},
        security=[{}],
    )
    openapi = _get(
        "description",
        "This document",
        {"200": _answer("OpenAPI 3.1", {"type": "object"}), **_errors("403", "429")},
        security=[{}],
    )
    return {
        "/metrics": metrics,
        "/healthz": healthz,
        "/readyz": readyz,
        "/api/v1/openapi.json": openapi,
    }


def _read_paths() -> dict[str, Any]:
    return {
        "/api/v1/relays": _get(
            "relays",
            "Every known relay",
            {"200": _answer("a snapshot", array_of("Relay")), **_errors(*_READ)},
        ),
        _RELAY: _get(
            "relay",
            "One relay",
            {
                "200": _answer("a snapshot", reference("Relay")),
                **_errors(*_READ, "404"),
            },
            _NAME,
        ),
        "/api/v1/policies": _get(
            "policies",
            "Every rule, its state and how far it is from acting",
            {"200": _answer("a snapshot", array_of("Policy")), **_errors(*_READ)},
        ),
        "/api/v1/events": _get(
            "events",
            "What is decided from now on, as server-sent events",
            {
                "200": _text(
                    "each event is named by its kind, and its data is an Event; one "
                    'named dropped, with {"dropped": n}, stands for n lost ones; '
                    "comments are heartbeats",
                    "text/event-stream",
                ),
                **_errors(*_READ, "503"),
            },
        ),
        "/api/v1/frames": _get(
            "frames",
            "Raw frames from now on, as lines of JSON; on the control socket only",
            {
                "200": _text("a line each", "application/x-ndjson"),
                **_errors("404", "503"),
            },
        ),
    }


def _write_paths() -> dict[str, Any]:
    return {
        f"{_RELAY}/channels/{{channel}}": _post(
            "switch",
            "Move a contact and wait for how that ends",
            {
                "200": _answer("confirmed", reference("SwitchResult")),
                "502": _answer(
                    "refused by the relay, failed, or unknown", reference("Unconfirmed")
                ),
                **_errors(*_WRITE, "404", "409", "503"),
            },
            "State",
            _NAME,
            _CHANNEL,
        ),
        f"{_RELAY}/override": _post(
            "override",
            "Suspend economy rules of a relay for so long; 0 ends that",
            {
                "200": _answer("it stands", reference("Override")),
                **_errors(*_WRITE, "404", "409", "503"),
            },
            "OverrideSeconds",
            _NAME,
        ),
        "/api/v1/policies/{name}/reset": _post(
            "reset",
            "Clear latch and retries of a rule; nothing is switched",
            {
                "200": _answer("cleared, and on disk", reference("Reset")),
                **_errors(*_WRITE, "404", "503"),
            },
            None,
            _NAME,
        ),
        "/api/v1/permit_join": _post(
            "permitJoin",
            "Let relays join for so long; 0 stops that",
            {
                "200": _answer("the network is open", reference("JoinSeconds")),
                **_errors(*_WRITE, "503"),
            },
            "JoinSeconds",
        ),
        "/api/v1/reload": _post(
            "reload",
            "Read the configuration again",
            {
                "200": _answer("it is in force", reference("Reloaded")),
                **_errors(*_WRITE),
                "400": _answer(
                    "the body or the file is wrong; the old one stays in force",
                    {"anyOf": [reference("ConfigRefused"), reference("Error")]},
                ),
            },
            None,
        ),
    }


def _get(
    name: str,
    summary: str,
    responses: dict[str, Any],
    *parameters: Schema,
    **more: Any,
) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            "responses": responses,
            **more,
        }
    }


def _post(
    name: str,
    summary: str,
    responses: dict[str, Any],
    body: str | None,
    *parameters: Schema,
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": f"{summary} (write token)",
        "parameters": list(parameters),
        "responses": responses,
    }
    if body is not None:
        content = {"application/json": {"schema": reference(body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return {"post": operation}


def _answer(meaning: str, schema: Schema) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"description": meaning, "content": content}


def _text(meaning: str, content_type: str) -> dict[str, Any]:
    content = {content_type: {"schema": {"type": "string"}}}
    return {"description": meaning, "content": content}


def _errors(*statuses: str) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}
