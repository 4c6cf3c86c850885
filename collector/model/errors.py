"""Errors named after what the caller does with them."""


class CollectorError(Exception):
    """Anything this service raises on purpose."""


class ConfigError(CollectorError):
    """The configuration is wrong: print `problems` and exit with 2."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"{source} has {len(problems)} problem(s):{lines}")


class TransientError(CollectorError):
    """It may work later: keep what you have and try again."""


class DecodeError(CollectorError):
    """A device sent what makes no sense: count `reason`, drop it, carry on."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason  # a short fixed word, fit for a metric label
        super().__init__(f"{reason}: {detail}")
