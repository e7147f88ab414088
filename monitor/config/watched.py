"""What a configuration watches, read apart from everything else that it says."""

from __future__ import annotations

from pathlib import Path

from monitor.config.files import read_parts
from monitor.config.places import Problems
from monitor.config.settings import Target
from monitor.config.targets import Defaults, read_targets
from monitor.errors import ConfigInvalid


def targets_elsewhere(config: Path, file: Path) -> tuple[Target, ...]:
    """The targets of the configuration at `config`, but for those of `file`, which may be one of its parts.

    Raises:
        ConfigInvalid: a part is no TOML, so that nothing can be said of what it watches.
        InputMissing, InputUnreadable, NotPermitted: a file cannot be read at all.
    """
    problems = Problems()
    parts = read_parts(config, problems)
    if problems.found:
        found = problems.in_order()
        raise ConfigInvalid("\n".join(map(str, found)), found)
    kept = [item for item in parts.services if Path(item.place.source.name).absolute() != file.absolute()]
    return tuple(read_targets(kept, Defaults("6h", "UTC", None, "0s"), Problems()).targets.values())
