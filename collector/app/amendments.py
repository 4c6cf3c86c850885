"""Changes that people make while the service runs; on disk before they act."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from collector.config.overlay import Overlay
from collector.config.relay import Relay
from collector.config.schema import Config
from collector.config.settings import line_settings, relay_settings
from collector.model.command import RequestRefusedError
from collector.model.errors import TransientError
from collector.model.settings import LineSettings
from collector.scheduler import cron_edge
from collector.state.store import StateStore

OVERLAY: Final = "overlay"  # kind of document: what lies over the file, by address


class Amendments:
    """The file's relays with what lies over them."""

    def __init__(self, config: Config) -> None:
        self.config = config  # as the file has it
        self._store: StateStore | None = None
        self._overlay = Overlay({})
        self._busy = asyncio.Lock()
        self.on_change: Callable[[LineSettings], None] = lambda _: None
        self.relays: dict[str, Relay] = self._overlay.over(config.relays)  # in force

    def restore(self, store: StateStore) -> LineSettings:
        """Take what an earlier process kept; return the settings with it."""
        self._store = store
        self._overlay = Overlay(store.load_all(OVERLAY))
        return self.configure(self.config)

    def configure(self, config: Config) -> LineSettings:
        """Take a file; return its settings with what lies over it."""
        settings = line_settings(config, cron_edge)
        self.config = config
        self.relays = self._overlay.over(config.relays)
        own = {ieee: relay_settings(relay) for ieee, relay in self.relays.items()}
        return replace(settings, relays=own)

    async def change(self, ieee: str, changes: Mapping[str, Any]) -> None:
        """Change a relay's name, options or settings.

        RequestRefusedError(400) says what is wrong; TransientError: the disk does not
        take it, and nothing has changed.
        """
        async with self._busy:
            try:
                document = self._overlay.change(self.config.relays, ieee, changes)
            except ValueError as error:
                raise RequestRefusedError(400, str(error)) from error
            if document == self._overlay.documents.get(ieee):
                return
            await self._keep(ieee, document)
            self._overlay.documents[ieee] = document
            self.on_change(self.configure(self.config))

    async def forget(self, ieee: str) -> None:
        """A relay was removed by a person; TransientError as above."""
        async with self._busy:
            if ieee in self._overlay.documents:
                await self._keep(ieee, None)
                self._overlay.forget(ieee)
                self.on_change(self.configure(self.config))

    async def _keep(self, ieee: str, document: dict[str, Any] | None) -> None:
        if self._store is None:
            raise TransientError("The service is still starting; try again.")
        await asyncio.to_thread(self._store.commit, {(OVERLAY, ieee): document})
