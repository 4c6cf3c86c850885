"""The air of the cut-off benchmark: overloads on the wire, and when their OFF arrives.

    python -m tests.bench.overload_air RELAYS OVERLOADED

A process of its own. Takes one JSON line per command on standard input: {"rate": r,
"trials": n}; every EVERY_SECONDS one of the first OVERLOADED relays reports a power
over its limit, while the other relays send r reports a second. Answers with the milliseconds
from the writing of each such frame to the arrival of the OFF at the relay, both on this
process' clock.
"""

import asyncio
import json
import struct
import sys
import time
from typing import Any

from collector.clock import SystemClock
from collector.simulator import identity, zcl
from collector.simulator.flood import Flood
from collector.simulator.relay import HAND
from collector.simulator.settings import SimulatorSettings
from collector.simulator.simulated_relay import SimulatedRelay
from collector.simulator.znp import SimulatedCoordinator
from tests.bench.air import JOIN_SECONDS, standard_input

EVERY_SECONDS = 0.1  # between two overloads; of one relay OVERLOADED times as long
ANSWER_SECONDS = 5.0
LIMIT_WATTS = 2500.0  # of every policy here; the reports of a flood stay below 2 kW
OVER_WATTS, REST_WATTS = 3300.0, 150.0


class Overloads:
    """Lets relays report overloads, and stamps the OFF that follows."""

    def __init__(self, coordinator: SimulatedCoordinator, count: int) -> None:
        self.count = count
        self._coordinator = coordinator
        self._relays = coordinator.relays[:count]
        self._arrived: dict[str, asyncio.Future[int]] = {}
        self._number = 0
        for relay in self._relays:
            self._stamp(relay)

    def _stamp(self, relay: SimulatedRelay) -> None:
        """Note when an OFF for L1 is carried out: the frame has just been received."""
        switch = relay.core.switch

        def stamped(channel: int, on: bool, code: int = 0x07) -> None:
            at = time.monotonic_ns()
            waiting = self._arrived.get(relay.ieee)
            if waiting is not None and not waiting.done() and not on:
                waiting.set_result(at)
            switch(channel, on, code)

        relay.core.switch = stamped  # type: ignore[method-assign]  # the point of it

    async def run(self, trials: int) -> list[float]:
        """Return the milliseconds of each trial; RuntimeError where no OFF came."""
        taken = []
        for relay in self._relays:
            self._close(relay)
        await asyncio.sleep(1.0)
        for trial in range(trials):
            relay = self._relays[trial % len(self._relays)]
            taken.append(await self._overload(relay))
            before = self._relays[(trial - len(self._relays) // 2) % len(self._relays)]
            if trial >= len(self._relays) // 2:
                self._close(before)
            await asyncio.sleep(EVERY_SECONDS)
        return taken

    def _close(self, relay: SimulatedRelay) -> None:
        """A hand closes the contact; little flows.

        Before that the relay has told that nothing flows any more, as it does after an
        OFF: closed by hand while the last word is an overload, it is cut again at once.
        """
        if not relay.is_on("l1"):
            self._report(relay, 0.0)
            relay.set_state("l1", True)
            relay.core.report_state(0, HAND)
            relay.flush()
        self._report(relay, REST_WATTS)

    async def _overload(self, relay: SimulatedRelay) -> float:
        arrived: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._arrived[relay.ieee] = arrived
        sent = time.monotonic_ns()
        self._report(relay, OVER_WATTS)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return (await arrived - sent) / 1e6
        except TimeoutError:
            raise RuntimeError(f"no OFF came to {relay.ieee}") from None

    def _report(self, relay: SimulatedRelay, watts: float) -> None:
        """Send an AnalogInput report; no two are alike, or one would be a duplicate."""
        self._number += 1
        value = struct.pack("<f", watts + self._number % 4096 / 64)
        frame = zcl.report(relay.core.next_sequence(), b"\x55\x00\x39" + value)
        self._coordinator.inject(relay.ieee, 1, identity.ANALOG_INPUT, frame)


async def serve(relays: int, overloaded: int) -> None:
    """Run the coordinator until standard input ends."""
    coordinator = SimulatedCoordinator(
        SimulatorSettings(
            relays=relays,
            firmware=(47,),
            scenario="quiet",
            joined=True,
            join_seconds=JOIN_SECONDS,
        ),
        SystemClock(),
    )
    await coordinator.start()
    _say({"port": coordinator.port})
    commands = await standard_input()
    overloads = Overloads(coordinator, overloaded)
    try:
        while line := await commands.readline():
            asked = json.loads(line)
            _say(await _measure(coordinator, overloads, asked))
    finally:
        await coordinator.stop()


async def _measure(
    coordinator: SimulatedCoordinator, overloads: Overloads, asked: dict[str, Any]
) -> dict[str, Any]:
    flood = None
    if asked["rate"]:
        seconds = asked["trials"] * (EVERY_SECONDS + ANSWER_SECONDS) + 60
        count = round(asked["rate"] * seconds)  # more than enough: it is cancelled
        # Of the others: a flood's structures repeat the contacts of its beginning.
        source = Flood(coordinator.relays[overloads.count :])
        flood = asyncio.create_task(
            source.run(coordinator.send_raw, SystemClock(), asked["rate"], count)
        )
    try:
        return {"ms": await overloads.run(asked["trials"])}
    except RuntimeError as error:
        return {"error": str(error)}
    finally:
        if flood is not None:
            flood.cancel()
            await asyncio.gather(flood, return_exceptions=True)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
