"""A small fleet: simulated sites, real vmagent, real VictoriaMetrics, real queries."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector import __version__
from tests.bench.fleet import Fleet, fleet, timed
from tests.bench.fleet_queries import Query, filled_in, fleet_queries, queries_of
from tests.bench.fleet_site import OLD_VERSION, SPOOL_AGE, site_name
from tests.servers.conftest import need

SITES, RELAYS, SPEED = 20, 20, 10
# Of 20 sites 11 cannot be scraped, 7 is without its radio, and the first relay of 3 and
# of 13 is gone (tests/bench/fleet_site.py).
SCRAPED = SITES - 1
REPORTING = (SCRAPED - 1) * RELAYS - 2

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.enable_socket,
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    need("victoria-metrics")
    need("vmagent")
    folder = tmp_path_factory.mktemp("fleet")
    with fleet(folder, SITES, RELAYS, SPEED, compressed=True) as running:
        database = running.database
        # Energy grows with the main structure, every 2-5 minutes of fleet time.
        grown = (
            f"count(increase(zigbee_relay_energy_joules_total[10m]) > 0) == {REPORTING}"
        )
        running.until(lambda: bool(database.instant(grown)), "every counter grew")
        yield running


def test_every_site_is_scraped_and_labelled(small: Fleet) -> None:
    up = small.database.instant('up{job="collector"}')

    by_site = {json.loads(labels)["site"]: value for labels, value in up.items()}
    assert by_site == {site_name(each): float(each != 11) for each in range(SITES)}


def test_nothing_waits_in_the_agent_and_nothing_is_lost(small: Fleet) -> None:
    wanted = small.database.instant("sum(scrape_samples_scraped)")
    stored = small.database.instant('sum(count by (__name__) ({job="collector"}))')

    # Each target has series of vmagent beside its own, such as `up`.
    [scraped], [series] = wanted.values(), stored.values()
    assert scraped > SCRAPED * RELAYS * 40
    assert scraped <= series <= scraped + 10 * SITES
    small.until(lambda: small.agent.pending_bytes == 0, "vmagent has sent all")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('count(count by (site) (up{job="collector"}))', SITES),
        ("sum(zigbee_relay_up)", REPORTING),
        ("sum(zigbee_collector_radio_connected == bool 0)", 1),
        ("count(zigbee_relay_up == 0)", RELAYS + 2),
        ('count(zigbee_collector_build_info{version="' + OLD_VERSION + '"})', 3),
        ('count(zigbee_collector_build_info{version="' + __version__ + '"})', 16),
        ('sum(zigbee_relay_policy_state{state="over"})', 1),
        ("count(count by (ieee) (zigbee_relay_info))", SCRAPED * RELAYS),
        ("count(count by (firmware) (zigbee_relay_info))", 3),
    ],
)
def test_the_fleet_is_seen_as_it_is(
    small: Fleet, expression: str, value: float
) -> None:
    [found] = small.database.instant(expression).values()

    assert found == value


def test_energy_and_its_cost_grow_together(small: Fleet) -> None:
    [price] = small.database.instant(
        "sum(increase(zigbee_relay_energy_cost_total[10m]))"
        " / sum(increase(zigbee_relay_energy_joules_total[10m])) * 3.6e6"
    ).values()

    assert price == pytest.approx(0.31, rel=1e-3)


def test_the_spool_of_a_site_without_its_database_is_old(small: Fleet) -> None:
    age = small.database.instant(
        "max by (site) (time() - zigbee_collector_influx_spool_oldest_timestamp_seconds)"
    )

    [(labels, seconds)] = age.items()
    assert json.loads(labels) == {"site": site_name(4)}
    assert SPOOL_AGE < seconds < SPOOL_AGE + 120


def test_every_query_of_the_dashboard_has_an_answer(small: Fleet) -> None:
    queries = fleet_queries()
    assert len(queries) >= 12

    for query in queries:
        assert small.database.instant(query.expression), query
        assert small.database.span(query.expression, 60, "5s") > 0, query
    times = timed(small.database, queries, rounds=2)
    assert set(times) == {query.title for query in queries}
    assert all(value > 0 for each in times.values() for value in each.values())


def test_the_queries_of_a_dashboard_are_found_and_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    target = {"refId": "A", "expr": 'sum(rate(x{site=~"$site"}[$__rate_interval]))'}
    inner = {"title": "Inner", "targets": [{"refId": "B", "expr": "y[${__range:raw}]"}]}
    again = {"title": "Again", "targets": [target]}
    other = {**inner, "targets": [{"refId": "B", "expr": "z"}]}
    panels = [
        {"title": "Outer", "targets": [target, {"refId": "C", "query": "flux"}]},
        {"type": "row", "title": "Row", "panels": [inner]},
        again,
        other,
    ]
    path.write_text(json.dumps({"panels": panels}))

    assert fleet_queries(path) == [
        Query("Outer A", 'sum(rate(x{site=~".*"}[1m]))'),
        Query("Inner B", "y[1h]"),
        Query("Inner B (2)", "z"),
    ]
    with pytest.raises(KeyError, match="house"):
        filled_in('x{house="$house"}', {"site": ".*"})
    assert not list(queries_of({"panels": [{"title": "Text", "type": "text"}]}))
