"""Budgets within budgets, and limits that the relays' own ratings never let reach."""

from difflib import get_close_matches

from collector.config.parts import Parts
from collector.config.policies import Budget, Demand, EnergyBudget
from collector.config.policy_parts import Found

_LONGEST_HOURS = {"day": 25, "week": 7 * 24 + 1, "month": 31 * 24 + 1}  # summer time


def budget_clashes(parts: Parts) -> Found:
    """Return (place, sentence) of what is wrong between budgets, parents and roots."""
    found = []
    for index, policy in parts.policies.items():
        own: Found = []
        if isinstance(policy, Budget | Demand):
            own = _beyond_members(parts, policy)
        elif isinstance(policy, EnergyBudget):
            own = _beyond_period(parts, policy)
        if isinstance(policy, Budget) and policy.parent is not None:
            own += _parent(parts, policy, policy.parent)
        found += [(f"policies.{index}.{where}", sentence) for where, sentence in own]
    return [*found, *_circles(parts)]


def _beyond_members(parts: Parts, policy: Budget | Demand) -> Found:
    """A limit above what all members may carry: there is nothing that it could do."""
    members = _all_members(parts, policy)
    if members is None:
        return []
    root, amperes = parts.root, policy.limit_a if isinstance(policy, Budget) else None
    for key, limit, each, unit in (
        ("limit_w", policy.limit_w, root.power_w, "W"),
        ("limit_a", amperes, root.current_a, "A"),
    ):
        most = each * len(members)
        if limit is not None and limit > most:
            sentence = (
                f"{limit:g} {unit} is never reached: {len(members)} member(s) carry "
                f"{each:g} {unit} each at most (root); lower it to {most:g} or less"
            )
            return [(key, sentence)]
    return []


def _all_members(parts: Parts, policy: Budget | Demand) -> set[str] | None:
    """Return the members, with those of the budgets below; None: not all are known."""
    members: set[str] = set()
    waiting: list[Budget | Demand] = [policy]
    seen = {policy.name}
    while waiting:
        group = waiting.pop()
        known = [parts.find(word) for word in group.members]
        if None in known:  # "*" is everybody
            return None
        members.update(ieee for ieee in known if ieee is not None)
        below = [
            each
            for each in parts.policies.values()
            if isinstance(each, Budget) and each.parent == group.name
        ]
        waiting += [each for each in below if each.name not in seen]
        seen.update(each.name for each in below)
    return members


def _beyond_period(parts: Parts, policy: EnergyBudget) -> Found:
    most = parts.root.power_w / 1000 * _LONGEST_HOURS[policy.per]
    if policy.limit_kwh <= most:
        return []
    sentence = (
        f"{policy.limit_kwh:g} kWh is never reached: a relay carries "
        f"{parts.root.power_w:g} W at most (root), {most:g} kWh in a {policy.per}"
    )
    return [("limit_kwh", f"{sentence}; lower it")]


def _parent(parts: Parts, policy: Budget, name: str) -> Found:
    budgets = {
        each.name: each for each in parts.policies.values() if isinstance(each, Budget)
    }
    parent = budgets.get(name)
    if parent is None:
        if name in parts.wrong_policies:
            return []
        near = get_close_matches(name, budgets, n=1)
        what = f'did you mean "{near[0]}"?' if near else "add it, or remove this"
        return [("parent", f'no budget is named "{name}"; {what}')]
    return _above_parent(parts, policy, parent)


def _above_parent(parts: Parts, policy: Budget, parent: Budget) -> Found:
    watts, most = _watts(parts, policy), _watts(parts, parent)
    if watts <= most:
        return []
    key = "limit_w" if policy.limit_w is not None else "limit_a"
    sentence = (
        f"{_limit(policy)} is more than its parent {parent.name} allows, "
        f"{_limit(parent)}"
    )
    if (policy.limit_w is None) != (parent.limit_w is None):
        sentence += f" (at {parts.nominal_volts:g} V)"
    return [(key, f"{sentence}; lower it")]


def _watts(parts: Parts, policy: Budget) -> float:
    if policy.limit_w is not None:
        return policy.limit_w
    return (policy.limit_a or 0.0) * parts.nominal_volts


def _limit(policy: Budget) -> str:
    if policy.limit_w is not None:
        return f"{policy.limit_w:g} W"
    return f"{policy.limit_a:g} A"


def _circles(parts: Parts) -> Found:
    """Return each circle of parents once, at the first of its budgets."""
    parents: dict[str, str] = {}
    places: dict[str, int] = {}
    for index, policy in parts.policies.items():
        if isinstance(policy, Budget) and policy.parent is not None:
            parents.setdefault(policy.name, policy.parent)
            places.setdefault(policy.name, index)
    found, seen = [], set[str]()
    for start, index in places.items():
        chain = [start]
        while (above := parents.get(chain[-1])) is not None and above not in chain:
            chain.append(above)
        if above == start and start not in seen:
            seen |= set(chain)
            sentence = f"the parents run in a circle: {', '.join([*chain, start])}"
            found.append((f"policies.{index}.parent", f"{sentence}; remove one"))
    return found
