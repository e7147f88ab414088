"""Captures that web archives hold, in WARC files or listed by an index, as raw captures in order of time.

Everything is gone through once, and what is a readable page of some document is laid aside in a temporary
file; then the captures follow, document by document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from monitor.errors import InputUnreadable, UsageError
from monitor.importers import warc
from monitor.importers.addresses import Addresses, canonical
from monitor.importers.answers import Answer, LeftOut
from monitor.importers.indexed import read_indexed
from monitor.importers.raw import RawCapture
from monitor.importers.recorded import Described
from monitor.importers.spool import Place, Spool

MAX_CAPTURES = 500_000
"""Captures of one import: each takes about 600 bytes of memory until it is its turn."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECT_WITHIN = timedelta(hours=1)
"""A crawler follows a redirect at once; later the same address may lead elsewhere."""

_MAX_HOPS = 8
_TOOLBAR = b"BEGIN WAYBACK TOOLBAR INSERT"
_NO_DOCUMENT = frozenset({"/robots.txt", "/favicon.ico", "/sitemap.xml"})


@dataclass(frozen=True, slots=True)
class _Held:
    """A capture whose bytes wait in the spool."""

    url: str
    captured_at: datetime
    content_type: str | None
    headers: Place
    body: Place
    source: str


@dataclass(slots=True)
class Captures:
    """What the files hold. `unreadable` and `damaged` name what was left out, each with its reason.

    `described` says of every key which document it is.
    """

    spool: Spool
    described: dict[str, Described] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    held: list[_Held] = field(default_factory=list)
    revisits: list[tuple[Answer, str]] = field(default_factory=list)
    by_digest: dict[str, _Held] = field(default_factory=dict)
    by_visit: dict[tuple[str, datetime], _Held] = field(default_factory=dict)
    redirects: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    order: list[tuple[str, _Held, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[RawCapture]:
        """Every capture, document by document, each document's in the order of time."""
        for key, held, url in self.order:
            yield RawCapture(
                key, held.captured_at, url, held.url, 200, self.spool.read_headers(held.headers),
                held.content_type, self.spool.read(held.body), held.source,
            )  # fmt: skip


def read(files: Sequence[Path], addresses: Addresses, spool: Spool) -> Captures:
    """Go through `files`. Damage ends the reading of one file, not of all.

    Raises:
        UsageError: one key is to stand for several addresses.
    """
    captures = Captures(spool)
    for path in files:
        try:
            for found, source in _found(path):
                _take(captures, found, source)
        except InputUnreadable as error:
            captures.damaged.append(str(error))
    _resolve_revisits(captures)
    _arrange(captures, addresses)
    return captures


def _found(path: Path) -> Iterator[tuple[Answer | LeftOut, str]]:
    if warc.is_warc(path):
        for found in warc.read_answers(path):
            yield found, path.name
        return
    for found in read_indexed(path):
        yield found, path.name


def _take(captures: Captures, found: Answer | LeftOut, source: str) -> None:
    if isinstance(found, LeftOut):
        (captures.damaged if found.damaged else captures.unreadable).append(f"{found.url}: {found.reason}")
        return
    if canonical(found.url) is None:
        captures.unreadable.append(f"{found.url}: this is no address of a page")
        return
    if found.status in _REDIRECTS and (location := found.header("location")):
        with suppress(ValueError):
            target = canonical(urljoin(found.url, location))
            if target is not None:
                captures.redirects.setdefault(target, []).append((found.captured_at, found.url))
        return
    if found.body is None:
        captures.revisits.append((found, source))
    elif found.status == 200 and _is_readable(found):
        _hold(captures, found, source, found.body)
    if len(captures.held) + len(captures.revisits) > MAX_CAPTURES:
        raise InputUnreadable(f"{source}: more than {MAX_CAPTURES:,} captures; import fewer files at a time")


def _is_readable(answer: Answer) -> bool:
    return answer.is_page and urlsplit(answer.url).path not in _NO_DOCUMENT


def _hold(captures: Captures, answer: Answer, source: str, body: bytes) -> None:
    if _TOOLBAR in body:
        captures.unreadable.append(
            f"{answer.url}: the Wayback Machine's toolbar is in the page;"
            " fetch the page as it was, with id_ behind the timestamp"
        )
        return
    held = _Held(
        answer.url, answer.captured_at, answer.header("content-type"),
        captures.spool.add_headers(answer.headers), captures.spool.add(body), source,
    )  # fmt: skip
    captures.held.append(held)
    if answer.digest:
        captures.by_digest.setdefault(answer.digest, held)
    captures.by_visit[(canonical(answer.url) or "", answer.captured_at)] = held


def _resolve_revisits(captures: Captures) -> None:
    """A revisit saw the bytes of another record: it is a look of its own, with those bytes."""
    by_page: dict[str, list[_Held]] = {}
    for held in captures.held:
        by_page.setdefault(canonical(held.url) or "", []).append(held)
    for answer, source in captures.revisits:
        first = _first_of(captures, answer, by_page.get(canonical(answer.url) or "", []))
        if first is not None:
            repeated = replace(first, url=answer.url, captured_at=answer.captured_at, source=source)
            captures.held.append(repeated)
        elif _is_readable(answer):
            captures.unreadable.append(
                f"{answer.url}: the record of {answer.captured_at:%Y-%m-%dT%H:%M:%SZ} repeats one that is not"
                " in these files; import both together"
            )


def _first_of(captures: Captures, answer: Answer, same_page: Sequence[_Held]) -> _Held | None:
    """The capture that a revisit repeats: by its digest, by its date, or ("not modified") the one before."""
    if answer.digest in captures.by_digest:
        return captures.by_digest[answer.digest or ""]
    if answer.refers_to is not None:
        url, date = answer.refers_to
        return captures.by_visit.get((canonical(url) or "", date))
    if answer.status != 304:
        return None
    before = [held for held in same_page if held.captured_at <= answer.captured_at]
    return max(before, key=lambda held: held.captured_at, default=None)


def _arrange(captures: Captures, addresses: Addresses) -> None:
    """Give every capture its document; two of one document at one time are one, seen by two files."""
    seen: dict[tuple[str, datetime], _Held] = {}
    pages: dict[str, str] = {}
    for held in sorted(captures.held, key=lambda each: (each.captured_at, each.url)):
        url = _asked_for(captures, addresses, held.url, held.captured_at)
        described = addresses.document_of(url)
        if described is None:
            continue
        page = pages.setdefault(described.key, canonical(url) or "")
        if page != canonical(url):
            _refuse(captures, described, addresses, url, page)
            continue
        captures.described.setdefault(described.key, described)
        first = seen.setdefault((described.key, held.captured_at), held)
        if first is held:
            captures.order.append((described.key, held, url))
        elif first.body != held.body:
            captures.unreadable.append(f"{held.url}: {held.source} has another page of the same second")
    captures.order.sort(key=lambda each: each[0])


def _refuse(captures: Captures, described: Described, addresses: Addresses, url: str, page: str) -> None:
    if addresses.key == described.key:
        raise UsageError(
            f"--key {described.key} is one document, and the files hold several pages, {page} and"
            f" {canonical(url)} among them; say which one with --url"
        )
    line = f"{url}: its key {described.key} is that of {page}; import it with --url and --key"
    if line not in captures.unreadable:
        captures.unreadable.append(line)


def _asked_for(captures: Captures, addresses: Addresses, url: str, at: datetime) -> str:
    """The address that somebody asked for and that redirected to `url` then, else `url` itself."""
    asked = url
    for _ in range(_MAX_HOPS):
        if addresses.is_named(asked):
            return asked
        sources = captures.redirects.get(canonical(asked) or "", ())
        ages = [(at - when, source) for when, source in sources]
        near = [each for each in ages if timedelta(0) <= each[0] <= _REDIRECT_WITHIN]
        if not near:
            break
        asked = min(near)[1]
    return url
