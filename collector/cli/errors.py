"""Every error of ours as one clear sentence and the right exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from collector.model.errors import CollectorError, ConfigError

FAILED = 1
WRONG_CONFIGURATION = 2


@contextmanager
def reported() -> Iterator[None]:
    """Print an error of ours on stderr and exit: 2 for configuration, else 1."""
    try:
        yield
    except ConfigError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(WRONG_CONFIGURATION) from None
    except CollectorError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
