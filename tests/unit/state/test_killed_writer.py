"""kill -9 at any moment: every acknowledged commit is there, and the file is sound."""

import asyncio
import random
import sys
from pathlib import Path

import pytest

from collector.sqlite_file import is_sound
from collector.state.store import StateStore

ROOT = Path(__file__).parents[3]

WRITER = """
import sys
from pathlib import Path
from collector.state.store import StateStore

def main():
    store = StateStore.open(Path(sys.argv[1]))
    number = max([row["n"] for row in store.load_all("k").values()], default=0)
    while True:
        number += 1
        document = {"n": number, "x": "y" * (number % 3000)}
        store.commit({("k", "first"): document, ("k", "second"): document})
        print(number, flush=True)

main()
"""


@pytest.mark.timeout(60)
async def test_a_killed_writer_loses_no_acknowledged_commit(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    chance = random.Random(8)  # noqa: S311 (moments, no secret)
    acknowledged = 0
    for _ in range(6):
        acknowledged = max(
            acknowledged, await _write_until_killed(path, chance.uniform(0.0, 0.15))
        )

        assert is_sound(path, thorough=True)
        store = StateStore.open(path)
        documents = store.load_all("k")
        store.close()

        assert documents["first"] == documents["second"]
        # One more may be on disk whose acknowledgement was cut off.
        assert documents["first"]["n"] in {acknowledged, acknowledged + 1}
    assert acknowledged > 20


async def _write_until_killed(path: Path, seconds: float) -> int:
    """Return the last number that the writer printed before it was killed."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WRITER,
        str(path),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert writer.stdout is not None
    try:
        first = await writer.stdout.readline()
        await asyncio.sleep(seconds)  # the random moment is what is tested
    finally:
        writer.kill()
    rest = await writer.stdout.read()
    await writer.wait()
    whole_lines = (first + rest).decode().rpartition("\n")[0].splitlines()
    return int(whole_lines[-1])
