"""Finds the configuration file, reads it and those of `conf.d/` beside it, and lays their parts together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config.locate import Locator
from monitor.config.places import Item, Place, Problems, Source, suggestion
from monitor.errors import InputMissing, InputUnreadable, NotPermitted, Problem

SYSTEM_CONFIG = Path("/etc/policywatch/config.toml")
CONF_D = "conf.d"
MAX_CONFIG_BYTES = 4_194_304

_SINGLE = (
    "timezone", "public_url", "baseline", "rulebooks", "topic_files", "storage", "fetch", "dead_man", "web",
)  # fmt: skip
_LISTS = ("services", "rules", "routes", "severities")
_AT_LINE = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)", re.DOTALL
)


@dataclass(slots=True)
class Parts:
    """The parts of all files: what may stand once, what adds up, and the channels by name."""

    main: Place
    single: dict[str, Item] = field(default_factory=dict)
    services: list[Item] = field(default_factory=list)
    rules: list[Item] = field(default_factory=list)
    routes: list[Item] = field(default_factory=list)
    severities: list[Item] = field(default_factory=list)
    channels: dict[str, Item] = field(default_factory=dict)
    complete: bool = True
    """Whether all was read and understood; if not, nothing can be said to be missing."""

    def place_of(self, key: str) -> Place:
        """Where `key`, which may be given once, stands or would stand."""
        return self.single[key].place if key in self.single else self.main.at(key)

    def names_contact(self) -> bool:
        """Whether a contact is given, be it a wrong one."""
        fetch = self.single.get("fetch")
        return fetch is not None and (not isinstance(fetch.value, dict) or "contact" in fetch.value)


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path | None:
    """The configuration file: the explicit one, else `$POLICYWATCH_CONFIG`, else the first that is there.

    These two are returned whether they are there or not, so that a wrong name is not passed over. Then come
    `config.toml` in `cwd`, `$CONFIGURATION_DIRECTORY` and `/etc/policywatch`.
    """
    if explicit is not None:
        return explicit
    if environ.get("POLICYWATCH_CONFIG"):
        return Path(environ["POLICYWATCH_CONFIG"])
    folders = filter(None, environ.get("CONFIGURATION_DIRECTORY", "").split(":"))
    candidates = [cwd / "config.toml", *(Path(folder) / "config.toml" for folder in folders), SYSTEM_CONFIG]
    return next((path for path in candidates if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder on the way that this user may not enter
        return False


def read_parts(path: Path, problems: Problems) -> Parts:
    """Read the file at `path` and `conf.d/*.toml` beside it, in the order of their names.

    Raises:
        InputMissing, InputUnreadable, NotPermitted: a file cannot be read at all.

    """
    parts = Parts(main=Place(Source(str(path), Locator(""))))
    for file in (path, *_beside(path)):
        item = _parse(file, _read(file), problems)
        if item is None:
            parts.complete = False
            continue
        if file == path:
            parts.main = item.place
        _add(parts, item, problems)
    return parts


def read_file(path: Path, problems: Problems) -> Parts:
    """As `read_parts`, of this file alone."""
    parts = Parts(main=Place(Source(str(path), Locator(""))))
    item = _parse(path, _read(path), problems)
    if item is not None:
        parts.main = item.place
        _add(parts, item, problems)
    return parts


def _beside(path: Path) -> list[Path]:
    folder = path.parent / CONF_D
    if not folder.is_dir():
        return []
    try:
        # Not `glob`, which passes over a folder that may not be read.
        return sorted(p for p in folder.iterdir() if p.suffix == ".toml" and not p.name.startswith("."))
    except PermissionError:
        raise NotPermitted(f"the folder {folder} may not be read by this user") from None


def no_parts() -> Parts:
    """What a configuration without any file says: nothing."""
    return Parts(main=Place(Source("defaults", Locator(""))))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
    except FileNotFoundError:
        raise InputMissing(f"there is no configuration file {path}") from None
    except PermissionError:
        raise NotPermitted(f"the configuration file {path} may not be read by this user") from None
    except (OSError, ValueError) as error:
        raise InputUnreadable(f"the configuration file {path} cannot be read: {error}") from None
    if len(content) > MAX_CONFIG_BYTES:
        raise InputUnreadable(f"the configuration file {path} is longer than {MAX_CONFIG_BYTES} bytes")
    return content


def _parse(path: Path, content: bytes, problems: Problems) -> Item | None:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        return Item(tomllib.loads(text), Place(Source(str(path), Locator(text))))
    except UnicodeDecodeError as error:
        line, message = content.count(b"\n", 0, error.start) + 1, "the file is not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        line, message = _syntax_error(str(error), text)
    except RecursionError:
        line, message = 1, "values are nested too deeply"
    problems.found.append(Problem(str(path), line, message))
    return None


def _syntax_error(message: str, text: str) -> tuple[int, str]:
    match = _AT_LINE.fullmatch(message)
    if match is None:
        return 1, f"not TOML: {message}"
    line = int(match["line"]) if match["line"] else text.rstrip("\n").count("\n") + 1
    return line, f"not TOML: {match['what'][:1].lower()}{match['what'][1:]}"


def _add(parts: Parts, file: Item, problems: Problems) -> None:
    for key, value in file.value.items():
        item = Item(value, file.place.at(key))
        if key in _SINGLE:
            _add_once(parts.single, key, item, problems)
        elif key in _LISTS:
            getattr(parts, key).extend(tables(item, problems))
        elif key == "channels":
            _add_channels(parts, item, problems)
        else:
            known = (*_SINGLE, *_LISTS, "channels")
            message = f'unknown key "{key}"{suggestion(key, known)}'
            problems.add(file.place, message, line_of=item.place)
            parts.complete = False


def _add_channels(parts: Parts, channels: Item, problems: Problems) -> None:
    if not isinstance(channels.value, dict):
        problems.add(channels.place, "each channel is a table of its own, such as [channels.team-mail]")
        return
    for name, value in channels.value.items():
        _add_once(parts.channels, name, Item(value, channels.place.at(name)), problems)


def _add_once(into: dict[str, Item], key: str, item: Item, problems: Problems) -> None:
    if key in into:
        problems.add(item.place, f"this is already set at {into[key].place.position}")
    else:
        into[key] = item


def tables(item: Item, problems: Problems) -> list[Item]:
    """The tables of an array of tables."""
    name = ".".join(part for part in item.place.path if isinstance(part, str))
    if not isinstance(item.value, list) or not all(isinstance(value, dict) for value in item.value):
        problems.add(item.place, f"write each of these as a table of its own under [[{name}]]")
        return []
    return [Item(value, item.place.at(index)) for index, value in enumerate(item.value)]
