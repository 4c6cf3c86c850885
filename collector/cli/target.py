"""Which service a command is about, as a person names it."""

from dataclasses import dataclass
from pathlib import Path

from collector.model.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Target:
    """A configuration file, a folder, or a URL; ConfigError for a mixture."""

    config: Path | None = None
    data_dir: Path | None = None
    url: str | None = None
    token_file: Path | None = None  # with `url` only, as the next
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self.url is not None and (self.config or self.data_dir):
            raise _wrong("--url names the service; leave --config and --data-dir out")
        if self.url is None and (self.token_file or self.ca_file):
            raise _wrong("--token-file and --ca-file belong to --url")


def _wrong(sentence: str) -> ConfigError:
    return ConfigError("collector", [sentence])
