"""PURE: chooses what a notice of each kind says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from monitor.messages.escape import cleaned
from monitor.messages.facts import (
    facts_of_document,
    how_to_silence,
    letter_on,
    links_to,
    why_you_get_this,
)
from monitor.messages.group import letter_on_group, letter_on_report
from monitor.messages.health import letter_on_health
from monitor.messages.letter import Letter, Section
from monitor.messages.model import (
    BaselineNotice,
    ChangeNotice,
    Envelope,
    GroupNotice,
    LinkedPage,
    Notice,
    ReportNotice,
    ReturnNotice,
    SampleNotice,
)
from monitor.messages.names import clause_counts, counted, moment, name_of_document, name_of_flag, shortened
from monitor.messages.passages import passages_of
from monitor.returns import LATELY

LINKS_SHOWN = 5
"""New links that an alert names; `policywatch links` lists all."""

OTHERS_SHOWN = 3
"""Other alerts of the company, and other companies, that an alert names."""

PROMISE_SHOWN = 300
"""Characters of a promise to tell of changes that an alert quotes."""

TOLD_SHOWN = 5
"""Earlier alerts that a follow-up names, the last ones."""


def compose(notice: Notice | GroupNotice, envelope: Envelope) -> Letter:
    """The letter for a notice; every text in it is readable, in the sense of `escape.readable`."""
    notice, envelope = cleaned(notice), cleaned(envelope)
    if isinstance(notice, GroupNotice):
        return letter_on_group(notice, envelope)
    letter = _letter(notice, envelope)
    return _reminding(letter, envelope.reminder) if envelope.reminder else letter


def _reminding(letter: Letter, number: int) -> Letter:
    """The same letter, told again because nobody acknowledged it."""
    lead = f"Reminder {number}: nobody has acknowledged this alert. {letter.lead}"
    return replace(letter, subject=f"[REMINDER] {letter.subject}", lead=lead)


def _letter(notice: Notice, envelope: Envelope) -> Letter:
    match notice:
        case ChangeNotice():
            return _change(notice, envelope)
        case ReturnNotice():
            return _returned(notice, envelope)
        case BaselineNotice():
            return _baseline(notice, envelope)
        case SampleNotice():
            return _sample(notice, envelope)
        case ReportNotice():
            return letter_on_report(notice, envelope)
        case _:
            return letter_on_health(notice, envelope)


def _change(notice: ChangeNotice, envelope: Envelope) -> Letter:
    key, version, previous = notice.document.key, notice.version, notice.previous
    show = f"policywatch show {key}@{version}"
    see_all = show if previous is None else f"policywatch diff {key} {previous} {version}"
    commands = [] if previous is None else [("The whole change, clause by clause", see_all)]
    commands += [
        ("The text as it stands now", show),
        ("Why this fired", f"policywatch explain {notice.alert_id}"),
    ]
    if notice.company.incident is not None:
        commands.append(("The whole incident", f"policywatch alerts --incident {notice.company.incident}"))
    commands += [
        ("Acknowledge it", f"policywatch ack {notice.alert_id}"),
        how_to_silence(key),
    ]
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead=_when(notice, envelope.timezone),
        sections=(Section("", "", tuple(passages_of(notice.findings, is_change=True, around=notice.around))),),
        facts=tuple(_facts_of_change(notice, envelope.timezone)),
        url=notice.document.url,
        links=links_to(envelope, notice.alert_id, key, previous, version, notice.company.incident),
        commands=tuple(commands),
        see_all=see_all,
    )


def _when(notice: ChangeNotice, timezone: str) -> str:
    first = moment(notice.first_seen, timezone)
    if notice.previous_seen is None:
        return f"We first saw this text at {first}."
    last = moment(notice.previous_seen, timezone)
    return f"Changed between {last}, when we last saw the old text, and {first}, when we first saw the new one."


def _facts_of_change(notice: ChangeNotice, timezone: str) -> Iterator[tuple[str, str]]:
    yield from facts_of_document(notice.document)
    deadline = notice.effective_date[1]
    if deadline is not None and deadline > notice.first_seen.date():
        left = counted((deadline - notice.first_seen.date()).days, "day")
        yield "Deadline", f"in force from {deadline.isoformat()}, {left} after we first saw it"
    yield "New text first seen", moment(notice.first_seen, timezone)
    if notice.previous_seen is not None:
        yield "Old text last seen", moment(notice.previous_seen, timezone)
    for name, dates in (
        ("Updated, says the page", notice.stated_date),
        ("In force, says the page", notice.effective_date),
    ):
        if any(dates):
            yield name, _step(*dates)
    if notice.new_links:
        yield "Newly linked, not watched", _linked(notice.new_links)
    if notice.flags:
        yield "Flags", "; ".join(name_of_flag(flag) for flag in notice.flags)
    if notice.promise:
        yield "Notice promised", f"“{shortened(notice.promise, PROMISE_SHOWN)}”"
    yield "Size", _size(notice)
    yield "Version", f"{notice.version}" if notice.previous is None else f"{notice.previous} → {notice.version}"
    yield from _facts_around(notice)


def _facts_around(notice: ChangeNotice) -> Iterator[tuple[str, str]]:
    """What else happened, and what the two texts rest on."""
    titles, others = notice.company.this_week, notice.company.same_day
    if notice.company.incident is not None:
        yield "Incident", f"{notice.company.incident}, also changed: {_first(notice.company.also_changed)}"
    if titles:
        yield "Same company, this week", _first(titles)
    if notice.company.same_topic:
        yield "Same topic, the same week", _first(notice.company.same_topic)
    if others:
        yield "Others on the same day", _first(others)
    for name, evidence in zip(("Evidence, old", "Evidence, new"), notice.evidence, strict=True):
        if evidence is not None:
            pages = [f"page sha256 {page.sha256} (status {page.status})" for page in evidence.pages]
            yield name, "; ".join([f"text sha256 {evidence.text_sha256}", *pages])


def _first(names: Sequence[str]) -> str:
    more = [f"and {len(names) - OTHERS_SHOWN} more"] if len(names) > OTHERS_SHOWN else []
    return "; ".join([*names[:OTHERS_SHOWN], *more])


def _returned(notice: ReturnNotice, envelope: Envelope) -> Letter:
    key, version, previous = notice.document.key, notice.version, notice.previous
    see_all = f"policywatch diff {key} {previous} {version}"
    lead = f"The page went back to its version {version}, which stood before what you were told."
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead=f"{lead} {_FLAPPING}" if notice.flapping else lead,
        sections=(Section("", "", tuple(passages_of(notice.findings, is_change=True))),),
        facts=tuple(_facts_of_return(notice, envelope.timezone)),
        url=notice.document.url,
        links=links_to(envelope, notice.alert_id, key, previous, version),
        commands=(
            ("The whole change, clause by clause", see_all),
            ("The text as it stands now", f"policywatch show {key}@{version}"),
            ("What you were told, and who else was", f"policywatch explain {notice.alert_id}"),
            how_to_silence(key),
        ),
        see_all=see_all,
    )


_FLAPPING = (
    "It goes back and forth between texts: you will not be told of further returns until it has stood still"
    f" for {LATELY.days} days. A text never seen before is told as always."
)


def _facts_of_return(notice: ReturnNotice, timezone: str) -> Iterator[tuple[str, str]]:
    yield from facts_of_document(notice.document)
    for title in notice.told[-TOLD_SHOWN:]:
        yield "You were told", title
    yield "Went back", moment(notice.first_seen, timezone)
    if notice.previous_seen is not None:
        yield "Other text last seen", moment(notice.previous_seen, timezone)
    yield "Version", f"{notice.previous} → {notice.version}"


def _linked(links: Sequence[LinkedPage]) -> str:
    shown = [f'"{shortened(link.text, 80)}" {shortened(link.url, 200)}' for link in links[:LINKS_SHOWN]]
    more = [f"and {len(links) - LINKS_SHOWN} more"] if len(links) > LINKS_SHOWN else []
    return "; ".join([*shown, *more])


def _step(old: date | None, new: date | None) -> str:
    if old == new and new is not None:
        return f"{new.isoformat()} (unchanged)"
    return " → ".join(day.isoformat() if day else "not stated" for day in (old, new))


def _size(notice: ChangeNotice) -> str:
    parts = [f"{number:,} {name}" for name, number in clause_counts(notice).items()]
    clauses = f"clauses: {', '.join(parts)}" if parts else "no clauses"
    return f"{clauses}; words: +{notice.words_added:,} / −{notice.words_removed:,}"


def _baseline(notice: BaselineNotice, envelope: Envelope) -> Letter:
    explain = f"policywatch explain {notice.alert_id}"
    sections = [
        Section(name_of_document(label), label.url, tuple(passages_of(findings, is_change=False)))
        for label, findings in notice.documents
    ]
    return letter_on(
        notice.severity,
        notice.title,
        envelope,
        lead="Read for the first time. Nothing has changed: this is what the rules match already.",
        sections=tuple(sections),
        facts=tuple(_facts_of_baseline(notice)),
        links=links_to(envelope, notice.alert_id),
        commands=(("All of it", explain),),
        see_all=explain,
    )


def _facts_of_baseline(notice: BaselineNotice) -> Iterator[tuple[str, str]]:
    yield "With matching wording", counted(len(notice.documents), "document")
    if notice.without_findings:
        yield "Without", counted(notice.without_findings, "document")


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
        why=why_you_get_this(envelope),
    )
