"""The command `collector` in a process of its own."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

REPOSITORY = Path(__file__).parents[2]


@dataclass
class Finished:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


async def collector(*arguments: str | Path, cwd: Path) -> Finished:
    """Run a command to its end."""
    process = await _start(arguments, cwd)
    out, err = await process.communicate()
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())


@dataclass
class Running:
    """A command that goes on until it is told to stop."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Keep every line; wake who waits."""
        async for line in stream:
            self.lines.append(line.decode().rstrip())
            self._news.set()
        self.lines.append("<end>")
        self._news.set()

    async def said(self, pattern: str, seconds: float = 30.0) -> re.Match[str]:
        """Wait for a line in which the pattern is found."""
        async with asyncio.timeout(seconds):
            at = 0
            while True:
                while at < len(self.lines):
                    found = re.search(pattern, self.lines[at])
                    if found:
                        return found
                    assert self.lines[at] != "<end>", "\n".join(self.lines)
                    at += 1
                self._news.clear()
                await self._news.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; 5 s are the promise."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(5):
            return await self.process.wait()

    def log(self) -> str:
        """Return everything that was said."""
        return "\n".join(self.lines)


@asynccontextmanager
async def running(
    *arguments: str | Path, cwd: Path, module: str = "collector"
) -> AsyncIterator[Running]:
    """Run a command until the context ends."""
    process = await _start(arguments, cwd, module)
    assert process.stderr is not None
    assert process.stdout is not None
    run = Running(process)
    readers = [
        asyncio.create_task(run.read(stream))
        for stream in (process.stderr, process.stdout)
    ]
    try:
        yield run
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await asyncio.gather(*readers)


async def get(url: str) -> str:
    """Return the body of a page."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


def sample(text: str, name: str, **labels: str) -> float | None:
    """Return the value of one sample in an exposition."""
    wanted = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    braces = f"{{{wanted}}}" if wanted else ""
    for line in text.splitlines():
        if line.startswith(f"{name}{braces} "):
            return float(line.rsplit(" ", 1)[1])
    return None


def write_config(path: Path, **sections: Any) -> Path:
    """Write a configuration; JSON is YAML."""
    document = {"web": {"listen": "127.0.0.1:0"}, **sections}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


async def _start(
    arguments: tuple[str | Path, ...], cwd: Path, module: str = "collector"
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        module,
        *(str(argument) for argument in arguments),
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "80"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
