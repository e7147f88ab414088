"""Reads a configuration as a whole: every problem at once, or the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from monitor.config.channels import read_channels, recipients_of
from monitor.config.check import check
from monitor.config.dead_man import read_dead_man
from monitor.config.files import Parts, no_parts, read_file, read_parts
from monitor.config.paths import Surroundings, trusted_file
from monitor.config.places import Item, Place, Problems
from monitor.config.routing import CanFire, check_each, check_reach, known_words, read_routes
from monitor.config.rules import books_of, read_rules, stands_for
from monitor.config.settings import Fetch, Settings, Storage, Web, WebSettings
from monitor.config.severities import read_severities
from monitor.config.shape import ConfigTable, DeadManTable, FetchTable, StorageTable, Table, WebTable
from monitor.config.targets import Defaults, Watched, read_targets
from monitor.config.topics import read_topics
from monitor.config.types import parse_keep
from monitor.config.web import read_web
from monitor.detect.model import Rule
from monitor.detect.topics.model import Book
from monitor.errors import ConfigInvalid
from monitor.routes import Route

_NO_CONTACT = (
    '"contact" is missing; give an e-mail address or web page by which the watched sites can reach you, '
    "it goes into the User-Agent"
)

_T = TypeVar("_T", bound=Table)


def load_config(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the file at `path` and of `conf.d/*.toml` beside it.

    Relative paths in them start from the file's folder.

    Raises:
        ConfigInvalid: with every problem that there is.
        InputMissing, InputUnreadable, NotPermitted: a file cannot be read at all.

    """
    problems = Problems()
    parts = read_parts(path, problems)
    return _settings(parts, Surroundings(environ, path.absolute().parent), problems)


def load_rules(path: Path) -> tuple[tuple[Rule, ...], tuple[Book, ...]]:
    """The `[[rules]]` of one file and the `rulebooks` that it names; a whole configuration serves as well.

    Raises:
        ConfigInvalid: with every problem that its rules have, or that there are none.
        InputMissing, InputUnreadable, NotPermitted: the file cannot be read at all.

    """
    problems = Problems()
    parts = read_file(path, problems)
    named = _general(parts, problems).rulebooks if "rulebooks" in parts.single else ()
    rules = read_rules(parts.rules, named, parts.place_of("rulebooks"), problems)
    books = books_of(named)
    if not rules and not books and not problems.found:
        problems.add(parts.main, "there is no rule in it; write each as a table of its own under [[rules]]")
    if problems.found:
        found = problems.in_order()
        raise ConfigInvalid("\n".join(map(str, found)), found)
    return rules, books


def load_web(path: Path, environ: Mapping[str, str]) -> WebSettings:
    """What the history browser needs of a configuration; secrets of channels are not looked for.

    Raises:
        ConfigInvalid: with every problem of these parts.
        InputMissing, InputUnreadable, NotPermitted: a file cannot be read at all.

    """
    problems = Problems()
    parts = read_parts(path, problems)
    return _web_settings(parts, Surroundings(environ, path.absolute().parent), problems)


def default_web(environ: Mapping[str, str]) -> WebSettings:
    """What the history browser works with where there is no configuration file."""
    return _web_settings(no_parts(), Surroundings(environ, Path.cwd()), Problems())


def _web_settings(parts: Parts, around: Surroundings, problems: Problems) -> WebSettings:
    general = _general(parts, problems)
    watched = _watched(parts, general, _single(FetchTable, "fetch", parts, problems), problems)
    settings = WebSettings(
        web=_web(parts, around, problems, with_secrets=True),
        database=_storage(_single(StorageTable, "storage", parts, problems), around).database,
        timezone=ZoneInfo(general.timezone),
        public_url=(general.public_url or "").rstrip("/"),
        paused=frozenset(target.key for target in watched.targets.values() if target.paused),
    )
    if problems.found:
        found = problems.in_order()
        raise ConfigInvalid("\n".join(map(str, found)), found)
    return settings


def _watched(parts: Parts, general: ConfigTable, fetch: FetchTable, problems: Problems) -> Watched:
    defaults = Defaults(fetch.every, general.timezone, fetch.fresh_within, fetch.confirm_after)
    return read_targets(parts.services, defaults, problems)


def _web(parts: Parts, around: Surroundings, problems: Problems, *, with_secrets: bool) -> Web:
    table = _single(WebTable, "web", parts, problems)
    return read_web(table, parts.place_of("web"), around, problems, with_secrets=with_secrets)


def default_settings(environ: Mapping[str, str]) -> Settings:
    """What holds without any configuration file: nothing is watched, the shipped rules are in force."""
    return _settings(no_parts(), Surroundings(environ, Path.cwd()), Problems())


def _settings(parts: Parts, around: Surroundings, problems: Problems) -> Settings:
    general = _general(parts, problems)
    fetch = _single(FetchTable, "fetch", parts, problems)
    watched = _watched(parts, general, fetch, problems)
    _web(parts, around, problems, with_secrets=False)
    rules = read_rules(parts.rules, general.rulebooks, parts.place_of("rulebooks"), problems)
    own = read_topics(general.topic_files, parts.place_of("topic_files"), around, problems)
    books = (*books_of(general.rulebooks), *own)
    reach = (*rules, *map(stands_for, books))
    adjustments = read_severities(parts.severities, known_words(watched, reach, {}), problems)
    settings = Settings(
        timezone=ZoneInfo(general.timezone),
        public_url=(general.public_url or "").rstrip("/"),
        baseline=general.baseline,
        storage=_storage(_single(StorageTable, "storage", parts, problems), around),
        fetch=_fetch(fetch, parts.place_of("fetch"), around, problems),
        targets=tuple(watched.targets.values()),
        rules=rules,
        books=books,
        dead_man=read_dead_man(
            _single(DeadManTable, "dead_man", parts, problems), parts.single.get("dead_man"), around, problems
        ),
        channels=read_channels(parts.channels, around, problems),
        routes=_routes(parts, CanFire(watched, reach, adjustments), general.timezone, problems),
        adjustments=adjustments,
    )
    if watched.targets and not parts.names_contact() and parts.complete:
        problems.add(parts.place_of("fetch"), _NO_CONTACT)
    if problems.found:
        found = problems.in_order()
        raise ConfigInvalid("\n".join(map(str, found)), found)
    return replace(settings, warnings=tuple(problems.warnings))


def _general(parts: Parts, problems: Problems) -> ConfigTable:
    """The keys outside of any table, from whichever files; a wrong one gives way to its default."""
    right = {}
    for key in ("timezone", "public_url", "baseline", "rulebooks", "topic_files"):
        if key in parts.single:
            item = parts.single[key]
            if check(ConfigTable, Item({key: item.value}, Place(item.place.source)), problems):
                right[key] = item.value
    return ConfigTable.model_validate(right)


def _single(table: type[_T], key: str, parts: Parts, problems: Problems) -> _T:
    return (check(table, parts.single[key], problems) if key in parts.single else None) or table()


def _storage(table: StorageTable, around: Surroundings) -> Storage:
    path = around.path(table.database) if table.database else around.default_database()
    return Storage(path, parse_keep(table.keep))


def _fetch(table: FetchTable, place: Place, around: Surroundings, problems: Problems) -> Fetch:
    return Fetch(
        contact=table.contact,
        total_seconds=table.total_seconds,
        connect_seconds=table.connect_seconds,
        max_download_bytes=table.max_download_bytes,
        max_page_bytes=table.max_page_bytes,
        max_redirects=table.max_redirects,
        host_delay_seconds=table.host_delay_seconds,
        retries=table.retries,
        allow_private=tuple(map(ip_network, table.allow_private)),
        ca_file=trusted_file(table.ca_file, place.at("ca_file"), around, problems),
    )


def _routes(parts: Parts, can: CanFire, timezone: str, problems: Problems) -> tuple[Route, ...]:
    before = len(problems.found)
    recipients = {name: recipients_of(item) for name, item in parts.channels.items()}
    known = known_words(can.watched, can.rules, recipients)
    routes = read_routes(parts.routes, known, timezone, problems)
    # With a part missing nothing can be said about the whole.
    if parts.complete and can.watched.complete and len(problems.found) == before:
        place = parts.routes[0].place if parts.routes else parts.main
        check_reach(can, routes, parts.channels, place, problems)
        if len(problems.found) == before:
            check_each(can, routes, parts.routes, problems)
    return routes
