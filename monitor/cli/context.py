"""What every command may ask for: the settings, the path of the database, the archive's history."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import InputMissing, UsageError

if TYPE_CHECKING:
    from monitor.config import Settings, WebSettings
    from monitor.history import History
    from monitor.searches import Searches
    from storage.database import Database


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
        from monitor.config import load_config

        return load_config(self.config_file(), os.environ)

    def web_settings(self) -> WebSettings:
        """What the history browser works with; with --database no configuration is needed.

        Raises:
            ConfigInvalid: there is one and these parts of it have problems; all are told.
        """
        from dataclasses import replace

        from monitor.config import default_web, load_web

        path = None if self.database is not None and self.config is None else self._config_file_if_any()
        found = load_web(path, os.environ) if path else default_web(os.environ)
        return replace(found, database=_path_of(self.database)) if self.database is not None else found

    def settings_if_any(self) -> Settings | None:
        from monitor.config import load_config

        path = self._config_file_if_any()
        return load_config(path, os.environ) if path else None

    def config_file(self) -> Path:
        """The configuration file that is in force, whether it can be read or not.

        Raises:
            InputMissing: none is named, and none is in its usual places.
        """
        path = self._config_file_if_any()
        if path is None:
            raise InputMissing(
                "there is no configuration: name one with --config,"
                " or write a first one with `policywatch init`"
            )
        return path

    def _config_file_if_any(self) -> Path | None:
        from monitor.config import find_config

        return find_config(self.config, os.environ, Path.cwd())

    def settings_if_asked(self) -> Settings | None:
        """The settings, if there are any; with --database alone none are asked for."""
        return None if self.database is not None and self.config is None else self.settings_if_any()

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
        settings = self.settings_if_asked()
        return (
            frozenset(target.key for target in settings.targets if target.paused) if settings else frozenset()
        )

    def delivered_within(self) -> timedelta:
        """How long the oldest open delivery may wait."""
        from monitor.doctor.watching import DELIVERED_WITHIN

        settings = None if self.database is not None and self.config is None else self.settings_if_any()
        return timedelta(seconds=settings.dead_man.delivered_within) if settings else DELIVERED_WITHIN

    def searches(self) -> Searches:
        """The archive, opened for questions about a wording alone, which load less."""
        from monitor.searches import Searches

        return Searches.open(self.database_path())

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """The database that is there, opened for writing; a daemon may run beside it."""
        from storage.database import Database

        path = self.database_path()
        Database.open_as_it_is(path).close()  # an empty one is not made for this
        database = Database.open(path)
        try:
            yield database
        finally:
            database.close()

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
