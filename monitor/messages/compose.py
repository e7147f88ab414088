"""PURE: chooses what a notice of each kind says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from monitor.messages.escape import cleaned
from monitor.messages.letter import Letter, Section
from monitor.messages.model import (
    BaselineNotice,
    ChangeNotice,
    DeliveryNotice,
    DocumentLabel,
    Envelope,
    Notice,
    OutageNotice,
    RecoveryNotice,
    SampleNotice,
)
from monitor.messages.names import (
    counted,
    moment,
    name_of_document,
    name_of_error,
    name_of_flag,
    name_of_kind,
)
from monitor.messages.passages import passages_of


def compose(notice: Notice, envelope: Envelope) -> Letter:
    """The letter for a notice; every text in it is readable, in the sense of `escape.readable`."""
    notice, envelope = cleaned(notice), cleaned(envelope)
    match notice:
        case ChangeNotice():
            return _change(notice, envelope)
        case BaselineNotice():
            return _baseline(notice, envelope)
        case DeliveryNotice():
            return _delivery(notice, envelope)
        case OutageNotice():
            return _outage(notice, envelope)
        case RecoveryNotice():
            return _recovery(notice, envelope)
        case SampleNotice():
            return _sample(notice, envelope)


def _change(notice: ChangeNotice, envelope: Envelope) -> Letter:
    key, version, previous = notice.document.key, notice.version, notice.previous
    show = f"policywatch show {key}@{version}"
    see_all = show if previous is None else f"policywatch diff {key} {previous} {version}"
    commands = [] if previous is None else [("The whole change, clause by clause", see_all)]
    commands += [
        ("The text as it stands now", show),
        ("Why this fired", f"policywatch explain {notice.alert_id}"),
    ]
    return Letter(
        severity=notice.severity,
        subject=f"[{notice.severity.upper()}] {notice.title}",
        title=notice.title,
        lead=_when(notice, envelope.timezone),
        sections=(Section("", "", tuple(passages_of(notice.findings, is_change=True))),),
        facts=tuple(_facts_of_change(notice, envelope.timezone)),
        url=notice.document.url,
        commands=tuple(commands),
        see_all=see_all,
        why=_why(envelope),
    )


def _when(notice: ChangeNotice, timezone: str) -> str:
    first = moment(notice.first_seen, timezone)
    if notice.previous_seen is None:
        return f"We first saw this text at {first}."
    last = moment(notice.previous_seen, timezone)
    return f"Changed between {last}, when we last saw the old text, and {first}, when we first saw the new one."


def _facts_of_change(notice: ChangeNotice, timezone: str) -> Iterator[tuple[str, str]]:
    yield from _facts_of_document(notice.document)
    yield "New text first seen", moment(notice.first_seen, timezone)
    if notice.previous_seen is not None:
        yield "Old text last seen", moment(notice.previous_seen, timezone)
    for name, dates in (
        ("Updated, says the page", notice.stated_date),
        ("In force, says the page", notice.effective_date),
    ):
        if any(dates):
            yield name, _step(*dates)
    if notice.flags:
        yield "Flags", "; ".join(name_of_flag(flag) for flag in notice.flags)
    yield "Size", _size(notice)
    yield "Version", f"{notice.version}" if notice.previous is None else f"{notice.previous} → {notice.version}"


def _facts_of_document(label: DocumentLabel) -> Iterator[tuple[str, str]]:
    yield "Company", label.service
    yield "Document", f"{name_of_kind(label.kind)} ({label.key})"
    place = " · ".join(part for part in (label.region and label.region.upper(), label.language) if part)
    if place:
        yield "Region and language", place


def _step(old: date | None, new: date | None) -> str:
    if old == new and new is not None:
        return f"{new.isoformat()} (unchanged)"
    return " → ".join(day.isoformat() if day else "not stated" for day in (old, new))


def _size(notice: ChangeNotice) -> str:
    counts = {"added": notice.added, "removed": notice.removed, "edited": notice.edited, "moved": notice.moved}
    parts = [f"{number:,} {name}" for name, number in counts.items() if number]
    clauses = f"clauses: {', '.join(parts)}" if parts else "no clauses"
    return f"{clauses}; words: +{notice.words_added:,} / −{notice.words_removed:,}"


def _baseline(notice: BaselineNotice, envelope: Envelope) -> Letter:
    explain = f"policywatch explain {notice.alert_id}"
    sections = [
        Section(name_of_document(label), label.url, tuple(passages_of(findings, is_change=False)))
        for label, findings in notice.documents
    ]
    return Letter(
        severity=notice.severity,
        subject=f"[{notice.severity.upper()}] {notice.title}",
        title=notice.title,
        lead="Read for the first time. Nothing has changed: this is what the rules match already.",
        sections=tuple(sections),
        facts=tuple(_facts_of_baseline(notice)),
        url="",
        commands=(("All of it", explain),),
        see_all=explain,
        why=_why(envelope),
    )


def _facts_of_baseline(notice: BaselineNotice) -> Iterator[tuple[str, str]]:
    yield "With matching wording", counted(len(notice.documents), "document")
    if notice.without_findings:
        yield "Without", counted(notice.without_findings, "document")


def _delivery(notice: DeliveryNotice, envelope: Envelope) -> Letter:
    explain = f"policywatch explain {notice.alert_id}"
    return Letter(
        severity=notice.severity,
        subject=f"[{notice.severity.upper()}] {notice.title}",
        title=notice.title,
        lead="A message could not be delivered and will not be tried again. Its recipient does not know of it.",
        sections=(),
        facts=(
            ("Message", notice.failed_title),
            ("Channel", notice.failed_channel),
            ("Recipient", notice.failed_recipient),
            ("Tries", f"{notice.attempts:,}"),
            ("Last answer", notice.error),
        ),
        url="",
        commands=(("What happened, step by step", explain),),
        see_all=explain,
        why=_why(envelope),
    )


def _outage(notice: OutageNotice, envelope: Envelope) -> Letter:
    key, explain = notice.document.key, f"policywatch explain {notice.alert_id}"
    commands = [("Look again now", f"policywatch check {key}")]
    if notice.last_good is not None:
        commands.append(("The text as it stood last", f"policywatch show {key}"))
    commands += [("All documents that are not seen", "policywatch status"), ("Who was told", explain)]
    return Letter(
        severity=notice.severity,
        subject=f"[{notice.severity.upper()}] {notice.title}",
        title=notice.title,
        lead=_WITHDRAWN if notice.withdrawn else _BLIND,
        sections=(),
        facts=tuple(_facts_of_outage(notice, envelope.timezone)),
        url=notice.document.url,
        commands=tuple(commands),
        see_all=explain,
        why=_why(envelope),
    )


_BLIND = (
    "We cannot see this document at present: a change in it would go unnoticed until it can be read again."
    " You will be told once when it is."
)
_WITHDRAWN = (
    "The address of this document answers that there is no such page, and did so again when we looked a second"
    " time. It was withdrawn or has moved; if it has moved, put its new address into the configuration."
    " You will be told once if it comes back."
)


def _facts_of_outage(notice: OutageNotice, timezone: str) -> Iterator[tuple[str, str]]:
    yield from _facts_of_document(notice.document)
    yield "Not seen since", moment(notice.since, timezone)
    yield "Last good look", moment(notice.last_good, timezone) if notice.last_good else "never"
    yield "Looks in vain", f"{notice.looks:,}"
    yield "What is wrong", name_of_error(notice.error_class)
    yield "The last look said", notice.error
    if notice.next_try is not None:
        yield "Next try", moment(notice.next_try, timezone)


def _recovery(notice: RecoveryNotice, envelope: Envelope) -> Letter:
    key, version, previous = notice.document.key, notice.version, notice.previous
    show = f"policywatch show {key}@{version}"
    commands = [("The text as it stands now", show)]
    if previous is not None and previous != version:
        commands.insert(0, ("What changed meanwhile", f"policywatch diff {key} {previous} {version}"))
    return Letter(
        severity=notice.severity,
        subject=f"[{notice.severity.upper()}] {notice.title}",
        title=notice.title,
        lead=_what_came_back(notice),
        sections=(),
        facts=tuple(_facts_of_recovery(notice, envelope.timezone)),
        url=notice.document.url,
        commands=tuple(commands),
        see_all=show,
        why=_why(envelope),
    )


def _what_came_back(notice: RecoveryNotice) -> str:
    lead = "The document was withdrawn and is back." if notice.withdrawn else "The document can be read again."
    if notice.previous is None:
        return f"{lead} This is the first text that we read of it."
    if notice.previous == notice.version:
        return f"{lead} Its text is the one that stood before."
    return f"{lead} Its text is another one than before; if a rule fires on that, it has an alert of its own."


def _facts_of_recovery(notice: RecoveryNotice, timezone: str) -> Iterator[tuple[str, str]]:
    yield from _facts_of_document(notice.document)
    yield "Not seen since", moment(notice.since, timezone)
    yield "Last good look before", moment(notice.last_good, timezone) if notice.last_good else "never"
    yield "Seen again", moment(notice.back_at, timezone)
    yield "Version", f"{notice.version}"


def _sample(notice: SampleNotice, envelope: Envelope) -> Letter:
    return Letter(
        severity=None,
        subject=f"[TEST] {notice.title}",
        title=notice.title,
        lead="This is a sample. Alerts sent over this channel reach you.",
        sections=(),
        facts=(
            ("Channel", envelope.channel),
            ("Recipient", envelope.recipient),
            ("Made", moment(envelope.created_at, envelope.timezone)),
        ),
        url="",
        commands=(),
        see_all="",
        why=_why(envelope),
    )


def _why(envelope: Envelope) -> str:
    return (
        f'Sent to {envelope.recipient} over the channel "{envelope.channel}" of policywatch. '
        "The routes in its configuration decide who gets what."
    )
