"""deploy/Dockerfile and .dockerignore, as far as the tests follow them."""

import json
import re
import shutil
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Step:
    """One instruction, continued lines joined."""

    word: str
    rest: str

    def words(self) -> list[str]:
        """Return the arguments of the exec form, or of COPY."""
        if self.rest.startswith("["):
            listed: list[str] = json.loads(self.rest)
            return listed
        return self.rest.split()


def stages(text: str) -> list[list[Step]]:
    """Return the steps of each stage; a stage begins with its FROM."""
    found: list[list[Step]] = []
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append(Step(word, " ".join(rest.split())))
    return found


def image() -> list[list[Step]]:
    """Return the stages of the image."""
    return stages((ROOT / "deploy" / "Dockerfile").read_text())


def last(steps: list[Step], word: str) -> Step:
    """Return the instruction that counts: the last one of its kind."""
    return [step for step in steps if step.word == word][-1]


def let_through(path: PurePosixPath) -> bool:
    """Return whether .dockerignore leaves a path in the build's context.

    The last line that fits decides, for the path or for a folder above it.
    """
    inside = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        if any(_fits(each, pattern) for each in (path, *path.parents[:-1])):
            inside = line.startswith("!")
    return inside


def _fits(path: PurePosixPath, pattern: str) -> bool:
    if pattern.startswith("**/"):  # any number of folders, also none
        return fnmatch(path.name, pattern.removeprefix("**/"))
    same_depth = len(path.parts) == pattern.count("/") + 1
    return same_depth and fnmatch(str(path), pattern)


def copy(step: Step, folder: Path) -> None:
    """Do what a COPY of the context does, below `folder`."""
    *sources, target = step.words()
    assert not step.rest.startswith("--"), step
    for source in sources:
        into_folder = target.endswith("/")
        place = folder / (PurePosixPath(target) / source if into_folder else target)
        _copy(PurePosixPath(source), place)


def _copy(source: PurePosixPath, target: Path) -> None:
    """Copy what the context has of it; nothing at all is an error, as it is there."""
    files = [ROOT / source]
    if files[0].is_dir():
        files = [path for path in files[0].rglob("*") if path.is_file()]
    kept = [
        path for path in files if let_through(PurePosixPath(path.relative_to(ROOT)))
    ]
    assert kept, f"COPY {source}: nothing of it is in the context"
    for path in kept:
        place = target / path.relative_to(ROOT / source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)


def tag(name: str) -> str:
    """Return the tag of an image's name, empty where it is not pinned to a version."""
    found = re.fullmatch(r"[a-z0-9/_.-]+:(v?\d+\.\d+\.\d+[a-z0-9.-]*)", name)
    return found[1] if found else ""
