"""PURE: a report as files for other programs: a table (CSV) and a calendar of deadlines (iCalendar)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.forms import no_formula
from monitor.messages.escape import readable
from monitor.messages.names import name_of_document, what_happened
from monitor.messages.report import Deadline, Report

if TYPE_CHECKING:
    from icalendar import Event

COLUMNS = (
    "what", "when", "severity", "company", "document", "kind", "region", "version", "previous", "flags",
    "words_added", "words_removed", "details",
)  # fmt: skip


def as_csv(report: Report) -> str:
    """One row for each change and each open thing. No cell is a formula, whatever a page said."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow([_cell(row.get(name, "")) for name in COLUMNS])
    return written.getvalue()


def rows_of_report(report: Report) -> list[dict[str, object]]:
    """The same rows for programs, every text readable."""
    return [
        {name: readable(value) if isinstance(value := row.get(name), str) else value for name in COLUMNS}
        for row in _rows(report)
    ]


def _rows(report: Report) -> Iterator[dict[str, object]]:
    for change in report.changes:
        yield {
            "what": "change",
            "when": change.at.isoformat(),
            "severity": change.severity.value if change.severity else "",
            "company": change.document.service,
            "document": change.document.key,
            "kind": change.document.kind,
            "region": change.document.region or "",
            "version": change.number,
            "previous": change.previous or "",
            "flags": " ".join(change.flags),
            "words_added": change.words_added,
            "words_removed": change.words_removed,
            "details": what_happened(change.findings),
        }
    for deadline in report.deadlines:
        yield _open("deadline", deadline.day.isoformat(), deadline.document.key, "") | {
            "company": deadline.document.service,
            "version": deadline.number,
        }
    for unseen in report.unseen:
        yield _open("not readable", unseen.since.isoformat(), unseen.document.key, unseen.error_class)
    for silenced in report.silenced:
        details = f"{silenced.covers}; {silenced.author}: {silenced.reason}; kept back {silenced.kept_back}"
        yield _open("silenced", silenced.until.isoformat(), "", details)
    for dead in report.dead:
        key = dead.document.key if dead.document else ""
        details = f"{dead.title}; {dead.recipient} over {dead.channel}; {dead.error}"
        yield _open("not delivered", dead.at.isoformat(), key, details)


def _open(what: str, when: str, document: str, details: str) -> dict[str, object]:
    return {"what": what, "when": when, "document": document, "details": details}


def _cell(value: object) -> object:
    return value if isinstance(value, int) else no_formula(readable(str(value)))


def as_calendar(report: Report) -> bytes:
    """The report's deadlines for a calendar."""
    return calendar_of(report.deadlines, report.until)


def calendar_of(deadlines: Iterable[Deadline], stamp: datetime, name: str = "") -> bytes:
    """A day in the calendar for each; its UID stays, so that a calendar takes it once (RFC 5545).

    `stamp` is when this was so; `name` is what the calendar is called (RFC 7986).
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//policywatch//deadlines//EN")
    calendar.add("version", "2.0")
    if name:
        calendar.add("name", readable(name))
    for deadline in deadlines:
        calendar.add_component(_event(deadline, stamp))
    written: bytes = calendar.to_ical()
    return written


def _event(deadline: Deadline, stamp: datetime) -> Event:
    from icalendar import Event

    name = readable(name_of_document(deadline.document))
    token = hashlib.sha256(f"{deadline.document.key} {deadline.number}".encode()).hexdigest()[:24]
    event = Event()
    event.add("uid", f"deadline.{token}@policywatch.invalid")
    event.add("dtstamp", stamp)
    event.add("dtstart", deadline.day)
    event.add("summary", f"{name}: in force")
    event.add("description", f"Version {deadline.number} of {deadline.document.key} is in force from this day.")
    event.add("url", readable(deadline.document.url))
    event.add("transp", "TRANSPARENT")
    return event
