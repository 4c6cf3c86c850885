"""What a server refuses is found, tried again and set aside; or the server is at fault."""

from pathlib import Path

import pytest

from collector.sinks.dead_letters import DeadLetter
from collector.sinks.influx_answer import Answer
from tests.unit.sinks.deliveries import (
    HALVE,
    NOON,
    SPLIT,
    STORED,
    HastyClock,
    Told,
    ToldClock,
    stand,
    tell,
)
from tests.unit.sinks.spools import line


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return tell(monkeypatch)


async def test_what_is_too_large_is_halved_and_the_size_remembered(
    tmp_path: Path,
) -> None:
    def rule(numbers: list[int]) -> Answer:
        return HALVE if len(numbers) > 3 else STORED

    sizes = []
    async with stand(tmp_path, HastyClock(), rule=rule, batch_points=10) as here:
        for begin in (0, 8, 16):
            here.fill(*range(begin, begin + 8))
            requests = await here.done()
            sizes.append([len(each) for each in requests])
            stored = [n for each in requests if len(each) <= 3 for n in each]
            assert stored == list(range(begin, begin + 8))
    assert sizes == [
        [8, 4, 2, 2, 4, 2, 2],
        [3, 3, 2],
        [4, 2, 2, 4, 2, 2],  # it may take more by now
    ]


async def test_bad_lines_are_found_and_set_aside(tmp_path: Path, told: Told) -> None:
    def rule(numbers: list[int]) -> Answer:
        return SPLIT if 5 in numbers else STORED

    async with stand(
        tmp_path, HastyClock(), [*range(16)], rule=rule, batch_points=100
    ) as here:
        assert await here.done() == [
            [*range(16)],
            [*range(8)],
            [0, 1, 2, 3],
            [4, 5, 6, 7],
            [4, 5],
            [4],
            [5],
            [6, 7],
            [*range(8, 16)],
            [5],  # once more, now that the rest is there
        ]
        wanted = DeadLetter(at=NOON, status=400, error="no number", line=line(5).text)
        assert here.delivery.dead == [wanted]
        assert here.delivery.done == {1}
    assert told["influx_delivered"][0][0] == 15
    assert told["influx_dead"] == [(1, "no number")]


async def test_a_line_that_is_too_large_alone_is_set_aside(tmp_path: Path) -> None:
    def rule(numbers: list[int]) -> Answer:
        return HALVE if 1 in numbers else STORED

    async with stand(tmp_path, HastyClock(), [0, 1], rule=rule) as here:
        await here.done()
        assert [each.status for each in here.delivery.dead] == [413]


async def test_lines_that_are_taken_at_the_second_try_are_not_bad(
    tmp_path: Path,
) -> None:
    refused = set(range(7))

    def rule(numbers: list[int]) -> Answer:
        bad = refused & {*numbers}
        if len(numbers) == 1:
            refused.difference_update(numbers)
        return SPLIT if bad else STORED

    async with stand(tmp_path, HastyClock(), [*range(7)], rule=rule) as here:
        await here.done()
        assert (here.delivery.dead, here.delivery.done) == ([], {1})


@pytest.mark.parametrize(("points", "dead"), [(7, 7), (8, 0), (40, 0)])
async def test_where_all_of_many_are_refused_the_lines_are_not_to_blame(
    points: int, dead: int, tmp_path: Path, told: Told
) -> None:
    clock = ToldClock()
    refusing = True

    def rule(_: list[int]) -> Answer:
        return SPLIT if refusing else STORED

    async with stand(tmp_path, clock, [*range(points)], rule=rule) as here:
        if not dead:
            await clock.slept.get()
            sentence = f"refuses every one of {points} points: no number"
            assert told["influx_failed"] == [(sentence, NOON)]
            assert here.delivery.done == set()
            refusing = False
            await clock.advance(2)
        await here.done()
        assert len(here.delivery.dead) == dead
