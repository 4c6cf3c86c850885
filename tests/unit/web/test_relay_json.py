import json

from collector.model.decision import RuleState, RuleStatus
from collector.model.status import ChannelPower, RelayStatus
from collector.web.relay_json import relay_json
from tests.statuses import boiler


def test_what_is_known_is_shown_with_its_units() -> None:
    status = boiler(
        channel_power={"l1": ChannelPower(watts=60.0, estimated=True)},
        unattributed_watts=1.481,
        contact_fault={"l2": True},
        outage_memory=False,
        rules={"limit": RuleStatus(state=RuleState.OVER, margin=-0.1, reason="hot")},
    )
    assert json.loads(json.dumps(relay_json(status))) == {
        "ieee": "00:15:8d:00:03:a0:00:00",
        "name": "boiler",
        "availability": "up",
        "last_seen": "2023-11-14T22:13:20.250+00:00",
        "joins": 0,
        "link_quality": 132,
        "firmware": 47,
        "power_outages": 3,
        "meter_asleep": False,
        "interlock": True,
        "power_outage_memory": False,
        "channels": {
            "l1": {
                "name": "heater",
                "on": True,
                "power_w": 60.0,
                "power_estimated": True,
                "contact_fault": None,
            },
            "l2": {
                "name": "pump",
                "on": False,
                "power_w": None,
                "power_estimated": None,
                "contact_fault": True,
            },
        },
        "unattributed_power_w": 1.481,
        "power_w": 61.481,
        "apparent_power_va": 61.53,
        "power_factor": 0.99,
        "voltage_v": 234.34,
        "current_a": 0.262576,
        "temperature_c": 31.0,
        "energy_register_j": 63012375.0,
        "energy": {
            "total_j": 1125.0,
            "register_resets": 1,
            "gaps": 2,
            "currency": "EUR",
            "cost": {"day": 0.31, "night": 0.0001},
        },
        "rejected": [{"quantity": "voltage", "reason": "spurious_zero", "samples": 4}],
        "rules": {"limit": {"state": "over", "margin": -0.1, "reason": "hot"}},
    }


def test_what_is_unknown_is_null_and_never_zero() -> None:
    shown = relay_json(RelayStatus(ieee="00:01", name="new", energy=None))
    unknown = {key for key, value in shown.items() if value is None}
    assert unknown == shown.keys() - {
        "joins",
        *("ieee", "name", "availability", "channels", "rejected", "rules"),
    }
    nothing = dict.fromkeys(
        ("name", "on", "power_w", "power_estimated", "contact_fault")
    )
    assert shown["channels"] == {"l1": nothing, "l2": nothing}
