"""PURE: what documents, topics, flags and moments are called when we speak to people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.messages.escape import readable
from monitor.messages.model import DocumentLabel
from storage.records import Direction, Finding

TITLE_LIMIT = 180
"""Characters of an alert's title, so that a subject with its severity stays under 200."""

_ACRONYMS = {"ai": "AI", "api": "API", "dpa": "DPA", "eula": "EULA", "faq": "FAQ"}
_TOPICS = {
    "ai-training": "AI-training wording",
    "sale-sharing": "sale and sharing wording",
    "biometric": "biometric-data wording",
    "retention": "retention wording",
    "international-transfer": "international-transfer wording",
    "children": "wording on children",
    "arbitration": "arbitration wording",
    "new-data-category": "wording on a new category of data",
    "advertising": "advertising wording",
    "consent-optout": "consent and opt-out wording",
    "subprocessor": "subprocessor wording",
    "effective-date-only": "effective date",
}
_FLAGS = {
    "address-changed": "the configuration names another address than before, so this may be another page",
    "host-changed": "the address now leads to another host than before, so this may be another page",
    "new-document": 'the address answered "not found" before',
    "quiet": "the wording changed, the page's own date did not",
    "date-only": "only the page's own date changed",
    "backdated": "the page's own date lies before our last look at the old text",
    "retroactive": "the wording speaks of what lies in the past",
    "default-flip": "a default was turned around",
    "notice-promised": "the document promises notice of changes",
    "flapping": "the page goes back and forth between texts",
    "suspect": "the page may not have been complete when we read it",
}

_ERRORS = {
    "url": "its address cannot be fetched",
    "dns": "the name of its host cannot be resolved",
    "connect": "no connection to its host",
    "tls": "its host's certificate or encryption was refused",
    "timeout": "the answer did not come in time",
    "truncated": "the answer broke off before its end",
    "too_large": "the page is larger than the limit",
    "blocked_address": "its host leads to an address that may not be connected to",
    "http_status": "the server answered with an error",
    "rate_limited": "the server is busy or finds that we ask too often",
    "protocol": "the answer is not HTTP as we know it",
    "encoding": "the answer is encoded in a way that cannot be read",
    "redirect": "it redirects to where we do not follow",
    "robots": "its robots.txt forbids looking, or could not be asked",
    "resource": "this machine was short of resources",
    "storage": "the database was at fault",
    "conflict": "another process kept changing the same document",
    "fault": "a fault in policywatch",
    "overdue": "a look has been due for long and did not end",
    "browser": "the browser that is to open it could not",
    "unconfirmed": "it shows a new text that no second look has confirmed yet",
    "challenge": "its server asks whether we are a robot",
    "login": "its server asks for a login",
    "consent": "it asks for consent to cookies and shows nothing else",
    "maintenance": "its site is under maintenance or out of order",
    "not-found": "it says that there is no such page",
    "parked": "its domain is parked or for sale",
    "needs-javascript": "it needs JavaScript to show its text",
    "loading": "it had not loaded its text",
    "empty": "it has hardly any text",
    "language": "it is in another language than before",
    "collapsed": "it lost most of its words",
    "grown": "it grew beyond reason",
    "other-document": "it reads like another document",
    "entity": "it speaks for another company than before",
    "held": "the page came but cannot be taken for the document",
}


def title_of_change(
    document: DocumentLabel, findings: Sequence[Finding], captured_on: date, *, baseline: bool = False
) -> str:
    """`Acme – Privacy Policy (EU): AI-training wording added – 2026-11-21`, cut to `TITLE_LIMIT`.

    Of a baseline nothing was added or removed: its wording was found at the first reading.
    """
    what = what_was_found(findings) if baseline else what_happened(findings)
    return _dated(f"{name_of_document(document)}: {what}", captured_on)


def title_of_return(
    document: DocumentLabel, findings: Sequence[Finding], number: int, captured_on: date
) -> str:
    """`Acme – Privacy Policy: back to version 1: AI-training wording removed – 2026-11-21`, cut likewise."""
    what = what_happened(findings)
    return _dated(f"{name_of_document(document)}: back to version {number}: {what}", captured_on)


def _dated(title: str, day: date) -> str:
    end = f" – {day.isoformat()}"
    return shortened(" ".join(readable(title).split()), TITLE_LIMIT - len(end)) + end


def title_of_sight(document: DocumentLabel, what: str) -> str:
    """`Acme – Privacy Policy: not readable since 2026-11-19 (dns)`; a long name is cut."""
    end = readable(f": {what}")
    name = " ".join(readable(name_of_document(document)).split())
    return shortened(name, TITLE_LIMIT - len(end)) + end


def name_of_document(document: DocumentLabel) -> str:
    """Company, kind and region."""
    region = f" ({document.region.upper()})" if document.region else ""
    return f"{document.service} – {name_of_kind(document.kind)}{region}"


_EFFECTS = {
    "appears": "added",
    "disappears": "removed",
    "expands": "expanded",
    "restricts": "restricted",
    "opt-out-terms": "opt-out terms changed",
}
"""A wording may come or go within a clause that was merely edited: the wording is what a reader asks about."""


def name_of_kind(kind: str) -> str:
    """`privacy-policy` is Privacy Policy, `faq` is FAQ."""
    return " ".join(_ACRONYMS.get(word, word.capitalize()) for word in kind.split("-") if word)


def name_of_finding(finding: Finding) -> str:
    """What was found, in words: by topic, or by the title or id that the user gave a rule of their own."""
    if finding.topic == "wording":
        return f'"{finding.title or finding.rule}"'
    return name_of_topic(finding.topic)


def name_of_topic(topic: str) -> str:
    """`ai-training` is "AI-training wording"."""
    return _TOPICS.get(topic, f"{topic.replace('-', ' ')} wording")


def happened_to(finding: Finding) -> str:
    """Added, removed or edited: what became of the wording, whatever became of its clause."""
    if finding.effect == "introduces" and finding.direction is Direction.EDITED:
        return "added"  # wording that is new, in a clause that is not
    return _EFFECTS.get(finding.effect, finding.direction.value)


def what_happened(findings: Sequence[Finding]) -> str:
    """The two strongest findings in words, and how many others there are."""
    happened: dict[str, list[str]] = {}
    for finding in sorted(findings, key=lambda finding: finding.severity.rank):
        found = happened.setdefault(name_of_finding(finding), [])
        if (what := happened_to(finding)) not in found:
            found.append(what)
    parts = [f"{name} {' and '.join(found)}" for name, found in happened.items()]
    return _first_two(parts) if parts else "wording changed"


def what_was_found(findings: Sequence[Finding]) -> str:
    """What a first reading found."""
    strongest_first = sorted(findings, key=lambda finding: finding.severity.rank)
    names = list(dict.fromkeys(name_of_finding(finding) for finding in strongest_first))
    return f"{_first_two(names)} at first reading" if names else "first reading"


def _first_two(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - 2} more" if len(parts) > 2 else ""
    return ", ".join(parts[:2]) + more


def name_of_flag(flag: str) -> str:
    return f"{flag} ({_FLAGS[flag]})" if flag in _FLAGS else flag


def name_of_error(error_class: str) -> str:
    """`dns` is "the name of its host cannot be resolved (dns)"."""
    words = _ERRORS.get(error_class, "the page was not brought back")
    status = error_class.removeprefix("http_")
    if status.isdecimal():
        words = f"the server answered with status {status}"
    return f"{words} ({error_class})"


def moment(at: datetime, timezone: str) -> str:
    """`2026-11-21 08:12 UTC (09:12 Europe/Berlin)`; the day is repeated where it differs."""
    universal, local = at.astimezone(UTC), at.astimezone(ZoneInfo(timezone))
    said = f"{universal:%Y-%m-%d %H:%M} UTC"
    if timezone == "UTC":
        return said
    day = "" if local.date() == universal.date() else f"{local:%Y-%m-%d} "
    return f"{said} ({day}{local:%H:%M} {timezone})"


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


class Counts(Protocol):
    """What is known of the size of a change."""

    @property
    def added(self) -> int: ...
    @property
    def removed(self) -> int: ...
    @property
    def edited(self) -> int: ...
    @property
    def moved(self) -> int: ...


def clause_counts(counts: Counts) -> dict[str, int]:
    """How many clauses met which fate, by its name; those that none met are left out."""
    fates = {"added": counts.added, "removed": counts.removed, "edited": counts.edited, "moved": counts.moved}
    return {fate: number for fate, number in fates.items() if number}
