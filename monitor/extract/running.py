"""PURE: which lines of a print repeat from page to page: running heads, running feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from monitor.extract.printed import Line, Page

EDGE_LINES = 3
"""A running head or foot has no more lines than these."""

MOST_PAGES = 0.4
COUNTING_PAGES = 0.6
FEWEST_PAGES = 3
"""The share of the pages on which a line repeats (left and right pages may have heads of their own), more where
its numbers count along; at least so many pages, or all of fewer.
"""

GUARD = 0.30
"""No rule may set aside this share of the text: then it is the document."""

_NEAR = 3.0  # points between the places of one head on two pages
_NUMBER = re.compile(r"\d+")
_EDGE_NUMBER = re.compile(r"^\d{1,4}(?=\s|$)|(?<!\S)\d{1,4}$")
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|p|seite|s|página|pagina|pág|pag|strona|sida|side)\W{0,3})?\d{1,4}"
    r"(?:\s*(?:/|of|von|de|sur|di|van|z|av|af)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)

Place = tuple[int, int]
"""A page and one of its lines, by their indexes."""


def find_running(pages: Sequence[Page], body_size: float) -> set[Place]:
    """The places of all lines that belong to the sheet of paper and not to the text."""
    found = _repeated(pages, _head, body_size) | _repeated(pages, _foot, body_size)
    found |= _numbered(pages, (_head, _foot))
    total = sum(len(line.text) for page in pages for line in page.lines)
    aside = sum(len(pages[page].lines[line].text) for page, line in found)
    return found if aside < GUARD * total else set()


def _head(page: Page) -> list[tuple[int, float]]:
    """The indexes of the uppermost lines, with how far from the upper edge they stand."""
    order = sorted(range(len(page.lines)), key=lambda index: page.lines[index].baseline)
    return [(index, page.lines[index].baseline) for index in order[:EDGE_LINES]]


def _foot(page: Page) -> list[tuple[int, float]]:
    order = sorted(range(len(page.lines)), key=lambda index: -page.lines[index].baseline)
    return [(index, page.height - page.lines[index].baseline) for index in order[:EDGE_LINES]]


Edge = Callable[[Page], list[tuple[int, float]]]


def _repeated(pages: Sequence[Page], edge: Edge, body_size: float) -> set[Place]:
    alike: dict[str, list[tuple[Place, float]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for index, distance in edge(page):
            alike[_NUMBER.sub("#", page.lines[index].text)].append(((number, index), distance))
    found: set[Place] = set()
    for group in alike.values():
        for stack in _stacks(group):
            lines = {place: pages[place[0]].lines[place[1]] for place in stack}
            if _is_often(len({page for page, _ in stack}), len(pages), MOST_PAGES) and _belongs_to_paper(
                lines, body_size, len(pages)
            ):
                found.update(stack)
    return found


def _stacks(group: list[tuple[Place, float]]) -> list[list[Place]]:
    """The places of `group` whose distances from the edge agree."""
    stacks: list[list[Place]] = []
    last = 0.0
    for place, distance in sorted(group, key=lambda each: each[1]):
        if not stacks or distance - last >= _NEAR:
            stacks.append([])
        stacks[-1].append(place)
        last = distance
    return stacks


def _is_often(times: int, pages: int, share: float) -> bool:
    return pages > 1 and times >= min(pages, max(FEWEST_PAGES, share * pages))


def _belongs_to_paper(lines: dict[Place, Line], body_size: float, pages: int) -> bool:
    """Whether lines that differ at most in their numbers count pages, as "Section 1", "Section 2" may not."""
    if len({line.text for line in lines.values()}) == 1:
        return True
    if any(line.bold or line.size > 1.05 * body_size for line in lines.values()):
        return False
    counted = [
        {int(number) - page for number in _NUMBER.findall(line.text) if len(number) < 6}
        for (page, _), line in lines.items()
    ]
    plain = all(_PAGE_NUMBER.fullmatch(line.text) for line in lines.values())
    often = len(lines) > 2 and _is_often(len(lines), pages, COUNTING_PAGES)
    return bool(set.intersection(*counted)) and (plain or often)


def _numbered(pages: Sequence[Page], edges: Sequence[Edge]) -> set[Place]:
    """The outermost lines that end or begin with the number of their page, whatever else they say.

    What a page's number is, the document tells by counting on most of its pages.
    """
    outermost = [
        (number, index)
        for number, page in enumerate(pages)
        for edge in edges
        for index, _ in edge(page)[:1]
        if len(page.lines) > 1 and not page.lines[index].bold
    ]
    offsets = Counter(
        offset for page, index in outermost for offset in _offsets(pages[page].lines[index].text, page)
    )
    offset, times = next(iter(offsets.most_common(1)), (1, 0))
    counting = times >= max(FEWEST_PAGES, MOST_PAGES * len(pages))
    offset = offset if counting else 1
    return {
        (page, index)
        for page, index in outermost
        if _is_number(pages[page].lines[index].text, page + offset, alone=not counting)
    }


def _offsets(text: str, page: int) -> set[int]:
    return {int(number) - page for number in _EDGE_NUMBER.findall(text)}


def _is_number(text: str, number: int, *, alone: bool) -> bool:
    if alone:
        return _PAGE_NUMBER.fullmatch(text) is not None and str(number) in _NUMBER.findall(text)
    return str(number) in _EDGE_NUMBER.findall(text)
