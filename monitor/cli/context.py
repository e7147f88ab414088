"""What every command may ask for: the settings, the path of the database, the archive's history."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import InputMissing, UsageError

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.history import History


@dataclass(frozen=True, slots=True)
class Context:
    """The options that stand before the command."""

    config: Path | None
    database: str | None
    verbose: bool

    def settings(self) -> Settings:
        """The settings in force.

        Raises:
            InputMissing: there is no configuration file.
            ConfigInvalid: it has problems; all are told.
        """
        found = self.settings_if_any()
        if found is None:
            raise InputMissing(
                "there is no configuration: name one with --config,"
                " or copy config.example.toml to ./config.toml"
            )
        return found

    def settings_if_any(self) -> Settings | None:
        from monitor.config import find_config, load_config

        path = find_config(self.config, os.environ, Path.cwd())
        return load_config(path, os.environ) if path else None

    def database_path(self, settings: Settings | None = None) -> Path:
        """Where the database is: --database, else what the configuration says.

        Raises:
            UsageError: neither names one.
        """
        if self.database is not None:
            return _path_of(self.database)
        settings = settings or self.settings_if_any()
        if settings is None:
            raise UsageError("there is no configuration that names a database; name one with --database PATH")
        return settings.storage.database

    def paused(self) -> frozenset[str]:
        """The keys of the documents that the configuration, if there is one, says to leave alone for now."""
        settings = None if self.database is not None and self.config is None else self.settings_if_any()
        return (
            frozenset(target.key for target in settings.targets if target.paused) if settings else frozenset()
        )

    def delivered_within(self) -> timedelta:
        """How long the oldest open delivery may wait."""
        from monitor.doctor.watching import DELIVERED_WITHIN

        settings = None if self.database is not None and self.config is None else self.settings_if_any()
        return timedelta(seconds=settings.dead_man.delivered_within) if settings else DELIVERED_WITHIN

    def history(self) -> History:
        """The archive, opened for reading; with --database no configuration is needed."""
        from monitor.history import History

        return History.open(self.database_path())


def _path_of(text: str) -> Path:
    if text.startswith("sqlite:///"):
        return Path(text.removeprefix("sqlite:///"))
    if "://" in text:
        raise UsageError(f"--database {text}: only SQLite is supported; name a path or sqlite:///PATH")
    return Path(text)
