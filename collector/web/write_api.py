"""The API's writes: switching, policies, joining and the configuration."""

from typing import Any, Final

from aiohttp import web

from collector.model.command import Action, CommandOutcome, Origin, SwitchResult
from collector.model.policy import MOST_OVERRIDE_SECONDS
from collector.model.quantity import CHANNELS
from collector.web.answers import Refusal
from collector.web.bodies import no_body, one_key
from collector.web.paths import NAME, relay_of
from collector.web.ports import WebPorts

JOIN_SECONDS_MAX: Final = 254  # Zigbee: 255 would mean for ever

_STATE_FORM: Final = '{"state": "on"}, {"state": "off"} or {"state": "toggle"}'
_JOIN_FORM: Final = f'{{"seconds": N}} with N from 0 (stop) to {JOIN_SECONDS_MAX}'
_OVERRIDE_FORM: Final = (
    f'{{"seconds": N}} with N from 0 (end it) to {MOST_OVERRIDE_SECONDS:.0f}, which is '
    "7 days"
)


class WriteApi:
    """POST of everything that changes something, in the name of one origin."""

    def __init__(self, ports: WebPorts, origin: Origin) -> None:
        self._ports = ports
        self._origin = origin

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        relay = f"/api/v1/relays/{NAME}"
        return [
            web.post(f"{relay}/channels/{{channel:[^/]+}}", self._switch),
            web.post(f"{relay}/override", self._override),
            web.post(f"/api/v1/policies/{NAME}/reset", self._reset),
            web.post("/api/v1/permit_join", self._permit_join),
            web.post("/api/v1/reload", self._reload),
        ]

    async def _switch(self, request: web.Request) -> web.StreamResponse:
        ieee = relay_of(self._ports, request)
        name, channel = request.match_info["name"], request.match_info["channel"]
        if channel not in CHANNELS:
            raise Refusal(
                404, f"A relay has the channels l1 and l2, not {channel[:100]!r}."
            )
        state = await one_key(request, "state", _STATE_FORM)
        if not isinstance(state, str) or state not in set(Action):
            raise Refusal(400, f"The body must be {_STATE_FORM}.")
        result = await self._ports.switch(ieee, channel, Action(state), self._origin)
        if result.outcome is not CommandOutcome.CONFIRMED:
            raise Refusal(502, _unconfirmed(name, result), **switch_json(result))
        return web.json_response(switch_json(result))

    async def _override(self, request: web.Request) -> web.StreamResponse:
        ieee = relay_of(self._ports, request)
        seconds = await one_key(request, "seconds", _OVERRIDE_FORM)
        number = type(seconds) in {int, float}  # true and false are none
        if not number or not 0 <= seconds <= MOST_OVERRIDE_SECONDS:  # no NaN is
            raise Refusal(400, f"The body must be {_OVERRIDE_FORM}.")
        await self._ports.override(ieee, float(seconds), self._origin)
        return web.json_response({"ieee": ieee, "seconds": seconds})

    async def _reset(self, request: web.Request) -> web.StreamResponse:
        await no_body(request)
        name = request.match_info["name"]
        await self._ports.reset_policy(name, self._origin)
        return web.json_response({"name": name, "reset": True})

    async def _permit_join(self, request: web.Request) -> web.StreamResponse:
        seconds = await one_key(request, "seconds", _JOIN_FORM)
        if type(seconds) is not int or not 0 <= seconds <= JOIN_SECONDS_MAX:
            raise Refusal(400, f"The body must be {_JOIN_FORM}.")
        await self._ports.permit_join(seconds)
        return web.json_response({"seconds": seconds})

    async def _reload(self, request: web.Request) -> web.StreamResponse:
        await no_body(request)
        await self._ports.reload()
        return web.json_response({"reloaded": True})


def switch_json(result: SwitchResult) -> dict[str, Any]:
    """Return how a command ended, fit for json.dumps."""
    return {
        "ieee": result.ieee,
        "channel": result.channel,
        "on": result.on,
        "outcome": result.outcome.value,
        "attempts": result.attempts,
        "seconds": result.seconds,
        "detail": result.detail,
    }


_ENDS: Final = {
    CommandOutcome.REFUSED: "the relay refused the command",
    CommandOutcome.FAILED: "the relay answers, and its contact did not move",
    CommandOutcome.UNKNOWN: "the relay did not answer, its contact is unknown",
    CommandOutcome.WOULD_ACT: "nothing was sent",
}


def _unconfirmed(name: str, result: SwitchResult) -> str:
    asked = "on" if result.on else "off"
    why = result.detail.rstrip(".") or _ENDS.get(result.outcome, "no reason was given")
    return f"{name[:100]!r} {result.channel} is not confirmed {asked}: {why}."
