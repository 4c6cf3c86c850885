"""What policies say of each other and of the relays, and cannot mean."""

from collector.config.budget_rules import budget_clashes
from collector.config.opposites import opposite_clashes
from collector.config.parts import Parts
from collector.config.policy_base import GroupPolicy, RelayPolicy
from collector.config.policy_parts import EVERY, Found

_PROTECTED = (
    "{} of {} is protected and never switched; remove it here, or `protected` there"
)


def clashes(parts: Parts) -> Found:
    """Return (place, sentence) of everything that contradicts something else."""
    found = _same_names(parts)
    for index, policy in parts.policies.items():
        own = (
            _group(parts, policy)
            if isinstance(policy, GroupPolicy)
            else _relays(parts, policy)
        )
        found += [(f"policies.{index}.{where}", sentence) for where, sentence in own]
    return [*found, *budget_clashes(parts), *opposite_clashes(parts)]


def _same_names(parts: Parts) -> Found:
    first: dict[str, int] = {}
    found = []
    for index, policy in parts.policies.items():
        earlier = first.setdefault(policy.name, index)
        if earlier != index or policy.name in parts.wrong_policies:
            sentence = f'two policies are named "{policy.name}"; rename one'
            found.append((f"policies.{index}.name", sentence))
    return found


def _relays(parts: Parts, policy: RelayPolicy) -> Found:
    """Return what is wrong with the relays and channels of a rule for each relay."""
    if policy.relay is not None:
        words = {"relay": policy.relay}
    else:
        words = {f"relays.{index}": word for index, word in enumerate(policy.named)}
    return [*_unlisted(parts, words), *_protected(parts, policy)]


def _unlisted(parts: Parts, words: dict[str, str]) -> Found:
    """Return what is wrong with relays by the places where they are named."""
    found = []
    first: dict[str, str] = {}
    for where, word in words.items():
        if word == EVERY:
            continue
        if sentence := parts.unknown(word):
            found.append((where, sentence))
        if first.setdefault(parts.find(word) or word, where) != where:
            found.append((where, f'"{word}" is listed twice; remove one'))
    return found


def _protected(parts: Parts, policy: RelayPolicy) -> Found:
    names: dict[str, list[str]] = {}
    for ieee, channel in parts.channels(policy):
        if _is_protected(parts, ieee, channel):
            names.setdefault(channel, []).append(parts.shown(ieee))
    return [
        (
            f"switch_off.{policy.switch_off.index(channel)}",
            _PROTECTED.format(channel, ", ".join(relays)),
        )
        for channel, relays in names.items()
    ]


def _is_protected(parts: Parts, ieee: str | None, channel: str) -> bool:
    relay = parts.by_ieee.get(ieee) if ieee is not None else None
    if relay is None:
        return False
    return (
        relay.channels.l1.protected if channel == "l1" else relay.channels.l2.protected
    )


def _group(parts: Parts, policy: GroupPolicy) -> Found:
    """Return what is wrong with members and channels of a rule for several relays."""
    members = {f"members.{index}": word for index, word in enumerate(policy.members)}
    found = _unlisted(parts, members)
    first: dict[str, str] = {}
    for key, channels in (("shed", policy.shed), ("last_resort", policy.last_resort)):
        for index, written in enumerate(channels):
            where = f"{key}.{index}"
            word, _, channel = written.rpartition("/")
            ieee = parts.find(word)
            sentence = parts.unknown(word) or _not_to_shed(parts, policy, ieee, channel)
            if sentence:
                found.append((where, sentence))
            earlier = first.setdefault(f"{ieee or word}/{channel}", where)
            if earlier != where:
                sentence = f'"{written}" stands at {earlier} already; remove one'
                found.append((where, sentence))
    return found


def _not_to_shed(
    parts: Parts, policy: GroupPolicy, ieee: str | None, channel: str
) -> str | None:
    if ieee is None:
        return None
    name = parts.shown(ieee)
    if _is_protected(parts, ieee, channel):
        return _PROTECTED.format(channel, name)
    if ieee not in parts.found(policy.members):
        return f"{name} is none of the members; add it there, or remove it here"
    return None
