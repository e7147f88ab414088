"""Reads one page for a command: a file, or an address fetched as a check would fetch it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import InputMissing, InputUnreadable, NotPermitted, Unavailable, UsageError

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.extract.model import ExtractOptions, Reading, Source
    from monitor.fetch.model import Capture, Unmodified

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
}
_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Page:
    """What was read; `address` is where it was found after redirects, or the path of the file."""

    address: str
    reading: Reading


def is_address(where: str) -> bool:
    return _ADDRESS.match(where) is not None


def read_page(where: str, settings: Settings, options: ExtractOptions) -> Page:
    """Read the file or the address `where`; its bytes are taken apart in a worker process.

    Raises:
        UsageError: the address cannot be one.
        InputMissing, NotPermitted: there is no such file or page, or it may not be read.
        InputUnreadable: it is nothing that we read.
        Unavailable: the page could not be fetched.
    """
    source = _fetched(where, settings) if is_address(where) else source_of(Path(where))
    return Page(source.url if is_address(where) else where, _read(where, source, options))


def _read(where: str, source: Source, options: ExtractOptions) -> Reading:
    from monitor.extract.failures import ExtractionFailed, ExtractionRefused
    from monitor.extract.pool import ExtractionPool

    pool = ExtractionPool(workers=1)
    try:
        return asyncio.run(pool.explain(source, options))
    except (ExtractionRefused, ExtractionFailed) as error:
        raise InputUnreadable(f"{where}: {error.reason}") from error
    finally:
        pool.close()


def source_of(path: Path) -> Source:
    """The file with the content type that its name says."""
    from monitor.extract.model import Source
    from monitor.extract.read import BODY_LIMIT

    try:
        with path.open("rb") as file:
            body = file.read(BODY_LIMIT + 1)
    except FileNotFoundError:
        raise InputMissing(f"there is no file {path}; an address begins with https://") from None
    except PermissionError:
        raise NotPermitted(f"the file {path} may not be read by this user") from None
    except OSError as error:
        raise InputUnreadable(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    return Source(body, _TYPES.get(path.suffix.lower()), path.absolute().as_uri())


def _fetched(url: str, settings: Settings) -> Source:
    from monitor.extract.model import Source
    from monitor.fetch.model import Capture, FetchError
    from monitor.urls import check_url

    problem = check_url(url)
    if problem:
        raise UsageError(f"{url}: {problem}")
    try:
        answer = asyncio.run(_fetch(url, settings))
    except FetchError as error:
        if error.status in _GONE:
            raise InputMissing(error.reason) from error
        raise Unavailable(error.reason) from error
    if not isinstance(answer, Capture):
        raise Unavailable(f"{url}: the server sent no page")
    return Source(answer.body, answer.meta.content_type, answer.meta.final_url)


async def _fetch(url: str, settings: Settings) -> Capture | Unmodified:
    from monitor.app import open_fetcher
    from monitor.fetch.model import FetchRequest

    async with open_fetcher(settings) as fetcher:
        return await fetcher.fetch(FetchRequest(url))
