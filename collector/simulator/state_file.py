"""The simulator's memory on disk: one JSON file, replaced as a whole."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

_LOG = logging.getLogger(__name__)
_VERSION = 1
NAME = "simulator.json"


class StateFile:
    """Keeps one JSON object; mode 0600, because it holds the network key."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / NAME
        self._failed = False

    def restore(self, take: Callable[[Mapping[str, object]], None]) -> None:
        """Hand what was saved to `take`; what cannot be read is set aside."""
        try:
            state = json.loads(self._path.read_text(encoding="utf-8"))
            take(_checked(state))
        except FileNotFoundError:
            return
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            aside = self._path.with_suffix(".corrupt")
            self._path.replace(aside)
            _LOG.error(
                "Simulator state unreadable, begun anew: file=%s kept=%s reason=%s",
                self._path,
                aside,
                error,
            )

    def save(self, state: Mapping[str, object], *, durable: bool = True) -> None:
        """Replace the file, on disk if `durable`; a failure is logged, not raised."""
        scratch = self._path.with_suffix(".new")
        text = json.dumps({"version": _VERSION, **state}, indent=1)
        try:
            scratch.unlink(missing_ok=True)
            handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            scratch.replace(self._path)
        except OSError as error:
            if not self._failed:
                _LOG.error(
                    "Simulator state not saved: file=%s reason=%s", self._path, error
                )
            self._failed = True
        else:
            self._failed = False


def _checked(state: object) -> Mapping[str, object]:
    if not isinstance(state, dict) or state.get("version") != _VERSION:
        raise ValueError(f"it is not of version {_VERSION}")
    return state
