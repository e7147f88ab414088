"""A small archive whose texts are as hostile as pages can be, for whatever shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

from storage import appearances, changes, versions
from storage.database import Database, Transaction
from storage.records import Appearance, Cause, Direction, Document, NewChange
from tests.storage.builders import a_document, a_finding, an_alert, clauses_of, hours, new_version, plain_index

KEY = "acme/privacy-policy"
OTHER = "beta/terms"

HOSTILE = (
    "=HYPERLINK(\"http://evil.example\") <script>alert('x')</script> ]]> \x00\x0b\u2028\ufffe\u202eevil &amp;"
)
"""A formula, markup, the end of a CDATA section, signs that no XML holds, a line end, a direction mark."""

OLD = ("We keep your posts.", "We never sell data.")
NEW = ("We keep your posts.", "We never sell data.", "We may train models on your posts.")


def fill(database: Database) -> None:
    """Three versions of one document, with hostile findings on the last; one of another document."""
    with database.write() as transaction:
        document = a_document(transaction, KEY)
        first = _appear(transaction, document, OLD, 0)
        second = _appear(transaction, document, NEW, 24, effective=date(2024, 4, 1))
        change = _change(transaction, second, first)
        an_alert(transaction, document, change, at=hours(24))
        third = _appear(transaction, document, (*NEW, HOSTILE), 48, effective=date(2024, 5, 1))
        an_alert(transaction, document, _change(transaction, third, second), at=hours(48))
        other = a_document(transaction, OTHER, service="Beta", kind="terms", origin="archive")
        _change(
            transaction, _appear(transaction, other, (HOSTILE, "Terms."), 36), None, flags=("new-document",)
        )


def _appear(
    transaction: Transaction,
    document: Document,
    texts: tuple[str, ...],
    after: float,
    effective: date | None = None,
) -> Appearance:
    new = replace(new_version(clauses_of(*texts)), effective_date=effective, stated_date=effective)
    version = versions.save(transaction, document.id, new, base_id=None, index=plain_index)
    cause = Cause.FIRST if version.number == 1 else Cause.PAGE_CHANGED
    return appearances.begin(transaction, version, captured_at=hours(after), cause=cause)


def _change(
    transaction: Transaction, appearance: Appearance, previous: Appearance | None, flags: tuple[str, ...] = ()
) -> int:
    hostile = replace(
        a_finding(), quote=HOSTILE, before=HOSTILE, heading=(HOSTILE,), reason=HOSTILE, title=HOSTILE,
        matched=(HOSTILE,), direction=Direction.EDITED,
    )  # fmt: skip
    new = NewChange(
        added=1, removed=0, edited=1, moved=0, words_added=3, words_removed=2, flags=flags,
        findings=(hostile, a_finding("retention")),
    )  # fmt: skip
    return changes.save(
        transaction, appearance, new, previous_id=previous.version_id if previous else None,
        previous_seen_at=previous.observed_until if previous else None,
    )  # fmt: skip


def read_xml(document: bytes) -> ET.Element:
    """What a program makes of a document of ours; raises ParseError where it is not well-formed."""
    return ET.fromstring(document)  # noqa: S314 (it is ours)
