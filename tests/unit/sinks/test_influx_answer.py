"""What a status and a few words of a server mean for the points."""

import pytest
from hypothesis import given, strategies as st

from collector.sinks.influx_answer import (
    LONGEST_WAIT,
    SHOWN,
    Answer,
    Fate,
    judged,
    words_of,
)

NOW = 1_772_366_400.0  # 2026-03-01T12:00:00Z
PAGE = "<html><head><title>Welcome</title></head><body>log in</body></html>"
A_PAGE = "a web page, 'Welcome'; no database answers so, look at influxdb.url"
V2 = '{"code":"invalid","message":"unable to parse \\"a\\": bad number"}'
V1 = '{"error":"partial write: field type conflict"}'


@pytest.mark.parametrize(
    ("status", "text", "fate", "sentence"),
    [
        (204, "", Fate.STORED, ""),
        (204, PAGE, Fate.STORED, ""),
        (400, V2, Fate.SPLIT, 'unable to parse \\"a\\": bad number'),
        (400, V1, Fate.SPLIT, "partial write: field type conflict"),
        (422, V1, Fate.SPLIT, "partial write: field type conflict"),
        (400, "cannot parse\n line 5", Fate.SPLIT, "cannot parse line 5"),
        (400, PAGE, Fate.KEEP, f"answered 400: {A_PAGE}"),
        (400, f"\ufeff \r\n{PAGE}", Fate.KEEP, f"answered 400: {A_PAGE}"),
        (400, " \n", Fate.KEEP, "answered 400: no word of explanation"),
        (422, "", Fate.KEEP, "answered 422: no word of explanation"),
        (413, "too big", Fate.HALVE, "413, the request is too large: too big"),
        (413, PAGE, Fate.HALVE, f"413, the request is too large: {A_PAGE}"),
        (200, PAGE, Fate.KEEP, f"answered 200 instead of 204: {A_PAGE}"),
        (
            302,
            "",
            Fate.KEEP,
            "answered 302 instead of 204: no word of explanation",
        ),
        (
            401,
            '{"message": "unauthorized access"}',
            Fate.KEEP,
            (
                "answered 401 (the token is not accepted; look at "
                "influxdb.token_file): unauthorized access"
            ),
        ),
        (
            403,
            "no",
            Fate.KEEP,
            "answered 403 (the token may not write there; look at its permissions): no",
        ),
        (
            404,
            V1,
            Fate.KEEP,
            (
                "answered 404 (no such bucket or organisation, or no InfluxDB at this "
                "address): partial write: field type conflict"
            ),
        ),
        (
            408,
            "late",
            Fate.KEEP,
            "answered 408 (the server has waited too long for the request): late",
        ),
        (429, "slow", Fate.KEEP, "answered 429 (too many requests): slow"),
        (500, "panic", Fate.KEEP, "answered 500: panic"),
        (
            503,
            "wait",
            Fate.KEEP,
            "answered 503 (the server is overloaded, or starting): wait",
        ),
    ],
)
def test_a_status_and_its_words_have_one_fate(
    status: int, text: str, fate: Fate, sentence: str
) -> None:
    denied = status in {401, 403}
    wanted = Answer(fate, status, sentence, denied=denied)
    assert judged(status, {}, text, NOW) == wanted


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        ("300", 300.0),
        ("86400", LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("Sun, 01 Mar 2026 12:00:20 GMT", 20.0),
        ("Sun, 01 Mar 2026 13:00:20 +0100", 20.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 12:00:00 GMT", LONGEST_WAIT),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("Sun, 99 Mar 2026 12:00:20 GMT", None),
    ],
)
@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_a_server_says_how_long_to_wait(
    name: str, value: str, wait: float | None
) -> None:
    assert judged(503, {"Server": "5", name: value}, "", NOW).wait == wait


def test_what_is_stored_or_bad_waits_for_nobody() -> None:
    headers = {"Retry-After": "7"}
    assert judged(204, headers, "", NOW).wait is None
    assert judged(400, headers, V1, NOW).wait is None
    assert judged(413, headers, V1, NOW).wait is None
    assert judged(429, headers, V1, NOW).wait == 7.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no word of explanation"),
        ('{"message": ""}', "no word of explanation"),
        ('{"message":"a\n\tb"}', "a b"),
        ('{"code":"x","error": "first","message":"second"}', "first"),
        ('{"message":"cut off', '{"message":"cut off'),
        ("\ud800", "\\ud800"),
        ("é" * SHOWN, "é" * SHOWN),
        ("é" * (SHOWN + 1), "é" * (SHOWN - 1) + "…"),
        ("<p>", "a web page; no database answers so, look at influxdb.url"),
        (
            f"<TITLE lang='en'>{'x' * 999}</TITLE>",
            (
                f"a web page, '{'x' * (SHOWN - 13)}"
                "; no database answers so, look at influxdb.url"
            ),
        ),
    ],
)
def test_a_servers_words_are_short_and_on_one_line(text: str, words: str) -> None:
    assert words_of(text) == words


HEADERS = st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} .*")


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["Retry-After", "x"]) | st.text(), HEADERS),
    st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")),
)
def test_no_answer_is_too_strange(
    status: int, headers: dict[str, str], text: str
) -> None:
    answer = judged(status, headers, text, NOW)
    assert (answer.fate is Fate.STORED) == (status == 204)
    assert (answer.sentence == "") == (status == 204)
    assert "\n" not in answer.sentence
    answer.sentence.encode()  # a log takes it
    assert answer.wait is None or 0 <= answer.wait <= LONGEST_WAIT
