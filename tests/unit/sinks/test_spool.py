"""Points on disk: what is committed is there, what is done is gone, and no more fits."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from collector.model.errors import TransientError
from collector.sinks import spool as spooling
from collector.sinks.dead_letters import ROW_BYTES, DeadLetter
from collector.sinks.spool import Batch, Spool
from collector.sinks.spool_file import Line
from tests.unit.sinks.spools import (
    START,
    line,
    lines,
    numbers_of,
    numbers_waiting,
    opened,
)

NOISE = Random(8)  # noqa: S311 (what cannot be deflated, no secret)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    here = opened(tmp_path)
    yield here
    here.close()


def noisy(number: int, size: int = 1000) -> Line:
    return line(number, f',x="{NOISE.randbytes(size // 2).hex()}"')


def letter(number: int, size: int = 0) -> DeadLetter:
    return DeadLetter(
        at=5.0 + number,
        status=400,
        error="no number",
        line=line(number, "x" * size).text,
    )


def test_a_new_spool_is_empty_and_its_owners_alone(
    spool: Spool, tmp_path: Path
) -> None:
    assert (spool.points, spool.size, spool.oldest, spool.dead) == (0, 0, None, 0)
    assert spool.newest(10) is None
    assert spool.oldest_batch(10) is None
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


def test_what_is_committed_waits(spool: Spool) -> None:
    assert spool.commit(lines(3, 1, 2)) == 0
    assert spool.newest(10) == Batch(
        chunks=(1,),
        points=3,
        body="\n".join(each.text for each in lines(3, 1, 2)).encode(),
        oldest=START + 1,
    )
    assert (spool.points, spool.oldest) == (3, START + 1)
    assert spool.size > ROW_BYTES


def test_a_commit_of_nothing_writes_nothing(spool: Spool) -> None:
    spool.close()  # it would be seen
    assert spool.commit() == 0


def test_a_closed_spool_is_a_mistake_and_not_the_disk(spool: Spool) -> None:
    spool.close()
    with pytest.raises(sqlite3.ProgrammingError):
        spool.commit(lines(1))


def test_many_lines_are_several_chunks(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spooling, "CHUNK_POINTS", 4)
    spool.commit(lines(*range(10)))
    assert numbers_of(spool.newest(1)) == [8, 9]
    assert numbers_of(spool.oldest_batch(1)) == [0, 1, 2, 3]
    assert numbers_waiting(spool) == list(range(10))


@pytest.mark.parametrize(
    ("most", "newest", "oldest"),
    [
        (1, [6, 7, 8], [0, 1, 2]),  # a chunk is never taken in part
        (5, [6, 7, 8], [0, 1, 2]),
        (6, [3, 4, 5, 6, 7, 8], [0, 1, 2, 3, 4, 5]),
        (100, list(range(9)), list(range(9))),
    ],
)
def test_batches_are_whole_chunks_of_either_end(
    most: int, newest: list[int], oldest: list[int], spool: Spool
) -> None:
    for begin in (0, 3, 6):
        spool.commit(lines(begin, begin + 1, begin + 2))
    assert numbers_of(spool.newest(most)) == newest
    assert numbers_of(spool.oldest_batch(most)) == oldest


def test_what_is_on_its_way_is_left_out(spool: Spool) -> None:
    for number in range(4):
        spool.commit(lines(number))
    assert numbers_of(spool.newest(2, but={4, 2})) == [0, 2]
    assert numbers_of(spool.oldest_batch(1, but={1})) == [1]
    assert spool.newest(2, but={1, 2, 3, 4}) is None


def test_what_is_done_goes_with_the_next_lines_or_not_at_all(spool: Spool) -> None:
    spool.commit(lines(1))
    spool.commit(lines(2))
    spool._database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON chunk BEGIN SELECT RAISE(ABORT, 'x'); END"
    )
    with pytest.raises(TransientError, match=r"spool\.db: x"):
        spool.commit(lines(3), done={1}, dead=[letter(9)])
    assert (numbers_waiting(spool), spool.dead) == ([1, 2], 0)
    spool._database.execute("DROP TRIGGER full")
    spool.commit(lines(3), done={1}, dead=[letter(9)])
    assert (numbers_waiting(spool), spool.dead) == ([2, 3], 1)


def test_what_is_done_twice_is_done(spool: Spool) -> None:
    spool.commit(lines(1))
    spool.commit(done={1})
    spool.commit(done={1, 77})
    assert (spool.points, spool.size, spool.oldest) == (0, 0, None)


def test_a_number_does_not_come_again(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        spool = opened(tmp_path)
        spool.commit(lines(number))
        batch = spool.newest(1)
        assert batch is not None
        assert batch.chunks == (number,)
        spool.commit(done=batch.chunks)
        spool.close()


def test_opened_again_it_is_the_same(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.commit(lines(5, 6))
    first.commit(lines(2), dead=[letter(9)])
    before = first.points, first.size, first.oldest, first.dead
    first.close()
    again = opened(tmp_path)
    assert (again.points, again.size, again.oldest, again.dead) == before
    assert numbers_waiting(again) == [5, 6, 2]
    assert again.dead_letters() == [letter(9)]
    again.close()


# bounds -------------------------------------------------------------------------------


def test_the_oldest_points_make_room_and_are_counted(tmp_path: Path) -> None:
    spool = opened(tmp_path, limit=5_000)
    dropped = [spool.commit([noisy(n), noisy(n + 1)]) for n in range(0, 40, 2)]
    assert spool.size <= 5_000
    assert sum(dropped) + spool.points == 40
    assert numbers_waiting(spool) == list(range(40 - spool.points, 40))
    assert spool.points >= 4
    spool.close()


def test_the_newest_chunk_always_stays(tmp_path: Path) -> None:
    spool = opened(tmp_path, limit=100)
    spool.commit([noisy(1)])
    assert spool.commit([noisy(2)]) == 1
    assert numbers_waiting(spool) == [2]
    spool.close()


def test_points_that_are_done_make_room_first(tmp_path: Path) -> None:
    spool = opened(tmp_path, limit=1_800)
    spool.commit([noisy(1)])
    spool.commit([noisy(2)])
    assert spool.commit([noisy(3)], done={1}) == 0
    assert numbers_waiting(spool) == [2, 3]
    spool.close()


def test_a_smaller_limit_holds_from_the_next_commit(tmp_path: Path) -> None:
    first = opened(tmp_path)
    for number in range(10):
        first.commit([noisy(number)])
    first.close()
    again = opened(tmp_path, limit=2_000)
    assert again.commit(lines(10)) == 8
    assert numbers_waiting(again) == [8, 9, 10]
    again.close()


def test_dead_letters_take_a_tenth_at_most(tmp_path: Path) -> None:
    spool = opened(tmp_path, limit=10_000)
    spool.commit(dead=[letter(number, size=100) for number in range(20)])
    kept = spool.dead_letters()
    assert kept == [letter(n, size=100) for n in range(20 - spool.dead, 20)]
    assert spool.dead == len(kept) == 4
    assert spool.size <= 1_000
    spool.commit(dead=[letter(99, size=5_000)])
    assert spool.dead_letters() == [letter(99, size=5_000)]  # the last one stays
    size = spool.size
    spool.close()
    again = opened(tmp_path, limit=10_000)
    assert again.size == size
    again.close()


# trouble ------------------------------------------------------------------------------


def test_a_full_disk_keeps_nothing_of_the_call(spool: Spool) -> None:
    spool.commit([noisy(1)])
    before = spool.points, spool.size
    (pages,) = spool._database.execute("PRAGMA page_count").fetchone()
    spool._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(TransientError, match="full"):
        spool.commit([noisy(2, 100_000)], done={1}, dead=[letter(9)])
    assert (spool.points, spool.size, spool.dead) == (*before, 0)
    assert numbers_waiting(spool) == [1]
    spool._database.execute("PRAGMA max_page_count = 1000000")
    spool.commit([noisy(2, 100_000)], done={1}, dead=[letter(9)])
    assert (numbers_waiting(spool), spool.dead) == ([2], 1)


@pytest.mark.parametrize("body", ["x'00112233'", "'text'", "7", "x''"])
def test_a_damaged_chunk_is_lost_and_does_not_block(body: str, spool: Spool) -> None:
    for begin in (0, 2, 4):
        spool.commit(lines(begin, begin + 1))
    spool._database.execute(f"UPDATE chunk SET body = {body} WHERE id = 2")  # noqa: S608
    batch = spool.oldest_batch(100)
    assert batch is not None
    assert (batch.chunks, batch.points, batch.lost) == ((1, 2, 3), 4, 2)
    assert numbers_of(batch) == [0, 1, 4, 5]
    alone = spool.newest(2, but={3})
    assert alone is not None
    assert (alone.chunks, alone.points, alone.lost, alone.body) == ((2,), 0, 2, b"")
    spool.commit(done=batch.chunks)
    assert spool.points == 0


# dead letters -------------------------------------------------------------------------


def test_dead_letters_are_listed_the_oldest_first(spool: Spool) -> None:
    spool.commit(dead=[letter(2), letter(1)])
    spool.commit(dead=[letter(3)])
    assert spool.dead_letters() == [letter(2), letter(1), letter(3)]
    assert spool.newest(1) is None


def test_dead_letters_can_be_sent_again_with_their_own_time(spool: Spool) -> None:
    spool.commit(dead=[letter(2), letter(1)])
    assert spool.retry_dead() == 2
    assert (spool.dead, spool.dead_letters()) == (0, [])
    assert numbers_waiting(spool) == [2, 1]
    assert spool.oldest == START + 1
    assert spool.retry_dead() == 0
    assert spool.points == 2


def test_dead_letters_can_be_forgotten(spool: Spool) -> None:
    spool.commit(lines(5), dead=[letter(2), letter(1)])
    assert spool.drop_dead() == 2
    assert (spool.dead, spool.dead_letters(), spool.points) == (0, [], 1)
    assert spool.drop_dead() == 0
