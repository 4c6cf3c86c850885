"""What is read when: tables of numbers on a plain clock."""

import itertools

from collector.model.frame import ReadRequest, Urgency
from collector.model.quantity import Quantity
from collector.model.settings import PollingSettings
from collector.pipeline.polling import INTERLOCK, POWER, STATES, Polling


def polling(relays: int = 1, **settings: float) -> Polling:
    polls = Polling(PollingSettings(**settings))  # type: ignore[arg-type]  # ints and floats of a table
    for index in range(relays):
        polls.add(f"relay-{index}", 0.0)
    return polls


def run(
    polls: Polling,
    seconds: float,
    answer: dict[str, bool] | None = None,
    step: float = 0.25,
) -> list[tuple[float, ReadRequest]]:
    """Answer every read at once (or after 2 s in vain) and return what was asked."""
    asked: list[tuple[float, ReadRequest]] = []
    pending: list[tuple[float, ReadRequest]] = []
    now = 0.0
    while now <= seconds:
        for until, request in list(pending):
            if now >= until:
                pending.remove((until, request))
                polls.finished(request, answered=False, mono=now)
        for request in polls.due(now):
            asked.append((now, request))
            if (answer or {}).get(request.ieee, True):
                polls.finished(request, answered=True, mono=now)
                polls.read(request.ieee, (request.quantity, request.channel), now)
            else:
                pending.append((now + 2.0, request))
        now += step
    return asked


def test_everything_is_read_once_at_start() -> None:
    asked = run(polling(1), seconds=5)
    assert {(request.quantity, request.channel) for _, request in asked} == {
        POWER,
        *STATES,
        INTERLOCK,
    }
    assert len(asked) == 4


def test_a_report_makes_a_read_unnecessary() -> None:
    polls = polling(1)
    for item in (POWER, INTERLOCK, *STATES):
        polls.read("relay-0", item, 0.0)
    assert run(polls, seconds=29.9) == []
    assert polls.next_due() == 30.0


def test_power_is_read_every_thirty_seconds_and_state_every_five_minutes() -> None:
    asked = run(polling(1), seconds=650)
    power = [at for at, request in asked if request.quantity is Quantity.POWER]
    state = [at for at, request in asked if request.channel == "l1"]
    assert [b - a for a, b in itertools.pairwise(power)] == [30.0] * (len(power) - 1)
    assert len(power) == 22
    assert len(state) == 3


def test_the_budget_stretches_the_interval_of_power() -> None:
    polls = polling(200)
    assert polls.power_interval == 50.0
    assert polling(20).power_interval == 30.0


def test_never_more_reads_than_the_budget_allows() -> None:
    asked = run(polling(200), seconds=60)
    for second in range(1, 60):
        window = [at for at, _ in asked if second <= at < second + 1]
        assert len(window) <= 5  # 4/s, and one saved from the second before
    assert 55 * 4 <= len(asked) <= 61 * 4 + 4


def test_no_more_reads_in_flight_than_asked_for() -> None:
    polls = polling(50, in_flight=3, reads_per_second=100)
    assert len(polls.due(0.0)) == 1  # the first second's worth is still to come
    assert len(polls.due(1.0)) == 2
    assert polls.due(2.0) == ()


def test_twenty_dead_relays_of_two_hundred_starve_nobody() -> None:
    polls = polling(200)
    dead = {f"relay-{index}": False for index in range(20)}
    asked = run(polls, seconds=600, answer=dead)
    powers: dict[str, list[float]] = {}
    for at, request in asked:
        if request.quantity is Quantity.POWER and request.ieee not in dead:
            powers.setdefault(request.ieee, []).append(at)
    assert len(powers) == 180
    for times in powers.values():
        # After the start (200 x 4 first reads at 4/s) within four intervals: fresh.
        late = [b - a for a, b in itertools.pairwise(times) if a > 300]
        assert late
        assert max(late) <= 4 * polls.power_interval
    to_dead = [at for at, request in asked if request.ieee in dead]
    assert len(to_dead) <= 20 * 5  # 0, 32, 94, 216, 458 s


def test_the_back_off_doubles_to_fifteen_minutes_and_ends_when_the_relay_speaks() -> (
    None
):
    polls = polling(1)
    asked = run(polls, seconds=4000, answer={"relay-0": False})
    pauses = [round(b - a - 2.0) for (a, _), (b, _) in itertools.pairwise(asked)]
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    polls.heard("relay-0")
    assert polls.due(4001.0)


def test_an_urgent_read_goes_first_and_at_most_every_two_seconds() -> None:
    polls = polling(3)
    for index in range(3):
        for item in (POWER, INTERLOCK, *STATES):
            polls.read(f"relay-{index}", item, 0.0)
    polls.want_power("relay-1")
    (request,) = polls.due(1.0)
    assert request == ReadRequest(
        ieee="relay-1", quantity=Quantity.POWER, urgency=Urgency.HIGH
    )
    polls.finished(request, answered=True, mono=1.1)
    polls.want_power("relay-1")
    assert polls.due(2.9) == ()
    assert [each.ieee for each in polls.due(3.0)] == ["relay-1"]


def test_a_reading_that_came_by_itself_ends_the_urgency() -> None:
    polls = polling(1)
    for item in (POWER, INTERLOCK, *STATES):
        polls.read("relay-0", item, 0.0)
    polls.want_power("relay-0")
    polls.read("relay-0", POWER, 0.5)
    assert polls.due(1.0) == ()


def test_an_answer_without_a_value_is_not_asked_for_again_at_once() -> None:
    polls = polling(1)
    asked = [request for _, request in run(polls, seconds=0)]
    assert len(asked) == 1
    polls.finished(asked[0], answered=True, mono=0.0)
    again = run(polls, seconds=3)
    assert asked[0] not in [request for _, request in again]


def test_a_lost_radio_frees_all_places_and_forgives_all_relays() -> None:
    polls = polling(4, in_flight=1)
    (request,) = polls.due(0.0)
    assert polls.due(1.0) == ()
    polls.abandon()
    polls.finished(request, answered=False, mono=1.0)
    assert polls.due(2.0)


def test_a_removed_relay_is_read_no_longer() -> None:
    polls = polling(1)
    polls.remove("relay-0")
    assert polls.due(100.0) == ()
    assert polls.next_due() == float("inf")


def test_with_two_hundred_relays_power_is_fresh_from_the_start() -> None:
    polls = polling(200)
    dead = {f"relay-{index}": False for index in range(20)}
    powers: dict[str, list[float]] = {}
    for at, request in run(polls, seconds=600, answer=dead):
        if request.quantity is Quantity.POWER and request.ieee not in dead:
            powers.setdefault(request.ieee, []).append(at)
    limit = 4 * polls.power_interval
    for times in powers.values():
        assert times[0] <= limit / 2
        assert max(b - a for a, b in itertools.pairwise(times)) <= limit


def test_a_read_that_began_before_the_relay_joined_anew_says_nothing() -> None:
    polls = polling(1)
    (request,) = polls.due(0.0)
    polls.add("relay-0", 1.0)
    polls.finished(request, answered=False, mono=2.0)
    assert [each.ieee for each in polls.due(2.0)] == ["relay-0"]


def test_an_urgent_read_in_vain_is_tried_again_three_times() -> None:
    polls = polling(1)
    for item in (POWER, INTERLOCK, *STATES):
        polls.read("relay-0", item, 0.0)
    polls.want_power("relay-0")
    asked = []
    for second in range(1, 25):
        for request in polls.due(float(second)):
            asked.append(second)
            polls.finished(request, answered=False, mono=second + 0.5)
    assert asked == [1, 3, 5, 7]


def test_an_old_chip_is_asked_once_a_second_and_never_twice_at_once() -> None:
    polls = polling(10)
    polls.old_chip = True
    assert polls.power_interval == 30.0
    asked = run(polls, seconds=20)
    assert len(asked) <= 21
    polls = polling(10)
    polls.old_chip = True
    assert len(polls.due(0.0)) == 1
    assert polls.due(10.0) == ()


def test_an_interlock_that_is_asked_for_is_read_every_five_minutes() -> None:
    polls = polling(2)
    polls.kept_interlocks = frozenset({"relay-1"})
    moments: dict[str, list[float]] = {"relay-0": [], "relay-1": []}
    for tick in range(4 * 1000):
        now = tick / 4
        for request in polls.due(now):
            polls.finished(request, answered=True, mono=now)
            polls.read(request.ieee, (request.quantity, request.channel), now)
            if request.quantity is Quantity.INTERLOCK:
                moments[request.ieee].append(now)
    assert len(moments["relay-0"]) == 1
    assert [b - a for a, b in itertools.pairwise(moments["relay-1"])] == [300.0] * 3


def test_an_interlock_that_was_written_is_read_back_at_once() -> None:
    polls = polling(1)
    for item in (POWER, INTERLOCK, *STATES):
        polls.read("relay-0", item, 0.0)
    polls.kept_interlocks = frozenset({"relay-0"})
    assert polls.due(10.0) == ()
    polls.refresh("relay-0", INTERLOCK)
    (request,) = polls.due(10.0)
    assert request.quantity is Quantity.INTERLOCK
    polls.read("relay-0", INTERLOCK, 10.1)
    polls.finished(request, answered=True, mono=10.1)
    again = [each.quantity for each in polls.due(300.0)]
    assert Quantity.INTERLOCK not in again
    assert polls.next_due() <= 310.1
