"""The files that are written: where each lies, and its text."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.board import Board
from grafana.collector import COLLECTOR_BOARD
from grafana.fleet import FLEET
from grafana.influx_overview import INFLUX_OVERVIEW
from grafana.influx_relay import INFLUX_RELAY
from grafana.overview import OVERVIEW
from grafana.protection import PROTECTION_BOARD
from grafana.provisioning import provisioning
from grafana.relay import RELAY_BOARD

HERE: Final = Path(__file__).parent
BOARDS: Final[Sequence[Board]] = (
    OVERVIEW,
    RELAY_BOARD,
    PROTECTION_BOARD,
    COLLECTOR_BOARD,
    FLEET,
    INFLUX_OVERVIEW,
    INFLUX_RELAY,
)


def text_of(board: Board) -> str:
    """Return a dashboard's JSON, with a number of its own for each panel."""
    built = json.loads(json.dumps(board.build(), cls=JSONEncoder))
    for number, panel in enumerate(built["panels"], 1):
        panel["id"] = number
    return json.dumps(built, indent=2, ensure_ascii=False) + "\n"


def files() -> Iterator[tuple[Path, str]]:
    """Yield every file, its path from the repository's `grafana/`."""
    for board in BOARDS:
        yield Path("dashboards") / f"{board.name}.json", text_of(board)
    for path, text in provisioning():
        yield Path(path), text
