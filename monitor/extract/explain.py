"""PURE: a page read as ever, and beside it why clauses were set aside and where its links lead."""

from __future__ import annotations

from monitor.extract.charset import charset_of, decode
from monitor.extract.links import base_of, find_links
from monitor.extract.model import ExtractOptions, Link, Reading, Source
from monitor.extract.page import parse_page
from monitor.extract.panels import find_panels
from monitor.extract.read import is_html, read
from monitor.extract.softness import find_soft

_DEFAULT_OPTIONS = ExtractOptions()


def explain(source: Source, options: ExtractOptions = _DEFAULT_OPTIONS) -> Reading:
    """`source` with what `extract` makes of it, and why. Raises as `extract` does."""
    extraction, set_aside = read(source, options)
    return Reading(
        extraction=extraction,
        page_kind=extraction.extractor.partition("-")[0],
        charset=charset_of(source.body, source.content_type),
        set_aside=set_aside,
    )


def read_links(source: Source) -> tuple[Link, ...]:
    """The links of the whole page, whatever is selected of it; none where it is no HTML."""
    if not is_html(source):
        return ()
    text = _text(source)
    page = parse_page(text, _DEFAULT_OPTIONS)
    soft = find_soft(page, find_panels(page), choose_main=True)
    return find_links(page, soft, base_of(text, source.url))


def _text(source: Source) -> str:
    return decode(source.body, source.content_type)[0]
