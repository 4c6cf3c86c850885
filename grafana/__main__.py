"""Write dashboards and provisioning anew, or check that they are current.

python -m grafana           write what has changed
python -m grafana --check   write nothing; exit 1 where a file is not current
"""

import sys
from pathlib import Path

try:
    from grafana.alerting import RuleError
    from grafana.files import HERE, files
except ModuleNotFoundError as error:
    if not (error.name or "").startswith("grafana_foundation_sdk"):
        raise
    # The collector runs without it, so that the plain environment does not have it.
    sys.exit("grafana_foundation_sdk is not installed: run deploy/environment dev")

_GENERATED = ("dashboards/*.json", "provisioning/**/*.yaml")


def main(arguments: list[str]) -> int:
    """Return the exit code: 0, or 1 where a file was not current, or 2 for no answer."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        wanted = dict(files())
    except RuleError as error:
        print(f"python -m grafana: {error}", file=sys.stderr)
        return 2
    there = {path.relative_to(HERE) for each in _GENERATED for path in HERE.glob(each)}
    old = [path for path, text in wanted.items() if _old(HERE / path, text)]
    strange = sorted(there - set(wanted))
    if arguments:
        for path in old:
            print(f"grafana/{path} is not current: run python -m grafana")
        for path in strange:
            print(f"grafana/{path} is written by nothing: delete it")
        return 1 if old or strange else 0
    for path in old:
        (HERE / path).parent.mkdir(parents=True, exist_ok=True)
        (HERE / path).write_text(wanted[path], encoding="utf-8")
        print(f"grafana/{path}")
    for path in strange:
        (HERE / path).unlink()
        print(f"grafana/{path} deleted")
    return 0


def _old(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
