"""What a client can read, from its Accept headers (RFC 9110, 12.4 and 12.5)."""

from collections.abc import Iterator

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def wants_openmetrics(accept: str) -> bool:
    """Return whether OpenMetrics 1 is liked at least as much as the text format."""
    openmetrics = text = 0.0
    for media, parameters, weight in _offers(accept):
        if media == "application/openmetrics-text":
            # Version 0.0.1 alone is not what we write.
            if parameters.get("version", "1.0.0").startswith("1."):
                openmetrics = max(openmetrics, weight)
        elif media == "text/plain":
            text = max(text, weight)
    return openmetrics > 0 and openmetrics >= text


def takes_gzip(accept_encoding: str) -> bool:
    """Return whether a gzipped body is welcome."""
    return any(
        coding in ("gzip", "x-gzip") and weight > 0
        for coding, _, weight in _offers(accept_encoding)
    )


def _offers(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield (value, parameters, q) of each element; an unreadable q counts as 0."""
    for element in header.split(","):
        value, *rest = (part.strip() for part in element.split(";"))
        pairs = (part.partition("=") for part in rest)
        parameters = {key.strip().lower(): text.strip(' "') for key, _, text in pairs}
        try:
            weight = float(parameters.pop("q", "1"))
        except ValueError:
            weight = 0.0
        yield value.lower(), parameters, weight
