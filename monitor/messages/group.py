"""PURE: what a message says that bears several alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from monitor.messages.facts import how_to_silence, letter_on, link_to_alert, link_to_message
from monitor.messages.letter import Letter, Line, Listing, Section
from monitor.messages.model import (
    ChangeNotice,
    Envelope,
    GroupNotice,
    Headline,
    ReportNotice,
    ReturnNotice,
)
from monitor.messages.names import counted, moment
from monitor.messages.passages import passages_of
from monitor.messages.report import Report, by_severity, listings, what_changed
from storage.records import Severity

_NAMES = {
    "daily": "Daily digest",
    "weekly": "Weekly digest",
    "reminder": "Nobody has acknowledged",
    "again": "Changed again and again",
}
_LEADS = {
    "daily": "Everything that came up since the last digest; the most severe comes first.",
    "weekly": "Everything that came up since the last digest; the most severe comes first.",
    "again": "You were told twice of the same on these documents; since then they changed again.",
    "reminder": "You were told of these, and nobody has acknowledged them.",
    "group": "These came up within a short time; the most severe comes first.",
}
_STORM = (
    "These came up faster than they can be told one by one, so that they share a message; the most severe comes"
    " first, and none is left out of the list that the command below gives."
)


def letter_on_group(notice: GroupNotice, envelope: Envelope) -> Letter:
    """The letter for several alerts whose texts are readable already."""
    see_all, first = f"policywatch alerts --message {notice.message}", notice.headlines[0]
    return letter_on(
        notice.severity,
        title_of_group(notice, envelope),
        envelope,
        lead=_LEADS.get(notice.grouping, _STORM),
        lines=lines_of(notice.headlines, envelope),
        listings=tuple(listings(notice.report, envelope.timezone)) if notice.report else (),
        sections=tuple(_sections(notice)),
        facts=(*_facts(notice.headlines, envelope.timezone), *facts_of_report(notice.report)),
        links=link_to_message(envelope, notice.message),
        commands=(
            ("All alerts of this message", see_all),
            ("The first of them, step by step", f"policywatch explain {first.alert_id}"),
            ("Acknowledge it", f"policywatch ack {first.alert_id}"),
            *([("Silence its document", how_to_silence(first.document)[1])] if first.document else []),
        ),
        see_all=see_all,
    )


def letter_on_report(notice: ReportNotice, envelope: Envelope) -> Letter:
    """The letter for a report alone."""
    report = notice.report
    see_all = f"policywatch changes --since {iso(report.since)} --until {iso(report.until)}"
    fired = [each for each in report.changes if each.severity is not None]
    others = tuple(what_changed(each) for each in report.changes if each.severity is None)
    lines = [
        Line(each.severity, what_changed(each), each.document.key)
        for each in sorted(fired, key=lambda each: each.severity.rank if each.severity else 0)
        if each.severity is not None
    ]
    return Letter(
        severity=None,
        subject=f"[REPORT] {notice.title}",
        title=notice.title,
        lead="What changed, what is coming, and what could not be seen or told.",
        lines=tuple(lines),
        listings=(*listings(report, envelope.timezone), Listing("Changes on which no rule fired", others)),
        sections=(),
        facts=(
            ("From", moment(report.since, envelope.timezone)),
            ("Until", moment(report.until, envelope.timezone)),
            *facts_of_report(report),
        ),
        url="",
        commands=(("All changes", see_all),),
        see_all=see_all,
        why="Made by policywatch report.",
    )


def facts_of_report(report: Report | None) -> tuple[tuple[str, str], ...]:
    if report is None:
        return ()
    documents = len({each.document.key for each in report.changes})
    return ("Changes", by_severity(report.changes)), ("Documents that changed", f"{documents:,}")


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def title_of_group(notice: GroupNotice, envelope: Envelope) -> str:
    """`Daily digest: 12 alerts (2 high, 10 low) – 2026-11-22`."""
    name = _NAMES.get(notice.grouping)
    alerts = f"{counted(len(notice.headlines), 'alert')} ({_by_severity(notice.headlines)})"
    return f"{f'{name}: ' if name else ''}{alerts} – {envelope.created_at.date().isoformat()}"


def lines_of(headlines: Iterable[Headline], envelope: Envelope) -> tuple[Line, ...]:
    return tuple(
        Line(each.severity, each.title, _reference(each), link_to_alert(envelope, each.alert_id))
        for each in headlines
    )


def _reference(headline: Headline) -> str:
    """`alert 12`, or `alert 12, incident 9` where others belong to the same."""
    incident = "" if headline.incident is None else f", incident {headline.incident}"
    return f"alert {headline.alert_id}{incident}"


def _by_severity(headlines: Sequence[Headline]) -> str:
    counts = Counter(each.severity for each in headlines)
    return ", ".join(f"{counts[severity]:,} {severity.value}" for severity in Severity if counts[severity])


def _sections(notice: GroupNotice) -> Iterator[Section]:
    """What changed, for those that are told whole."""
    for each in notice.whole:
        if isinstance(each, ChangeNotice | ReturnNotice):
            around = each.around if isinstance(each, ChangeNotice) else ()
            passages = passages_of(each.findings, is_change=True, around=around)
            yield Section(each.title, each.document.url, tuple(passages))


def _facts(headlines: Sequence[Headline], timezone: str) -> Iterator[tuple[str, str]]:
    yield "Alerts", f"{len(headlines):,}"
    documents = {each.document for each in headlines if each.document}
    if documents:
        yield "Documents", f"{len(documents):,}"
    times = [each.at for each in headlines]
    yield "First", moment(min(times), timezone)
    yield "Last", moment(max(times), timezone)
