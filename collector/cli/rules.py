"""`collector rules`: Prometheus rules whose limits are the configuration's own."""

import shlex
from pathlib import Path
from typing import Final

import yaml

from collector.cli.finding import find
from collector.config.settings import line_settings
from collector.scheduler import cron_edge
from collector.sinks.alert_rules import alert_rules

_NEVER_FOLDED: Final = 1 << 20  # an expression stays on its line


def print_rules(path: Path | None, *, runbook_url: str) -> None:
    """Print a rule file; ConfigError where there is no right configuration."""
    config, file = find(path)
    policies = line_settings(config, cron_edge).policies
    document = alert_rules(policies, runbook_url=runbook_url)
    print(
        f"# The limits are those of {file}: print them anew when it changes, with\n"
        f"# collector rules --config {shlex.quote(str(file))} > relay-rules.yml"
    )
    print(
        yaml.safe_dump(
            document, sort_keys=False, allow_unicode=True, width=_NEVER_FOLDED
        ),
        end="",
    )
