"""Changes that people make: on disk before they act, and back after a restart."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collector.app.amendments import Amendments
from collector.config.schema import Config
from collector.model.command import RequestRefusedError
from collector.model.errors import TransientError
from collector.model.settings import LineSettings
from collector.state.store import StateStore

BOILER = "00:15:8d:00:03:a0:00:00"


class Disk(StateStore):
    """A store that may refuse, and counts."""

    full = False
    commits = 0

    def commit(self, changes: Mapping[Any, Any], daily: Any = ()) -> None:
        if self.full:
            raise TransientError("state.db: database or disk is full")
        self.commits += 1
        super().commit(changes, daily)


def config(**relay: Any) -> Config:
    return Config.model_validate(
        {"relays": [{"ieee": BOILER, "name": "boiler", **relay}]}
    )


def opened(folder: Path, file: Config | None = None) -> tuple[Amendments, Disk]:
    store = Disk.open(folder / "state.db")
    assert isinstance(store, Disk)
    amendments = Amendments(file or config())
    amendments.restore(store)
    return amendments, store


async def test_a_change_acts_at_once_and_after_a_restart(tmp_path: Path) -> None:
    amendments, store = opened(tmp_path)
    seen: list[LineSettings] = []
    amendments.on_change = seen.append
    await amendments.change(BOILER, {"name": "kettle", "interlock": True})
    assert seen[-1].relays[BOILER].name == "kettle"
    store.close()
    again, store = opened(tmp_path)
    assert again.relays[BOILER].shown_name == "kettle"
    assert again.restore(store).relays[BOILER].interlock is True
    store.close()


async def test_a_policy_stays_bound_to_the_relay(tmp_path: Path) -> None:
    rule = {
        "name": "heater",
        "kind": "threshold",
        "relay": "boiler",
        "quantity": "power",
        "above": 2000,
        "clear": 1900,
        "switch_off": ["l1"],
        "when_stale": "keep",
    }
    file = Config.model_validate(
        {"relays": [{"ieee": BOILER, "name": "boiler"}], "policies": [rule]}
    )
    amendments, store = opened(tmp_path, file)
    seen: list[LineSettings] = []
    amendments.on_change = seen.append
    await amendments.change(BOILER, {"name": "kettle"})
    (bound,) = seen[-1].policies.rules
    assert getattr(bound, "relays", None) == (BOILER,)
    store.close()


async def test_what_the_disk_does_not_take_changes_nothing(tmp_path: Path) -> None:
    amendments, store = opened(tmp_path)
    amendments.on_change = lambda _: pytest.fail("nothing has changed")
    store.full = True
    with pytest.raises(TransientError, match="full"):
        await amendments.change(BOILER, {"name": "kettle"})
    assert amendments.relays[BOILER].shown_name == "boiler"
    store.close()


async def test_what_cannot_be_is_refused_and_not_kept(tmp_path: Path) -> None:
    amendments, store = opened(tmp_path)
    with pytest.raises(RequestRefusedError, match="control characters"):
        await amendments.change(BOILER, {"name": "a\nb"})
    assert store.commits == 0
    store.close()


async def test_the_same_again_costs_no_write(tmp_path: Path) -> None:
    amendments, store = opened(tmp_path)
    for _ in range(3):
        await amendments.change(BOILER, {"interlock": True})
    assert store.commits == 1
    store.close()


async def test_a_relay_that_is_removed_is_as_the_file_says(tmp_path: Path) -> None:
    amendments, store = opened(tmp_path)
    await amendments.change(BOILER, {"name": "kettle"})
    await amendments.forget(BOILER)
    assert amendments.relays[BOILER].shown_name == "boiler"
    assert store.load_all("overlay") == {}
    store.close()


async def test_before_the_state_is_open_nothing_is_taken() -> None:
    with pytest.raises(TransientError, match="still starting"):
        await Amendments(config()).change(BOILER, {"name": "kettle"})
