"""The bound that the scrape must keep; `pytest -m bench`."""

import pytest

from tests.bench.bench_scrape import measure


@pytest.mark.bench
@pytest.mark.timeout(300)
def test_a_scrape_costs_at_most_a_quarter_of_prometheus_client() -> None:
    assert measure(200)["ratio"] <= 0.25
