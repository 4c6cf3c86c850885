"""Where the simulation's randomness comes from: always from a seed."""

import random


def seeded(*parts: int | str) -> random.Random:
    """Return a generator that depends on nothing but `parts`."""
    text = "/".join(map(str, parts))
    return random.Random(text)  # noqa: S311 - a simulation, no secret
