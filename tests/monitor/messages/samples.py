"""Notices about an invented company, and texts that a hostile page might hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from monitor.messages.model import (
    Around,
    BaselineNotice,
    ChangeNotice,
    ChannelNotice,
    Company,
    DeliveryNotice,
    DocumentLabel,
    Envelope,
    Evidence,
    GroupNotice,
    Headline,
    LinkedPage,
    Notice,
    OutageNotice,
    RecoveryNotice,
    ReportNotice,
    ReturnNotice,
    SampleNotice,
    SilenceNotice,
    StorageNotice,
    StoredPage,
)
from monitor.messages.report import Report
from storage.records import Direction, Finding, Severity

SEEN = datetime(2026, 11, 21, 23, 12, tzinfo=UTC)
DOCUMENT = DocumentLabel(
    "acme/privacy-policy", "Acme", "privacy-policy", "eu", "en", "https://acme.example/privacy?lang=en&v=2"
)
ENVELOPE = Envelope("alert-7.a1@policywatch.test", "team-mail", "counsel@example.test", SEEN, "Europe/Berlin")

BEFORE = "We do not use your messages to train AI models."
AFTER = "We may use your messages to train AI models."
EDITED = Finding(
    rule="ai-training",
    topic="ai-training",
    effect="introduces",
    severity=Severity.HIGH,
    direction=Direction.EDITED,
    quote=AFTER,
    before=BEFORE,
    matched=("train AI models",),
    heading=("2. Use", "2.1 Messages"),
    reason="The clause denied training before and allows it now.",
)
SAME_CLAUSE = replace(
    EDITED,
    rule="messages",
    topic="wording",
    severity=Severity.LOW,
    matched=("your messages",),
    reason="The clause holds a phrase of yours.",
)
ADDED = replace(
    EDITED,
    rule="opt-out",
    topic="consent-optout",
    severity=Severity.MEDIUM,
    direction=Direction.ADDED,
    quote="You can object to training in your settings.",
    before=None,
    matched=("object to training",),
    heading=("3. Choices",),
)
REMOVED = replace(
    ADDED,
    rule="retention",
    topic="retention",
    severity=Severity.INFO,
    direction=Direction.REMOVED,
    quote=None,
    before="We delete messages after 30 days.",
    matched=("delete", "30 days"),
)

CHANGE = ChangeNotice(
    alert_id=7,
    severity=Severity.HIGH,
    title="Acme – Privacy Policy (EU): AI-training wording added – 2026-11-21",
    document=DOCUMENT,
    findings=(EDITED, SAME_CLAUSE, ADDED, REMOVED),
    version=13,
    previous=12,
    first_seen=SEEN,
    previous_seen=SEEN.replace(hour=22),
    stated_date=(date(2026, 6, 1), date(2026, 11, 20)),
    effective_date=(None, date(2026, 12, 31)),
    added=1,
    removed=1,
    edited=1,
    moved=0,
    words_added=9,
    words_removed=8,
    flags=("default-flip", "unheard-of"),
)
BASELINE = BaselineNotice(
    alert_id=8,
    severity=Severity.HIGH,
    title="First reading: the rules match wording in 2 documents – 2026-11-21",
    documents=(
        (DOCUMENT, (ADDED,)),
        (replace(DOCUMENT, service="Bolt", kind="faq", region=None, url="https://bolt.example/faq"), (EDITED,)),
    ),
    without_findings=3,
)
RETURN = ReturnNotice(
    alert_id=13,
    severity=Severity.HIGH,
    title="Acme – Privacy Policy (EU): back to version 12: AI-training wording added – 2026-11-21",
    document=DOCUMENT,
    findings=(replace(EDITED, quote=BEFORE, before=AFTER, reason="The page went back on it."), REMOVED),
    told=(CHANGE.title,),
    version=12,
    previous=13,
    first_seen=SEEN,
    previous_seen=SEEN.replace(hour=22),
    flapping=False,
)
DELIVERY = DeliveryNotice(
    alert_id=9,
    severity=Severity.HIGH,
    title="An alert could not be delivered to counsel@example.test over team-mail – 2026-11-21",
    failed_channel="team-mail",
    failed_recipient="counsel@example.test",
    failed_title=CHANGE.title,
    error="mail.test:587 refused mail for counsel@example.test: 550 unknown user",
    attempts=1,
)
OUTAGE = OutageNotice(
    alert_id=10,
    severity=Severity.MEDIUM,
    title="Acme – Privacy Policy (EU): not readable since 2026-11-19 (dns)",
    document=DOCUMENT,
    withdrawn=False,
    since=SEEN.replace(day=19),
    last_good=SEEN.replace(day=18),
    looks=41,
    error_class="dns",
    error="https://acme.example/privacy: its host cannot be resolved: no such name",
    next_try=SEEN.replace(hour=23, minute=40),
)
WITHDRAWN = replace(
    OUTAGE,
    alert_id=11,
    severity=Severity.HIGH,
    title="Acme – Privacy Policy (EU): withdrawn (http_410) – 2026-11-19",
    withdrawn=True,
    error_class="http_410",
    error="https://acme.example/privacy answered with status 410, which is not a page",
    next_try=None,
)
RECOVERY = RecoveryNotice(
    alert_id=12,
    severity=Severity.INFO,
    title="Acme – Privacy Policy (EU): readable again since 2026-11-21",
    document=DOCUMENT,
    withdrawn=False,
    since=SEEN.replace(day=19),
    last_good=SEEN.replace(day=18),
    back_at=SEEN,
    version=13,
    previous=12,
)
STORAGE = StorageNotice(
    severity=Severity.HIGH,
    title="The database of policywatch cannot be written – 2026-11-21",
    database="/var/lib/policywatch/policywatch.db",
    error="/var/lib/policywatch/policywatch.db: the disk is full; make room",
    since=SEEN,
    until=None,
)
CHANNEL = ChannelNotice(
    alert_id=15,
    severity=Severity.HIGH,
    title="The channel team-mail has not delivered since 2026-11-21 – 2026-11-21",
    channel="team-mail",
    error="mail.example.com:587 refused the login: 535 5.7.8 wrong password",
    since=SEEN - timedelta(hours=2),
    until=None,
)
SILENCE = SilenceNotice(
    alert_id=16,
    severity=Severity.INFO,
    title="A silence has ended: service acme; 1 alert kept back",
    covers="service acme",
    author="ann",
    reason="they move their site",
    since=SEEN - timedelta(days=2),
    until=SEEN,
    ended_by=None,
    kept_back=(Headline(7, Severity.HIGH, CHANGE.title, DOCUMENT.key, SEEN),),
)
GROUP = GroupNotice(
    message=31,
    grouping="daily",
    headlines=(
        Headline(7, Severity.HIGH, CHANGE.title, DOCUMENT.key, SEEN - timedelta(hours=1)),
        Headline(8, Severity.MEDIUM, OUTAGE.title, DOCUMENT.key, SEEN),
    ),
    whole=(CHANGE,),
)
SAMPLE = SampleNotice("A sample from policywatch")
REPORT_OF_NOTHING = ReportNotice(
    "Policies from 2026-11-14 to 2026-11-21",
    Report(SEEN - timedelta(days=7), SEEN, (), (), (), (), (), ()),
)
NOTICES: dict[str, Notice] = {
    "report": REPORT_OF_NOTHING,
    "change": CHANGE,
    "return": RETURN,
    "flapping": replace(RETURN, flapping=True),
    "baseline": BASELINE,
    "delivery": DELIVERY,
    "outage": OUTAGE,
    "withdrawn": WITHDRAWN,
    "recovery": RECOVERY,
    "channel": CHANNEL,
    "silence": SILENCE,
    "storage": STORAGE,
    "storage again": replace(STORAGE, severity=Severity.INFO, until=SEEN),
    "sample": SAMPLE,
}

HOSTILE = (
    "<script>alert(1)</script><img src=https://evil.example/x.png onerror=alert(1)> "
    "<!channel> <!here> <@U012345> <#C012345> <https://evil.example|our policy> & &lt;!channel&gt; "
    "*bold* ~struck~ `code` {{ 7*7 }} {% raw %} \x1b[31m\x07 \u202egnp.exe\u2066 a\u2028b\x85c\r\n"
    "Bcc: x@evil.example\r\n.\r\n \ud800 \udfff \x00 \ufeff \u200b \" ' </style> --> ]]>"
)

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=200) | st.just(HOSTILE)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    quote, before = draw(any_text | st.none()), draw(any_text | st.none())
    return Finding(
        rule=draw(any_text),
        topic=draw(any_text | st.just("ai-training")),
        effect="introduces",
        severity=draw(st.sampled_from(Severity)),
        direction=draw(st.sampled_from(Direction)),
        quote=quote,
        before=before,
        matched=tuple(draw(st.lists(any_text, max_size=3))),
        heading=tuple(draw(st.lists(any_text, max_size=2))),
        reason=draw(any_text),
    )


@st.composite
def change_notices(draw: st.DrawFn) -> ChangeNotice:
    document = replace(
        DOCUMENT,
        service=draw(any_text),
        kind=draw(any_text),
        region=draw(any_text | st.none()),
        language=draw(any_text | st.none()),
        url=draw(any_text | st.just(DOCUMENT.url)),
    )
    return replace(
        CHANGE,
        title=draw(any_text),
        document=document,
        findings=tuple(draw(st.lists(findings(), max_size=4))),
        previous=draw(st.none() | st.just(12)),
        previous_seen=draw(st.none() | st.just(CHANGE.previous_seen)),
        flags=tuple(draw(st.lists(any_text, max_size=2))),
        new_links=tuple(LinkedPage(draw(any_text), draw(any_text)) for _ in range(draw(st.integers(0, 7)))),
    )


def hostile_change() -> ChangeNotice:
    """Every text that a page or its address may choose is hostile; the title and the names come from us."""
    finding = replace(
        EDITED,
        quote=f"After {HOSTILE}",
        before=f"Before {HOSTILE}",
        matched=(HOSTILE,),
        heading=(HOSTILE,),
        reason=HOSTILE,
    )
    added = replace(finding, before=None)
    return replace(
        CHANGE,
        findings=(finding, added, replace(finding, quote=None)),
        new_links=(LinkedPage(HOSTILE, f"https://acme.example/{HOSTILE}"),),
    )


WHOLE_CHANGE = replace(
    CHANGE,
    around=(Around(AFTER, "We keep your messages on our servers.", "You can object in your settings."),),
    evidence=(
        Evidence("1" * 64, (StoredPage("2" * 64, 200),)),
        Evidence("3" * 64, (StoredPage("4" * 64, 200),)),
    ),
    company=Company(
        ("Acme – Terms: arbitration wording added",),
        ("Bolt", "Cargo", "Dune", "Echo"),
        incident=9,
        also_changed=("FAQ (alert 12)",),
        same_topic=("Fjord", "Grove"),
    ),
    promise="We will notify you before we change this policy.",
)
"""A change with everything that is known about it."""

WHOLE_ENVELOPE = replace(ENVELOPE, public_url="https://policies.example.com", routes=(2, 4))
