import json

from collector.model.decision_json import event_json
from collector.web.events import EventFeed, EventTap, event_message
from tests.policy_words import confirmed, cut


def test_an_event_is_named_by_its_kind_and_is_one_line_of_data() -> None:
    event = cut(reason="two\nlines, and a relay called “Küche”")
    name, data, *rest = event_message(event, "Küche\r\n").split(b"\n")
    assert name == b"event: decision"
    assert rest == [b"", b""]
    assert json.loads(data.removeprefix(b"data: ")) == event_json(event, "Küche\r\n")


async def test_every_tap_gets_every_event_while_it_is_open() -> None:
    feed = EventFeed()
    feed.publish(cut(), "boiler")
    with feed.tap() as one, feed.tap() as other:
        feed.publish(cut(), "boiler")
        feed.publish(confirmed(), "boiler")
        both = event_message(cut(), "boiler") + event_message(confirmed(), "boiler")
        assert await one.take() == both
        assert await other.take() == both
    feed.publish(cut(), "boiler")
    assert not one._lines


async def test_a_slow_onlooker_loses_the_oldest_and_is_told_how_many() -> None:
    tap = EventTap(waiting=2)
    for number in range(5):
        tap.put(b"data: %d\n\n" % number)
    assert await tap.take() == (
        b'event: dropped\ndata: {"dropped": 3}\n\ndata: 3\n\ndata: 4\n\n'
    )
    tap.put(b"data: 5\n\n")
    assert await tap.take() == b"data: 5\n\n"
