"""A small archive as a team has it: a policy that changed, was not seen for a while and alerted; two others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from storage import appearances, changes, checks, versions
from storage.database import Database, Transaction
from storage.records import (
    AlertStatus,
    Appearance,
    Cause,
    CheckOutcome,
    Clause,
    ClauseKind,
    Direction,
    Document,
    Finding,
    NewChange,
    Severity,
)
from tests.storage.builders import a_delivery, a_document, a_finding, an_alert, hours, new_version, plain_index

KEY = "acme/privacy-policy"
FAQ = "acme/faq"
TERMS = "beta/terms"
DAY = 24.0

ALLOWED = "We may use what you post to train AI models unless you opt out."
SEEN = CheckOutcome.UNCHANGED
DENIED = "We do not use what you post to train AI models."


def heading(text: str, level: int = 2) -> Clause:
    return Clause(text, ClauseKind.HEADING, level)


def item(text: str) -> Clause:
    return Clause(text, ClauseKind.LIST_ITEM, 1)


POLICY = (
    heading("Privacy Policy", 1),
    Clause("This policy says what we do with your data."),
    heading("What we collect"),
    item("your name and address"),
    item("what you post"),
    heading("How we use it"),
    Clause("We show your posts to the people whom you choose."),
    Clause("We keep them while your account exists."),
    Clause(DENIED),
    heading("Your rights"),
    Clause("You can ask us for a copy of your data."),
)
LATER = (
    *POLICY[:4],
    item("what you post and when"),
    *POLICY[5:8],
    Clause(ALLOWED),
    Clause("You can opt out in your settings."),
    *POLICY[9:],
)
LAST = (*LATER[:-1], Clause("You can ask us for a copy of your data at any time."))


def fill(database: Database) -> None:
    with database.write() as transaction:
        policy = a_document(transaction, KEY)
        first = appear(transaction, policy, POLICY, 0)
        look(transaction, policy, CheckOutcome.FIRST, 0)
        for hour in (6, 12, 18):
            look(transaction, policy, CheckOutcome.FAILED, hour, "its host did not answer", "timeout")
        look(transaction, policy, CheckOutcome.UNCHANGED, DAY)
        second = appear(transaction, policy, LATER, 10 * DAY, dated=date(2024, 4, 1))
        change = changed(transaction, second, first, (permission(), expansion()), ("quiet",))
        alert = an_alert(transaction, policy, change, at=hours(10 * DAY))
        a_delivery(transaction, alert)
        third = appear(transaction, policy, LAST, 20 * DAY)
        changed(transaction, third, second)
        checks.enrol(transaction, [policy.id], hours(41 * DAY))
        faq = a_document(transaction, FAQ, kind="faq")
        texts = [(Clause("Do you train AI models?"),), (Clause("Do you train AI models?"), Clause(ALLOWED))]
        before, after = (appear(transaction, faq, each, 12 * DAY * at) for at, each in enumerate(texts))
        change = changed(transaction, after, before, (expansion(),))
        an_alert(transaction, faq, change, Severity.MEDIUM, hours(12 * DAY))
        terms = a_document(transaction, TERMS, service="Beta", kind="terms", origin="archive")
        changed(transaction, appear(transaction, terms, (heading("Terms", 1), Clause("Be kind.")), 36), None)
        an_alert(transaction, terms, severity=Severity.LOW, at=hours(40), status=AlertStatus.RESOLVED)


def permission() -> Finding:
    return replace(
        a_finding(), effect="introduces", direction=Direction.EDITED, quote=ALLOWED, before=DENIED,
        heading=("Privacy Policy", "How we use it"), matched=("train AI models",),
        reason="The clause denied training before and allows it now.",
    )  # fmt: skip


def expansion() -> Finding:
    return replace(a_finding(severity=Severity.MEDIUM), quote=ALLOWED, matched=("train AI models",))


def appear(
    transaction: Transaction,
    document: Document,
    clauses: Sequence[Clause],
    at: float,
    dated: date | None = None,
) -> Appearance:
    new = replace(new_version(clauses), stated_date=dated, effective_date=dated)
    version = versions.save(transaction, document.id, new, base_id=None, index=plain_index)
    cause = Cause.FIRST if version.number == 1 else Cause.PAGE_CHANGED
    return appearances.begin(transaction, version, captured_at=hours(at), cause=cause)


def changed(
    transaction: Transaction,
    appearance: Appearance,
    previous: Appearance | None,
    findings: tuple[Finding, ...] = (),
    flags: tuple[str, ...] = (),
) -> int:
    return changes.save(
        transaction,
        appearance,
        NewChange(1, 0, 2, 0, 14, 6, flags, findings),
        previous_id=previous.version_id if previous else None,
        previous_seen_at=previous.observed_until if previous else None,
    )


def look(
    transaction: Transaction,
    document: Document,
    outcome: CheckOutcome,
    at: float,
    reason: str = "",
    error_class: str | None = None,
) -> None:
    checks.record(transaction, document.id, outcome, hours(at), reason=reason, error_class=error_class)
