"""Where the paths in a configuration lead, and the files behind them that can be tried at once."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config.places import Place, Problems


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The environment, and the folder of the configuration file, from which relative paths start."""

    environ: Mapping[str, str]
    folder: Path

    def path(self, name: str) -> Path:
        if name.startswith("~/"):
            return self._home() / name[2:]
        return self.folder / name

    def default_database(self) -> Path:
        """`$STATE_DIRECTORY/policywatch.db`, which systemd sets, else the user's own folder for state (XDG)."""
        state = self.environ.get("STATE_DIRECTORY", "").split(":")[0]
        if state:
            return Path(state) / "policywatch.db"
        return self._state_home() / "policywatch" / "policywatch.db"

    def _state_home(self) -> Path:
        folder = Path(self.environ.get("XDG_STATE_HOME", ""))
        # The XDG specification has relative paths ignored.
        return folder if folder.is_absolute() else self._home() / ".local" / "state"

    def _home(self) -> Path:
        return Path(self.environ["HOME"]) if self.environ.get("HOME") else Path.home()


def trusted_file(name: str | None, place: Place, around: Surroundings, problems: Problems) -> Path | None:
    """The path of a PEM file with certificates, or None if none is named or after its problem was noted.

    Read at once, so that a wrong file is not first noticed in the night.
    """
    if name is None:
        return None
    path = around.path(name)
    if not path.is_file():
        problems.add(place, "there is no such file")
        return None
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        problems.add(place, "the file holds no certificate in PEM form")
    except OSError as error:
        problems.add(place, f"the file cannot be read: {(error.strerror or 'unknown reason').lower()}")
    return path
