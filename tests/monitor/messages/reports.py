"""A report on invented companies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitor.messages.report import (
    Counted,
    DeadDelivery,
    Deadline,
    Report,
    ReportedChange,
    Silenced,
    Unseen,
)
from storage.records import Severity
from tests.monitor.messages.samples import DOCUMENT, EDITED, GROUP

UNTIL = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
FAQ = replace(DOCUMENT, key="bolt/faq", service="Bolt", kind="faq", region=None, url="https://bolt.example/faq")
CHANGED = ReportedChange(
    DOCUMENT,
    UNTIL - timedelta(days=2),
    13,
    12,
    Severity.HIGH,
    (EDITED,),
    ("quiet",),
    words_added=9,
    words_removed=8,
)
UNFIRED = replace(CHANGED, document=FAQ, severity=None, findings=(), flags=(), number=4, previous=3)
REPORT = Report(
    since=UNTIL - timedelta(weeks=1),
    until=UNTIL,
    changes=(
        CHANGED,
        replace(CHANGED, document=FAQ, severity=None, findings=(), flags=(), number=4, previous=3),
    ),
    deadlines=(Deadline(DOCUMENT, date(2026, 12, 31), 13),),
    unseen=(Unseen(FAQ, UNTIL - timedelta(days=3), "dns"),),
    silenced=(Silenced("service acme", "ann", "they move their site", UNTIL + timedelta(days=2), 1),),
    dead=(
        DeadDelivery(UNTIL - timedelta(days=1), "chat", "webhook", "Acme – Terms", "404 no_service", DOCUMENT),
    ),
    weeks=tuple(
        Counted(
            date(2026, 9, 7) + timedelta(weeks=week),
            ((Severity.HIGH, week % 3), (Severity.MEDIUM, week % 5), (None, 4 + week % 7)),
        )
        for week in range(12)
    ),
)
WEEKLY = replace(GROUP, grouping="weekly", report=REPORT)
