"""The Zigbee side of the service: the coordinator, real or simulated, and its hooks."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from typing import Any

from collector import events
from collector.app.build import radio_settings, simulator_settings
from collector.app.heap import settle_heap
from collector.app.line import Line
from collector.config.schema import Config
from collector.model.clock import Clock
from collector.model.errors import ConfigError, TransientError
from collector.radio.coordinator import Coordinator, RadioHooks
from collector.radio.join import RosterHooks

PAIR_SECONDS = 60  # the simulator's network stays open so long for missing relays


class Network:
    """The coordinator, and who is told what happens on the air."""

    def __init__(self, config: Config, line: Line, clock: Clock) -> None:
        self._config = config
        self._line = line
        self._clock = clock
        self._relays: set[str] = set()
        self._simulator: Any = None
        self._listeners: list[Callable[[str, str], None]] = []
        self.tasks: asyncio.TaskGroup | None = None
        self.coordinator: Coordinator

    @property
    def relays(self) -> Collection[str]:
        """The relays that are on the network, as far as is known."""
        return self._relays

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """Tell this one, too, of relays that come and go.

        It gets the address and "known" (at the start), "joined", "announced", "left" or
        "removed".
        """
        self._listeners.append(listener)

    def _tell(self, ieee: str, word: str) -> None:
        for listener in self._listeners:
            try:
                listener(ieee, word)
            except Exception:  # noqa: BLE001  # a bug of it: the network lives on
                events.callback_failed("roster")

    async def open(self, stack: AsyncExitStack) -> None:
        """Start the simulator where it is asked for; the coordinator opens later."""
        path = self._config.radio.path
        if self._config.radio.simulated:
            path = await self._simulate(stack)
        self.coordinator = Coordinator(
            radio_settings(self._config, path), self._hooks(), self._clock
        )

    async def _simulate(self, stack: AsyncExitStack) -> str:
        # Only here: a service with hardware does not carry the simulator in memory.
        from collector.simulator.settings import SimulatorError  # noqa: PLC0415
        from collector.simulator.znp import SimulatedCoordinator  # noqa: PLC0415

        try:
            simulator = SimulatedCoordinator(
                simulator_settings(self._config), self._clock, self._config.data_dir
            )
            await simulator.start()
        except SimulatorError as error:
            raise ConfigError("radio.simulator", [str(error)]) from error
        stack.push_async_callback(simulator.stop)
        self._simulator = simulator
        return f"socket://127.0.0.1:{simulator.port}"

    def _hooks(self) -> RadioHooks:
        return RadioHooks(
            frame=self._line.enqueue,
            count=events.frame_counted,
            roster=RosterHooks(
                known=self._known,
                joined=self._joined,
                left=self._left,
                removed=self._removed,
                foreign=events.foreign_device,
                failed=events.interview_failed,
            ),
            connected=self._connected,
            lost=self._lost,
            failed=events.radio_failed,
            request_failed=events.request_failed,
            noise=events.line_noise,
        )

    def _connected(self, path: str) -> None:
        events.radio_connected(path)
        self._line.hands.follow(
            lambda: self._line.pipeline.radio_up(
                old_chip=self.coordinator.old_chip, now=self._clock.now()
            )
        )
        settle_heap()  # every relay and rule is known, and nothing has been heard yet
        if self._simulator is not None and self.tasks is not None:
            self.tasks.create_task(self._pair_simulated(), name="pair")

    def _lost(self, path: str, reason: str) -> None:
        self._line.hands.follow(
            lambda: self._line.pipeline.radio_lost(self._clock.now())
        )
        events.radio_lost(path, reason)

    def _known(self, ieee: str, last_seen: float | None) -> None:
        self._line.pipeline.relay_known(ieee, last_seen, self._clock.now())
        if ieee not in self._relays:
            self._relays.add(ieee)
            self._tell(ieee, "known")

    def _joined(self, ieee: str) -> None:
        self._line.pipeline.relay_joined(ieee, self._clock.now())
        if ieee not in self._relays:
            self._relays.add(ieee)
            events.relay_joined(ieee, self._line.pipeline.name(ieee))
            self._tell(ieee, "joined")
        else:
            self._tell(ieee, "announced")

    def _left(self, ieee: str) -> None:
        self._relays.discard(ieee)
        self._line.pipeline.relay_left(ieee)
        events.relay_left(ieee)
        self._tell(ieee, "left")

    def _removed(self, ieee: str) -> None:
        self._relays.discard(ieee)
        self._line.hands.follow(
            lambda: self._line.pipeline.relay_removed(ieee, self._clock.now())
        )
        self._tell(ieee, "removed")

    async def _pair_simulated(self) -> None:
        """Let simulated relays in that are not in the network yet."""
        if len(self._relays) >= self._config.radio.simulator.relays:
            return
        try:
            await self.coordinator.permit_join(PAIR_SECONDS)
        except TransientError:
            return  # the next connection tries again
