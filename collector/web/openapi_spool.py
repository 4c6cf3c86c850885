"""/api/v1/spool in the description of the API: the control socket's alone."""

from collections.abc import Mapping
from typing import Any, Final

_COUNT: Final = {"type": "integer", "minimum": 0}
_LETTER: Final = {
    "type": "object",
    "required": ["at", "status", "error", "line"],
    "properties": {
        "at": {"type": "number", "description": "when it was refused, Unix time, s"},
        "status": {"type": "integer", "description": "of HTTP"},
        "error": {"type": "string", "description": "the server's words"},
        "line": {"type": "string", "description": "the point in line protocol"},
    },
}


def spool_paths(errors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the path; `errors` are the responses that all three may give."""

    def operation(name: str, summary: str, schema: object) -> dict[str, Any]:
        content = {"application/json": {"schema": schema}}
        answer = {"description": "done", "content": content}
        return {
            "operationId": name,
            "summary": f"{summary}; on the control socket only",
            "parameters": [],
            "responses": {"200": answer, **errors},
        }

    def counted(word: str) -> dict[str, Any]:
        return {"type": "object", "required": [word], "properties": {word: _COUNT}}

    letters = {"type": "array", "items": _LETTER}
    return {
        "/api/v1/spool": {
            "get": operation("spool", "Points that the database refuses", letters),
            "post": operation("spoolRetry", "Send them again", counted("retried")),
            "delete": operation("spoolDrop", "Forget them", counted("dropped")),
        }
    }
