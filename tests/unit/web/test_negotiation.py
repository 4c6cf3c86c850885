import pytest
from hypothesis import given, strategies as st

from collector.web.negotiation import takes_gzip, wants_openmetrics


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/openmetrics-text", True),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", True),
        ("application/openmetrics-text;version=0.0.1", False),
        ("application/openmetrics-text;version=2.0.0,text/plain;q=0.1", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=nonsense", False),
        (
            # Prometheus 2.42
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
            ),
            True,
        ),
        (
            # Prometheus 3, default scrape_protocols
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;"
                "version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
                "*/*;q=0.2"
            ),
            True,
        ),
        (
            # Prometheus 3, scrape_protocols: [PrometheusText0.0.4, OpenMetricsText1.0.0]
            (
                "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;"
                "version=1.0.0;q=0.5,*/*;q=0.4"
            ),
            False,
        ),
    ],
)
def test_the_format_is_the_one_the_client_likes_best(
    accept: str, openmetrics: bool
) -> None:
    assert wants_openmetrics(accept) is openmetrics


@pytest.mark.parametrize(
    ("accept_encoding", "gzip"),
    [
        ("", False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("identity, br", False),
    ],
)
def test_gzip_only_for_who_takes_it(accept_encoding: str, gzip: bool) -> None:
    assert takes_gzip(accept_encoding) is gzip


@given(header=st.text(alphabet="abgzip/;,=q.01* \"text-openmetrics'", max_size=60))
def test_no_header_is_too_odd(header: str) -> None:
    assert wants_openmetrics(header) in (True, False)
    assert takes_gzip(header) in (True, False)
