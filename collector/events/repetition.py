"""Say a thing once, or ever more rarely."""

from typing import Final

_said: Final[set[tuple[str, str]]] = set()  # (subject, what): said once
_how: Final[dict[tuple[str, str], str]] = {}  # (subject, what) -> as said last
_times: Final[dict[tuple[str, str], int]] = {}  # (subject, what) -> how often


def first(subject: str, what: str) -> bool:
    """True the first time. Bounded: what joins a network may invent addresses."""
    if (subject, what) in _said:
        return False
    if len(_said) >= 4096:
        _said.clear()
    _said.add((subject, what))
    return True


def tenfold(subject: str, what: str) -> int:
    """How often now, at the 1st, 10th, 100th … time; otherwise 0."""
    if len(_times) >= 4096:
        _times.clear()
    times = _times[subject, what] = _times.get((subject, what), 0) + 1
    return times if str(times).strip("0") == "1" else 0


def changed(subject: str, what: str, how: str) -> bool:
    """True where it was not like this the last time (or was forgotten since)."""
    key = (subject, what)
    if key in _said and _how.get(key) == how:
        return False
    _said.add(key)
    _how[key] = how
    return True


def forget(subject: str, what: str) -> bool:
    """Let it be said again; True if it had been said."""
    if (subject, what) not in _said:
        return False
    _said.discard((subject, what))
    return True
