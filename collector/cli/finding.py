"""Which configuration a command works with."""

from pathlib import Path

from collector.config.load import default_path, demo, load
from collector.config.schema import Config
from collector.model.errors import ConfigError

NO_FILE = (
    "no ./collector.yaml and no /etc/collector/collector.yaml; name one with "
    "--config, or try `collector run --demo`"
)


def find(
    path: Path | None, *, demonstration: bool = False
) -> tuple[Config, Path | None]:
    """Return the configuration and its file; ConfigError where there is none."""
    if demonstration:
        if path is not None:
            raise ConfigError("collector run", ["--demo takes no --config"])
        return demo(), None
    file = path or default_path()
    if file is None:
        raise ConfigError(
            "collector",
            [NO_FILE],
        )
    return load(file), file
