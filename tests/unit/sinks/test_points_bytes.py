"""The `relay` lines that we write ourselves, byte for byte those of influxdb-client."""

from datetime import UTC, datetime

from hypothesis import given, strategies as st
from influxdb_client.domain.write_precision import WritePrecision

from collector.sinks.points import RELAY, Points

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
STAMP = 1_772_366_400_123


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
        st.floats(allow_nan=False, allow_infinity=False) | st.integers(-10, 2**62),
        min_size=1,
    ),
    st.text(max_size=12),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
def test_a_line_of_numbers_is_what_influxdb_client_makes_of_them(
    fields: dict[str, float], ieee: str, tags: dict[str, str]
) -> None:
    here = Points("home", tags)
    ours = here._measured(ieee, NOON, fields)
    theirs = here._tagged(RELAY, {"ieee": ieee}).time(STAMP, WritePrecision.MS)
    for name, value in fields.items():
        theirs.field(name, value)
    assert ours == (theirs.to_line_protocol(), STAMP)
