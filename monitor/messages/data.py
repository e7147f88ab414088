"""PURE: a letter as plain values for programs: what people read, in order, with the kind of each stretch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.messages.letter import Letter, Passage, Piece
from monitor.messages.model import (
    BaselineNotice,
    ChangeNotice,
    ChannelNotice,
    DeliveryNotice,
    DocumentLabel,
    GroupNotice,
    Notice,
    OutageNotice,
    RecoveryNotice,
    ReportNotice,
    ReturnNotice,
    SampleNotice,
    SilenceNotice,
    StorageNotice,
)
from monitor.messages.text import as_text, marked

TYPES: dict[type, str] = {
    BaselineNotice: "baseline",
    ChangeNotice: "change",
    ChannelNotice: "channel",
    DeliveryNotice: "delivery",
    GroupNotice: "group",
    OutageNotice: "outage",
    RecoveryNotice: "recovery",
    ReportNotice: "report",
    ReturnNotice: "returned",
    SampleNotice: "sample",
    SilenceNotice: "silence",
    StorageNotice: "storage",
}
"""How each notice is called in `type`; that of a withdrawn document is "withdrawn"."""


def as_data(letter: Letter, notice: Notice | GroupNotice) -> dict[str, Any]:
    """Every text is the one that people read; `before` and `after` are null where a side does not exist."""
    label = getattr(notice, "document", None)
    return {
        "type": type_of(notice),
        "severity": letter.severity.value if letter.severity else None,
        "alert": getattr(notice, "alert_id", None),
        "message": getattr(notice, "message", None),
        "incident": notice.company.incident if isinstance(notice, ChangeNotice) else None,
        "document": _document(label) if label else None,
        "subject": letter.subject,
        "title": letter.title,
        "lead": letter.lead,
        "alerts": [
            {"severity": line.severity.value, "title": line.text, "reference": line.reference, "url": line.url}
            for line in letter.lines
        ],
        "sections": [
            {
                "title": section.title,
                "url": section.url,
                "passages": [_passage(each) for each in section.passages],
            }
            for section in letter.sections
        ],
        "listings": [{"title": each.title, "lines": list(each.lines)} for each in letter.listings],
        "facts": [{"name": name, "value": value} for name, value in letter.facts],
        "links": [{"name": name, "url": url} for name, url in letter.links],
        "commands": [{"name": name, "command": command} for name, command in letter.commands],
        "left_out": letter.left_out,
        "text": as_text(letter),
    }


def type_of(notice: Notice | GroupNotice) -> str:
    return "withdrawn" if isinstance(notice, OutageNotice) and notice.withdrawn else TYPES[type(notice)]


def _document(label: DocumentLabel) -> dict[str, Any]:
    return {
        "key": label.key,
        "service": label.service,
        "kind": label.kind,
        "region": label.region,
        "language": label.language,
        "url": label.url,
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "heading": passage.heading,
        "fired": [
            {
                "name": rule.name,
                "rule": rule.rule,
                "severity": rule.severity.value,
                "direction": rule.direction,
                "matched": rule.matched,
                "reason": rule.reason,
            }
            for rule in passage.fired
        ],
        "preceding": passage.preceding,
        "before": _side(passage.before),
        "after": _side(passage.after),
        "following": passage.following,
    }


def _side(pieces: Sequence[Piece]) -> dict[str, Any] | None:
    if not pieces:
        return None
    return {"text": marked(pieces), "pieces": [{"kind": piece.kind, "text": piece.text} for piece in pieces]}
