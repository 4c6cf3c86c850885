"""The command line inside the test's own process, beside the services of its loop."""

import asyncio
from dataclasses import dataclass

from typer.testing import CliRunner

from collector.cli import app


@dataclass
class Finished:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


async def collector(*arguments: object) -> Finished:
    """Run a command to its end; a traceback is an error of the test."""
    words = [str(argument) for argument in arguments]
    done = await asyncio.to_thread(CliRunner().invoke, app, words)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Finished(done.exit_code, done.stdout, done.stderr)
