"""PURE: groups findings by the clause they stand on and marks the words that matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.diff.words import Span, mark
from monitor.messages.letter import Fired, Passage, Piece, PieceKind
from monitor.messages.model import Around
from monitor.messages.names import happened_to, name_of_finding
from storage.records import Finding

_MARKS: dict[str, PieceKind] = {"delete": "deleted", "insert": "inserted"}


def passages_of(
    findings: Iterable[Finding], *, is_change: bool, around: Iterable[Around] = ()
) -> Iterator[Passage]:
    """Findings on the same clause belong together; the strongest stand first."""
    beside = {each.clause: each for each in around}
    groups: dict[tuple[str | None, str | None, tuple[str, ...]], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.severity.rank):
        groups.setdefault((finding.before, finding.quote, finding.heading), []).append(finding)
    for (before, quote, heading), group in groups.items():
        matched = [word for finding in group for word in finding.matched]
        edited = before is not None and quote is not None
        sides = _marked(before or "", quote or "") if edited else (_lit(before, matched), _lit(quote, matched))
        yield Passage(
            fired=tuple(_fired(finding, is_change=is_change) for finding in group),
            heading=" › ".join(heading),
            before_label="Before" if edited else "Removed",
            before=sides[0],
            after_label="Now" if edited or not is_change else "Added",
            after=sides[1],
            preceding=found.preceding if (found := beside.get(quote or before or "")) else "",
            following=found.following if found else "",
        )


def _fired(finding: Finding, *, is_change: bool) -> Fired:
    return Fired(
        name=name_of_finding(finding),
        rule=finding.rule,
        severity=finding.severity,
        direction=happened_to(finding) if is_change else "",
        matched=", ".join(f"“{word}”" for word in finding.matched),
        reason=finding.reason,
    )


def _marked(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    spans = mark(before, after)
    return tuple(_side(spans, "delete")), tuple(_side(spans, "insert"))


def _side(spans: Iterable[Span], kind: str) -> Iterator[Piece]:
    """What one side holds, the white space around marked words set apart so that marks lie close to them."""
    for span in spans:
        words = span.text.strip()
        if span.kind == "equal" or (span.kind == kind and not words):
            yield Piece("plain", span.text)
        elif span.kind == kind:
            lead, trail = span.text.split(words, 1)
            pieces = Piece("plain", lead), Piece(_MARKS[span.kind], words), Piece("plain", trail)
            yield from (piece for piece in pieces if piece.text)


def _lit(text: str | None, matched: Sequence[str]) -> tuple[Piece, ...]:
    """A clause that stands on one side only, the first place of each matched word made to stand out."""
    if not text:
        return ()
    places = [re.search(re.escape(word), text, re.IGNORECASE) for word in matched if word]
    pieces: list[Piece] = []
    position = 0
    for start, end in sorted(place.span() for place in places if place):
        if end <= position:
            continue
        overlap = max(start, position)
        pieces += [Piece("plain", text[position:overlap]), Piece("matched", text[overlap:end])]
        position = end
    pieces.append(Piece("plain", text[position:]))
    return tuple(piece for piece in pieces if piece.text)
