"""PURE: changes as entries of a feed: what was said before and what is said now, in the page's own words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from monitor.messages.escape import readable
from monitor.messages.model import DocumentLabel
from monitor.messages.names import clause_counts, counted, name_of_flag, shortened, title_of_change
from monitor.pages import of_change, of_version
from storage.records import Cause, ChangeRecord, Finding
from web.atom import Entry

TAG = "tag:policywatch.invalid,2026"
"""Of every id (RFC 4151): none depends on the host that a feed is read from, which may change."""

MOST_FINDINGS = 20
LONGEST_CLAUSE = 2000

_CAUSES = {
    Cause.FIRST: "The address answered “not found” before.",
    Cause.PAGE_CHANGED: "",
    Cause.RETURNED: "The page went back to an earlier text.",
    Cause.REEXTRACTED: "We read the same page in another way.",
}


def feed_identity(*parts: str) -> str:
    return f"{TAG}:feeds/{quote('/'.join(parts))}"


def entry_of(change: ChangeRecord, document: DocumentLabel, base: str) -> Entry:
    """A change; its id is made of the document and the time of the look that showed it, which stay.

    `base` is where the browser is reached, without a slash at its end.
    """
    return Entry(
        identity=f"{TAG}:changes/{quote(change.document)}/{_stamp(change.captured_at)}",
        title=title_of_change(document, change.findings, change.captured_at.date()),
        at=change.captured_at,
        link=base + link_of(change),
        html="".join(_html(change)),
        categories=tuple(dict.fromkeys(finding.topic for finding in change.findings)),
    )


def link_of(change: ChangeRecord) -> str:
    """The page of a change: the diff, or the version, where there was none before."""
    if change.previous is None:
        return of_version(change.document, change.number)
    return of_change(change.document, change.previous, change.number)


def _stamp(at: datetime) -> str:
    universal = at.astimezone(UTC)
    return f"{universal:%Y%m%dT%H%M%S}" + (f".{universal:%f}" if universal.microsecond else "") + "Z"


def _html(change: ChangeRecord) -> Iterator[str]:
    yield f"<p>{escape(_facts(change))}</p>"
    for flag in change.flags:
        yield f"<p>{escape(name_of_flag(flag))}</p>"
    for finding in change.findings[:MOST_FINDINGS]:
        yield from _finding(finding)
    if (more := len(change.findings) - MOST_FINDINGS) > 0:
        yield f"<p>And {counted(more, 'finding')} more.</p>"


def _facts(change: ChangeRecord) -> str:
    told = ", ".join(f"{count} {what}" for what, count in clause_counts(change).items())
    before = f" (before: version {change.previous})" if change.previous else ""
    return f"Version {change.number}{before}. Clauses: {told or 'none'}. {_CAUSES[change.cause]}".strip()


def _finding(finding: Finding) -> Iterator[str]:
    heading = " › ".join(finding.heading)
    yield f"<h4>{_safe(heading) or '(no heading)'}</h4><p>{_safe(finding.reason)}</p>"
    if finding.before is not None:
        yield f"<p>Before:</p><blockquote><del>{_safe(finding.before)}</del></blockquote>"
    if finding.quote is not None:
        yield f"<p>Now:</p><blockquote><ins>{_safe(finding.quote)}</ins></blockquote>"


def _safe(text: str) -> str:
    return escape(shortened(readable(text), LONGEST_CLAUSE))
