"""Turns Open Terms Archive's declarations (services, addresses, selectors) into documents to watch.

https://docs.opentermsarchive.org/terms/reference/declaration/ describes them: `declarations/SERVICE.json`, with
what held before in `SERVICE.history.json` and code that changes pages in `SERVICE.filters.js`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from monitor.config.shape import DocumentTable, ServiceTable
from monitor.config.types import Selector
from monitor.errors import InputMissing, InputUnreadable
from monitor.importers.addresses import canonical
from monitor.importers.git import opened
from monitor.keys import is_key, slug

MAX_BYTES = 1_048_576
"""Bytes of one declaration; the largest of those published has some 30,000."""

_FOLDER = "declarations"
_SELECTOR: TypeAdapter[str] = TypeAdapter(Selector)
_KNOWN = frozenset({"fetch", "select", "remove", "filter", "executeClientScripts", "combine"})


@dataclass(frozen=True, slots=True)
class Watchable:
    """A document as our configuration would name it; `notes` are told beside it."""

    kind: str
    urls: tuple[str, ...]
    select: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    id: str
    name: str
    documents: tuple[Watchable, ...]


@dataclass(frozen=True, slots=True)
class Existing:
    """What the configuration watches already: keys, also by the addresses of pages, and services by id."""

    keys: frozenset[str] = frozenset()
    by_address: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Declared:
    """What the declarations come to, beside what is watched already.

    `left_out` names everything that has no place in our configuration, `damaged` files that cannot be read.
    """

    services: list[Service] = field(default_factory=list)
    watched: int = 0
    left_out: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def read_declarations(path: Path) -> dict[str, bytes]:
    """The files of `declarations/` by name: of a folder, a repository or a bundle.

    Raises:
        InputMissing, InputUnreadable: nothing is there, or nothing that holds declarations.
        Unavailable: the program git is needed and not installed.
    """
    if not path.exists():
        raise InputMissing(f"{path}: there is no such file or folder")
    folder = path / _FOLDER if (path / _FOLDER).is_dir() else path
    files = _of_folder(folder) if folder.is_dir() else {}
    if not any(name.endswith(".json") for name in files):
        with opened(path) as repository, repository.blobs() as blobs:
            listed = repository.files(f"{_FOLDER}/")
            files = {name: blobs.read(blob) for name, blob in listed.items()}
    if not any(name.endswith(".json") for name in files):
        raise InputUnreadable(f"{path}: it holds no declarations/SERVICE.json")
    return files


def _of_folder(folder: Path) -> dict[str, bytes]:
    files = {}
    for file in sorted(folder.iterdir()):
        if file.suffix in (".json", ".js") and file.is_file():
            with file.open("rb") as content:
                files[file.name] = content.read(MAX_BYTES + 1)
    return files


def convert(files: Mapping[str, bytes], existing: Existing) -> Declared:
    """The services to watch, without what `existing` has already, in the order of their names."""
    conversion = _Conversion(existing)
    for name in sorted(files):
        if name.endswith(".json"):
            conversion.add(name, files[name])
    return conversion.declared


class _Conversion:
    """Goes through the files; an id has one name, and a key is given once."""

    def __init__(self, existing: Existing) -> None:
        self.declared = Declared()
        self._existing = existing
        self._names: dict[str, str] = {}
        self._keys: set[str] = set()

    def add(self, file: str, content: bytes) -> None:
        value = self._parsed(file, content)
        if value is None:
            return
        if file.endswith(".history.json"):
            count = sum(len(entries) for entries in value.values() if isinstance(entries, list))
            self.declared.left_out.append(f"{file}: {count} declarations of the past; only today's are watched")
            return
        terms = value.get("terms", value.get("documents"))
        if not isinstance(terms, dict):
            self.declared.damaged.append(f'{file}: it declares no "terms"')
            return
        identity, name = self._named(file, value.get("name"))
        found = (self._document(file, identity, name, terms_type, terms[terms_type]) for terms_type in terms)
        documents = tuple(document for document in found if document is not None)
        if documents:
            self.declared.services.append(Service(identity, name, documents))

    def _parsed(self, file: str, content: bytes) -> dict[str, Any] | None:
        reason = f"it has more than {MAX_BYTES:,} bytes"
        if len(content) <= MAX_BYTES:
            reason = "it is no object of JSON"
            with suppress(ValueError, RecursionError):
                value = json.loads(content)
                if isinstance(value, dict):
                    return value
        self.declared.damaged.append(f"{file}: {reason}")
        return None

    def _named(self, file: str, given: object) -> tuple[str, str]:
        """The id, which keys of an imported archive begin with as well, and the name that goes with it."""
        stem = file.removesuffix(".json")
        name = " ".join(given.split()) if isinstance(given, str) and given.strip() else stem
        identity = slug(stem) or "service"
        if identity in self._existing.services:
            return identity, self._existing.services[identity]
        unique, number = identity, 2
        while self._names.setdefault(unique, name).casefold() != name.casefold():
            unique, number = f"{identity}-{number}", number + 1
        return unique, self._names[unique]

    def _document(
        self, file: str, identity: str, name: str, terms_type: str, entry: object
    ) -> Watchable | None:
        where = f"{file}: {terms_type}"
        found = _read_terms(terms_type, entry)
        problem = found if isinstance(found, str) else self._problem(identity, name, found)
        if problem or isinstance(found, str):
            self.declared.left_out.append(f"{where}: {problem}")
            return None
        key = f"{identity}/{found.kind}"
        if key in self._existing.keys:
            self.declared.watched += 1
            return None
        self._keys.add(key)
        self.declared.left_out += [f"{where}: {note}" for note in found.notes]
        return found

    def _problem(self, identity: str, name: str, found: Watchable) -> str | None:
        """Why the document is not taken into the configuration."""
        key = f"{identity}/{found.kind}"
        if not is_key(key):
            return "it makes no key"
        if key in self._keys:
            return f"another declaration has the key {key} as well"
        watched = {self._existing.by_address.get(canonical(url) or "") for url in found.urls}
        if key not in self._existing.keys and None not in watched:
            return f"its address is watched already, as {', '.join(sorted(filter(None, watched)))}"
        return _refused(identity, name, found)


def _read_terms(terms_type: str, entry: object) -> Watchable | str:
    """One terms declaration as a document, or why it is none."""
    if not isinstance(entry, dict):
        return "it is no object"
    combined = entry.get("combine", [{}])
    if not isinstance(combined, list):
        return "its pages to combine are no list"
    parts = [{**entry, **part} for part in combined if isinstance(part, dict)]
    urls = tuple(str(part["fetch"]) for part in parts if isinstance(part.get("fetch"), str))
    if not urls or len(urls) != len(combined):
        return "it does not say which addresses to fetch"
    notes: dict[str, None] = {}
    select = _select(parts, notes)
    remove = _remove(parts, notes)
    _note_the_rest(parts, notes)
    return Watchable(
        slug(terms_type.replace("/", " ")), tuple(dict.fromkeys(urls)), select, remove, tuple(notes)
    )


def _select(parts: list[dict[str, Any]], notes: dict[str, None]) -> tuple[str, ...]:
    """One selector that matches what any of theirs matches: they take what they find, we ask for every one."""
    found: dict[str, None] = {}
    for part in parts:
        css, ranges = _selectors(part.get("select"))
        if ranges:
            notes["a range of elements is no CSS selector; the whole page is read"] = None
            return ()
        if unknown := [selector for selector in css if not _is_known(selector)]:
            notes[f"{unknown[0]!r} is no CSS selector that is read here; the whole page is read"] = None
            return ()
        found.update(dict.fromkeys(css))
    if len({json.dumps(part.get("select")) for part in parts}) > 1:
        notes["its pages are selected from by all of their selectors alike"] = None
    return (", ".join(found),) if found else ()


def _remove(parts: list[dict[str, Any]], notes: dict[str, None]) -> tuple[str, ...]:
    """What is removed from every page; ours are removed from all pages of a document."""
    each = [_selectors(part.get("remove")) for part in parts]
    common = [css for css in each[0][0] if all(css in others for others, _ in each)]
    if any(ranges for _, ranges in each):
        notes["a range of elements to be removed is no CSS selector; it is read"] = None
    for css, _ in each:
        for selector in css:
            if selector not in common:
                notes[f"{selector!r} is to be removed from some pages alone; it is read"] = None
            elif not _is_known(selector):
                notes[f"{selector!r} is no CSS selector that is read here; nothing is removed by it"] = None
    return tuple(dict.fromkeys(filter(_is_known, common)))


def _selectors(value: object) -> tuple[list[str], int]:
    """The CSS selectors, and how many others (ranges) there are."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    css = [each.strip() for each in values if isinstance(each, str)]
    return css, len(values) - len(css)


def _is_known(selector: str) -> bool:
    try:
        _SELECTOR.validate_python(selector)
    except ValidationError:
        return False
    return True


def _note_the_rest(parts: Iterable[dict[str, Any]], notes: dict[str, None]) -> None:
    for part in parts:
        filters = part.get("filter")
        for used in filters if isinstance(filters, list) else filter(None, [filters]):
            name = used if isinstance(used, str) else ", ".join(used) if isinstance(used, dict) else str(used)
            notes[f"the filter {name} is a program; the page is read as it is"] = None
        if part.get("executeClientScripts"):
            notes["needs a browser"] = None
        for key in sorted(part.keys() - _KNOWN):
            notes[f'"{key}" has no counterpart'] = None


def _refused(identity: str, name: str, found: Watchable) -> str | None:
    """What our configuration would say against the document."""
    try:
        ServiceTable(name=name, id=identity)
        DocumentTable(kind=found.kind, urls=found.urls, select=found.select, remove=found.remove)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
    return None
