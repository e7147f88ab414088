"""PURE: turns a notice into the message that a channel carries."""

from __future__ import annotations

import hashlib
import html
import quopri
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from monitor.messages.compose import compose
from monitor.messages.data import as_data
from monitor.messages.escape import cleaned, readable
from monitor.messages.fit import Limits, fit
from monitor.messages.letter import Letter
from monitor.messages.model import Envelope, GroupNotice, Notice, ReportNotice
from monitor.messages.names import TITLE_LIMIT, shortened
from monitor.messages.report import Report
from monitor.messages.sheets import as_calendar, as_csv
from monitor.messages.text import as_text
from monitor.messages.weeks import alternative, draw
from monitor.paper import as_png, as_svg
from notifiers.base import Attachment, Message

MAIL_LIMIT = 97_000
"""Bytes of a mail's text and HTML as they travel: with its headers it stays below 100 KB.

Gmail hides what comes after about 102 KB. Attached files and the picture of a report come on top.
"""

FILE_LIMIT = 2_000_000
"""Bytes of an attached text; what is longer still only the command shows."""

WHOLE_NAME = "whole.txt"
PICTURE_ID = "changes@policywatch"

_FALLBACK_RULES = 5
_DATA = Limits(passages=200, clause=20_000, line=2_000, rules=50, alerts=2_000)
_FILE = Limits(passages=2_000, clause=200_000, line=2_000, rules=50, alerts=2_000)
_MAIL = (
    Limits(passages=60, clause=4_000, line=1_000, rules=20, alerts=400),
    Limits(passages=40, clause=1_500, line=500, rules=10, alerts=300),
    Limits(passages=20, clause=800, line=300, rules=8, alerts=300),
    Limits(passages=8, clause=400, line=300, rules=5, alerts=250),
    Limits(passages=3, clause=200, line=200, rules=3, alerts=200),
    Limits(passages=0, clause=0, line=200, rules=0, alerts=100),
    Limits(passages=0, clause=0, line=100, rules=0, alerts=20),
)
_SLACK = (
    Limits(passages=20, clause=1_000, line=300, rules=5, alerts=80),
    Limits(passages=12, clause=600, line=300, rules=5, alerts=60),
    Limits(passages=10, clause=400, line=200, rules=3, alerts=60),
    Limits(passages=6, clause=400, line=200, rules=3, alerts=50),
    Limits(passages=4, clause=250, line=120, rules=2, alerts=40),
    Limits(passages=2, clause=120, line=80, rules=1, alerts=30),
    Limits(passages=0, clause=0, line=60, rules=0, alerts=10),
)


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """One report in the forms that it is kept in."""

    text: str
    html: str
    csv: str
    calendar: bytes


def render(notice: Notice | GroupNotice, envelope: Envelope) -> Message:
    """The message in all its forms. Should this raise for some odd input, `render_plainly` does not."""
    notice, envelope = cleaned(notice), cleaned(envelope)
    letter = compose(notice, envelope)
    report = getattr(notice, "report", None)
    text, page, has_more = _mail(letter, _picture_in_mail(report) if report else "")
    return Message(
        message_id=envelope.message_id,
        date=envelope.created_at,
        subject=letter.subject,
        text=text,
        html=page,
        blocks=tuple(_slack(letter)),
        fallback="\n".join(_fallback(letter)),
        data=as_data(fit(letter, _DATA), notice),
        attachments=(*(_whole(letter) if has_more else ()), *(_files(report) if report else ())),
        thread=_thread(notice, envelope.message_id),
        answers=envelope.earlier.first,
        settles=envelope.earlier.settled,
    )


def render_plainly(notice: Notice | GroupNotice, envelope: Envelope) -> Message:
    """The least that must be said, as plain text; the way out for a notice that `render` cannot take."""
    said = f"{len(notice.headlines)} alerts" if isinstance(notice, GroupNotice) else str(notice.title)
    title = shortened(readable(said), TITLE_LIMIT) or "policywatch alert"
    alert_id = getattr(notice, "alert_id", None)
    lines = [title, "The full message could not be rendered."]
    if isinstance(notice, GroupNotice):
        lines.append(f"To see everything: policywatch alerts --message {notice.message}")
    if alert_id is not None:
        lines.append(f"To see everything: policywatch explain {alert_id}")
    text = "\n\n".join(lines) + "\n"
    return Message(envelope.message_id, envelope.created_at, title, text, html="", blocks=(), fallback=text)


def _thread(notice: Notice | GroupNotice, message_id: str) -> str:
    """The same for all messages on one document: the id of a message that never was (as Alertmanager)."""
    document = getattr(notice, "document", None)
    if document is None:
        return ""
    token = hashlib.sha256(document.key.encode("utf-8", "replace")).hexdigest()[:24]
    return f"document.{token}@{message_id.rpartition('@')[2]}"


def _whole(letter: Letter) -> tuple[Attachment, ...]:
    """Everything as a text file, where the mail itself had to leave something out."""
    content = as_text(fit(letter, _FILE)).encode("utf-8", "replace")
    return (Attachment(WHOLE_NAME, "text/plain", content),) if len(content) <= FILE_LIMIT else ()


def render_report(notice: ReportNotice, envelope: Envelope) -> ReportFiles:
    """A report as the files that people keep, with nothing left out but what no reader would read."""
    from monitor.messages.html import as_html

    notice = cleaned(notice)
    letter = fit(compose(notice, envelope), _FILE)
    return ReportFiles(
        text=as_text(letter),
        html=as_html(letter, as_svg(draw(notice.report.weeks))),
        csv=as_csv(notice.report),
        calendar=as_calendar(notice.report),
    )


def _picture_in_mail(report: Report) -> str:
    said = html.escape(alternative(report.weeks))
    return f'<img src="cid:{PICTURE_ID}" width="576" alt="{said}">'


def _files(report: Report) -> Iterator[Attachment]:
    day = report.until.date().isoformat()
    yield Attachment("changes.png", "image/png", as_png(draw(report.weeks)), PICTURE_ID)
    yield Attachment(f"policywatch-{day}.csv", "text/csv", as_csv(report).encode("utf-8", "replace"))
    if report.deadlines:
        yield Attachment(f"deadlines-{day}.ics", "text/calendar", as_calendar(report))


def _mail(letter: Letter, picture: str) -> tuple[str, str, bool]:
    """Text and HTML, and whether more is to be attached."""
    from monitor.messages.html import (
        as_html,
    )  # late: loads templates, which commands that send nothing need not

    for limits in _MAIL:
        fitted = fit(letter, limits)
        if _size(as_text(fitted)) + _size(page := as_html(fitted, picture)) <= MAIL_LIMIT:
            break
    is_attached = _is_shorter(fitted, letter) and bool(_whole(letter))
    if is_attached:
        fitted = replace(fitted, left_out=f"More is attached as {WHOLE_NAME}. {fitted.left_out}".rstrip())
        page = as_html(fitted, picture)
    return as_text(fitted), page, is_attached


def _size(text: str) -> int:
    """Bytes of a text in the form that mails have (RFC 2045, 6.7)."""
    return len(quopri.encodestring(text.encode("utf-8", "replace")))


def _is_shorter(fitted: Letter, letter: Letter) -> bool:
    """Whether more than a long title is missing."""
    return any(getattr(fitted, part) != getattr(letter, part) for part in ("sections", "lines", "listings"))


def _slack(letter: Letter) -> list[dict[str, Any]]:
    """The longest form that Slack takes; none at all leaves the fallback text to speak."""
    from monitor.messages.slack import as_blocks  # late: Slack's models take as long to load as a whole query

    for limits in _SLACK:
        blocks = as_blocks(fit(letter, limits))
        if blocks is not None:
            return blocks
    return []


def _fallback(letter: Letter) -> Iterator[str]:
    """A few lines without page text: what shows on a phone, and what is left where blocks are refused."""
    yield letter.subject
    for line in letter.lines[:_FALLBACK_RULES]:
        yield f"• {line.severity.value}: {line.reference}"
    sections = () if letter.lines else letter.sections
    fired = [rule for section in sections for passage in section.passages for rule in passage.fired]
    for rule in fired[:_FALLBACK_RULES]:
        yield f"• {' '.join(part for part in (rule.name, rule.direction) if part)} ({rule.severity.value})"
    if len(fired) > _FALLBACK_RULES:
        yield f"• and {len(fired) - _FALLBACK_RULES} more"
    if letter.url:
        yield letter.url
    if letter.see_all:
        yield f"To see everything: {letter.see_all}"
