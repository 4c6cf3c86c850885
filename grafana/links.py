"""Links from a panel to another dashboard: title and URL, with the time that is shown."""

from typing import Final

_SAME: Final = "${datasource:queryparam}&${__url_time_range}"
_RELAY: Final = "/d/relay-energy-relay?var-relay="

RELAY_OF_SERIES: Final = (
    "Show this relay",
    f"{_RELAY}${{__field.labels.ieee}}&{_SAME}",
)
RELAY_OF_ROW: Final = ("Show this relay", f"{_RELAY}${{__data.fields.ieee}}&{_SAME}")
PROTECTION: Final = ("What the policies do", f"/d/relay-energy-protection?{_SAME}")
OVERVIEW_OF_SERIES: Final = (
    "Show this site",
    f"/d/relay-energy-overview?var-site=${{__field.labels.site}}&{_SAME}",
)
OVERVIEW_OF_ROW: Final = (
    "Show this site",
    f"/d/relay-energy-overview?var-site=${{__data.fields.site}}&{_SAME}",
)
COLLECTOR: Final = ("How the collectors do", f"/d/relay-energy-collector?{_SAME}")
