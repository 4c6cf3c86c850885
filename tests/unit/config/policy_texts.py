"""One right policy of each kind, for the tables that change them."""

from tests.unit.config.texts import config_of, problems_of

RELAYS = """
relays:
  - {ieee: "0x00158d0003a00000", name: boiler}
  - {ieee: "0x00158d0003a00001", name: floor}
"""
OF_RELAY = "name: a, relay: boiler, switch_off: [l1], when_stale: keep"
THRESHOLD = f"kind: threshold, quantity: power, above: 2200, {OF_RELAY}"
VOLTAGE = f"kind: threshold, quantity: voltage, above: 250, {OF_RELAY}"
CABLE = f"kind: inverse_time, rated_current_a: 8, curve: VI, {OF_RELAY}"
STANDBY = f"kind: standby, below: 5, for_seconds: 60, {OF_RELAY}"
SCHEDULE = f"kind: schedule, allowed: 06:00-22:00, {OF_RELAY}"
DAILY = f"kind: energy_budget, per: day, limit_kwh: 12, {OF_RELAY}"
OF_GROUP = 'name: a, members: "*", shed: [boiler/l1], when_stale: keep'
BUDGET = f"kind: budget, limit_w: 4500, {OF_GROUP}"
DEMAND = f"kind: demand, limit_w: 4500, {OF_GROUP}"
EVERY_KIND = (THRESHOLD, VOLTAGE, CABLE, STANDBY, SCHEDULE, DAILY, BUDGET, DEMAND)

MISSING = "this required key is missing"
NOT_NEGATIVE = "Input should be greater than or equal to 0, got -1"
POSITIVE = "Input should be greater than 0, got -1"


def refused(*policies: str, relays: str = RELAYS) -> list[str]:
    """Return the problems of these policies."""
    listed = ", ".join(f"{{{policy}}}" for policy in policies)
    return problems_of(f"{relays}policies: [{listed}]")


def taken(*policies: str, relays: str = RELAYS) -> bool:
    """Return whether these policies are all there; they must be right."""
    listed = ", ".join(f"{{{policy}}}" for policy in policies)
    return len(config_of(f"{relays}policies: [{listed}]").policies) == len(policies)


def renamed(policy: str, **changes: str) -> str:
    """Return a policy named b instead of a, with other words in it."""
    for old, new in {"name: a": "name: b", **changes}.items():
        policy = policy.replace(old, new)
    return policy
