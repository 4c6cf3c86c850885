"""Two threads at one spool, odd texts, and files that broke off."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.sinks.dead_letters import DeadLetter
from collector.sinks.influx_answer import Answer, Fate, judged
from collector.sinks.sender import Sender
from collector.sinks.spool import Spool
from tests.clock import ManualClock
from tests.unit.sinks.spools import line, lines, numbers_of, numbers_waiting, opened


class Late:
    """A lock before which another thread's step gets in, once."""

    def __init__(self, first: Callable[[], object]) -> None:
        self._lock = threading.Lock()
        self._first: Callable[[], object] | None = first

    def __enter__(self) -> bool:
        first, self._first = self._first, None
        if first is not None:
            first()
        return self._lock.__enter__()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def test_a_chunk_that_goes_before_it_is_read_is_not_missed(tmp_path: Path) -> None:
    spool = opened(tmp_path, limit=300)
    spool.commit(lines(1))
    spool.commit(lines(2))
    spool._lock = Late(  # type: ignore[assignment]
        lambda: spool.commit(lines(*range(100, 200)))
    )
    assert 100 in numbers_of(spool.oldest_batch(1))
    spool.close()


def test_a_letter_that_comes_while_others_go_is_kept(tmp_path: Path) -> None:
    def letter(number: int) -> DeadLetter:
        return DeadLetter(at=1.0, status=400, error="x", line=line(number).text)

    spool = opened(tmp_path)
    spool.commit(dead=[letter(1)])
    spool._lock = Late(lambda: spool.commit(dead=[letter(2)]))  # type: ignore[assignment]
    assert spool.retry_dead() == 2
    assert numbers_waiting(spool) == [1, 2]
    assert spool.dead == 0
    spool.close()


def test_a_nul_in_a_servers_words_does_not_confuse_the_count(tmp_path: Path) -> None:
    spool = opened(tmp_path, limit=5000)
    for number in range(50):
        error = "\0" + "x" * 30
        spool.commit(
            dead=[DeadLetter(at=1.0, status=400, error=error, line=f"l{number}")]
        )
    size, dead = spool.size, spool.dead
    spool.close()
    spool = opened(tmp_path, limit=5000)
    assert (spool.size, spool.dead) == (size, dead)
    spool.close()


def test_of_a_file_that_was_cut_off_what_is_there_is_saved(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for number in range(200):
        spool.commit(lines(*range(number * 100, number * 100 + 100)))
    spool.close()
    path = tmp_path / "spool.db"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    said: list[str] = []
    spool = Spool.open(path, 1 << 30, said.append)
    assert spool.points >= 5_000
    assert "points saved" in said[0]
    spool.close()


async def test_a_line_that_stands_twice_does_not_hide_that_nothing_is_taken() -> None:
    async def refuse(_: bytes) -> Answer:
        return Answer(Fate.SPLIT, 400, "read-only")

    body = "\n".join(each.text for each in lines(*range(40), 0)).encode()
    answer, dead = await Sender(refuse, ManualClock()).send(body)
    assert (answer.fate, dead) == (Fate.KEEP, [])


@pytest.mark.parametrize(
    "value",
    ["Fri, 01 Jan 99999999999 00:00:00 GMT", "Fri, 01 Jan 2027 00:00:00 +99999999"],
)
def test_a_date_that_no_calendar_has_is_none(value: str) -> None:
    assert judged(503, {"Retry-After": value}, "", 0.0).wait is None
