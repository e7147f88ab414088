"""PURE: the bytes of a page to its Extraction, by the kind of page that they are."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from monitor.extract.answers import add_answers
from monitor.extract.blocks import ClauseWriter
from monitor.extract.charset import decode, has_utf16_mark
from monitor.extract.dates import own_dates
from monitor.extract.failures import ExtractionRefused
from monitor.extract.markdown import read_markdown
from monitor.extract.model import Extraction, ExtractOptions, SetAside, Source
from monitor.extract.normalise import canonical
from monitor.extract.page import Content, page_of, parse
from monitor.extract.pdf import is_pdf, read_print
from monitor.extract.plain import read_plain
from monitor.extract.typeset import read_typeset
from monitor.extract.walk import walk
from monitor.identity import fingerprint
from storage.records import Clause, ClauseKind

BODY_LIMIT = 20_000_000
"""Bytes of one page; the largest of 7,653 real captures has 2.2 million."""

HTML_EXTRACTOR = "html-4"
MARKDOWN_EXTRACTOR = "markdown-5"
TEXT_EXTRACTOR = "text-2"
PDF_EXTRACTOR = "pdf-1"
"""Raise the number whenever the same bytes may read differently."""

LATELY_READ = 4
REPEATED_PIECES, REPEATED_LENGTH = 20_000, 3_000_000
"""So many pages are remembered, none with more pieces or characters than real ones have: some 20 MB."""


class Read(NamedTuple):
    """An extraction, and of its soft clauses, by their place, why they are soft."""

    extraction: Extraction
    set_aside: Mapping[int, SetAside]


_DEFAULT_OPTIONS = ExtractOptions()
_Key = tuple[Content, ExtractOptions, tuple[str, ...]]
_lately_read: deque[tuple[_Key, Read]] = deque(maxlen=LATELY_READ)
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_MARKDOWN_TYPES = frozenset({"text/markdown", "text/x-markdown"})
_PDF_TYPES = frozenset({"application/pdf", "application/x-pdf"})
_UNSURE_TYPES = frozenset(
    {
        "",
        "text/plain",
        "text/xml",
        "application/xml",
        "application/octet-stream",
        "binary/octet-stream",
        "unknown/unknown",
    }
)
_BINARY_OPENINGS = (
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image or sound"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)
_HTML_OPENING = re.compile(
    rb"(?:\s|<!--.*?-->|<\?xml[^>]*>)*<(?:!doctype\s+html|html|head|body|title|meta|div|p|h1|article|main|section)\b",
    re.IGNORECASE | re.DOTALL,
)
_SNIFF_WINDOW = 4096
_CONTROLS = bytes({*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)})
_CONTROL_SHARE = 0.05


def extract(source: Source, options: ExtractOptions = _DEFAULT_OPTIONS) -> Extraction:
    """The clauses of `source` with what the page says about itself.

    Raises ExtractionRefused where the bytes are no text that we read, a limit is passed, or a selector of
    `options` matches nothing.
    """
    return read(source, options).extraction


def read(source: Source, options: ExtractOptions = _DEFAULT_OPTIONS) -> Read:
    """As `extract`, with the reasons why clauses are soft."""
    if len(source.body) > BODY_LIMIT:
        raise ExtractionRefused(f"the page has {len(source.body):,} bytes; the limit is {BODY_LIMIT:,}")
    declared = _declared_type(source)
    if declared in _PDF_TYPES or is_pdf(source.body):
        return _extract_pdf(source.body, options)
    reader = _choose_reader(source, declared)
    text, warnings = decode(source.body, source.content_type)
    return reader(text, options, warnings)


def is_html(source: Source) -> bool:
    """Whether `extract` reads `source` as HTML; raises ExtractionRefused where it reads it as nothing."""
    declared = _declared_type(source)
    if declared in _PDF_TYPES or is_pdf(source.body):
        return False
    return _choose_reader(source, declared) is _extract_html


def current_extractors(options: ExtractOptions = _DEFAULT_OPTIONS) -> frozenset[str]:
    """The names that a reading made today may bear; a stored reading of another name may read differently."""
    html = HTML_EXTRACTOR + _options_suffix(options)
    return frozenset({html, MARKDOWN_EXTRACTOR, TEXT_EXTRACTOR, PDF_EXTRACTOR})


def extract_markdown(
    text: str,
    warnings: tuple[str, ...] = (),
    *,
    identify: Callable[[Sequence[Clause]], str] = fingerprint,
) -> Extraction:
    """The clauses of a Markdown text; `identify` gives the fingerprint, and so says what is the same text."""
    return _read_markdown(text, warnings, identify).extraction


def _read_markdown(
    text: str, warnings: tuple[str, ...], identify: Callable[[Sequence[Clause]], str] = fingerprint
) -> Read:
    written = read_markdown(text)
    title = _first_heading(written.clauses)
    return _finish(written, MARKDOWN_EXTRACTOR, title, None, warnings, identify(written.clauses))


def _extract_html(text: str, options: ExtractOptions, warnings: tuple[str, ...]) -> Read:
    """Most looks at a page differ in scripts and tokens alone: what says the same is not walked again."""
    content = parse(text, options)
    key = content, options, warnings
    for known, made in tuple(_lately_read):
        if known == key:
            return made
    made = _read_content(content, options, warnings)
    if len(content.pieces) <= REPEATED_PIECES and len(text) <= REPEATED_LENGTH:
        _lately_read.append((key, made))
    return made


def _read_content(content: Content, options: ExtractOptions, warnings: tuple[str, ...]) -> Read:
    page = page_of(content)
    written = walk(page, options)
    warnings += (*page.warnings, *add_answers(written, page))
    title = canonical(page.title) or _first_heading(written.clauses)
    extractor = HTML_EXTRACTOR + _options_suffix(options)
    return _finish(written, extractor, title, page.language, warnings)


def _extract_pdf(body: bytes, options: ExtractOptions) -> Read:
    _refuse_selectors(options)
    if _HTML_OPENING.match(_without_zeros(body)):
        raise ExtractionRefused("the body is declared as a PDF and is an HTML page, perhaps one about an error")
    document = read_print(body)
    written = read_typeset(document)
    title = document.title or _first_heading(written.clauses)
    return _finish(written, PDF_EXTRACTOR, title, document.language, document.warnings)


def _read_markdown_source(text: str, options: ExtractOptions, warnings: tuple[str, ...]) -> Read:
    _refuse_selectors(options)
    return _read_markdown(text, warnings)


def _read_plain_source(text: str, options: ExtractOptions, warnings: tuple[str, ...]) -> Read:
    _refuse_selectors(options)
    return _finish(read_plain(text), TEXT_EXTRACTOR, "", None, warnings)


def _refuse_selectors(options: ExtractOptions) -> None:
    for selector in (*options.select, *options.remove):
        raise ExtractionRefused(f"the selector {selector!r} cannot match: the page is no HTML")


def _declared_type(source: Source) -> str:
    return (source.content_type or "").split(";")[0].strip().lower()


def _choose_reader(source: Source, declared: str) -> Callable[[str, ExtractOptions, tuple[str, ...]], Read]:
    _refuse_binary(source.body, declared)
    if declared in _HTML_TYPES:
        return _extract_html
    if declared in _MARKDOWN_TYPES:
        return _read_markdown_source
    if declared not in _UNSURE_TYPES:
        raise ExtractionRefused(
            f"the content type {declared[:60]!r} is none that we read (HTML, PDF, Markdown, plain text)"
        )
    if _HTML_OPENING.match(_without_zeros(source.body)):
        return _extract_html
    if declared.endswith("xml"):
        raise ExtractionRefused(f"the page is {declared} and no HTML")
    markdown = urlsplit(source.url).path.lower().endswith((".md", ".markdown"))
    return _read_markdown_source if markdown else _read_plain_source


def _refuse_binary(body: bytes, declared: str) -> None:
    for opening, what in _BINARY_OPENINGS:
        if body.startswith(opening):
            raise ExtractionRefused(f"the body is {what}, declared as {declared[:60] or 'nothing'}")
    window = body[:_SNIFF_WINDOW]
    controls = len(window) - len(window.translate(None, _CONTROLS))
    if controls > _CONTROL_SHARE * len(window) and not has_utf16_mark(body):
        raise ExtractionRefused(f"the body is binary, declared as {declared[:60] or 'nothing'}")


def _without_zeros(body: bytes) -> bytes:
    """The opening of `body`, legible also where it is UTF-16."""
    window = body[:_SNIFF_WINDOW].removeprefix(b"\xef\xbb\xbf")
    return window[2:].replace(b"\x00", b"") if has_utf16_mark(body) else window


def _first_heading(clauses: list[Clause]) -> str:
    return next((clause.text for clause in clauses if clause.kind is ClauseKind.HEADING), "")


def _options_suffix(options: ExtractOptions) -> str:
    if not options.select and not options.remove:
        return ""
    described = json.dumps([options.select, options.remove]).encode()
    return "-" + hashlib.sha256(described).hexdigest()[:8]


def _finish(
    written: ClauseWriter,
    extractor: str,
    title: str,
    language: str | None,
    warnings: tuple[str, ...],
    identity: str | None = None,
) -> Read:
    clauses = tuple(written.clauses)
    stated, effective = own_dates([clause.text for clause in clauses], language)
    extraction = Extraction(
        clauses=clauses,
        fingerprint=identity or fingerprint(clauses, written.drawn),
        extractor=extractor,
        title=title,
        language=language,
        stated_date=stated,
        effective_date=effective,
        warnings=warnings,
    )
    return Read(extraction, written.set_aside)
