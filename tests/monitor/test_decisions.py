"""The pure part: what a look means, who hears of it, and which channels a route opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting import (
    Audience,
    Recipients,
    plan_baseline,
    plan_change,
    plan_dead_delivery,
    plan_summary,
    strongest,
    told_of,
)
from monitor.decide import Decision, Patience, Seen, decide
from monitor.extract.read import extract_markdown
from monitor.messages.model import DocumentLabel
from monitor.plausibility import Doubt
from monitor.routes import Route
from monitor.watch import Judged, Known, Look, Standing, judge
from storage.records import (
    AlertKind,
    Cause,
    CheckOutcome,
    Delivery,
    DeliveryState,
    Direction,
    Finding,
    Severity,
)
from tests.monitor.stage import FIRST_TEXT, NOON, TRAINING, audience, watch

LABEL = DocumentLabel("acme/privacy-policy/eu", "Acme", "privacy-policy", "EU", None, "https://acme.example/")


def finding(severity: Severity = Severity.LOW, *, rule: str = "r", topic: str = "t") -> Finding:
    return Finding(rule, topic, "appears", severity, Direction.ADDED, "q", None, ("q",), (), "because")


@pytest.mark.parametrize(
    ("standing", "known", "reextracted", "outcome", "cause"),
    [
        (None, None, False, CheckOutcome.FIRST, Cause.FIRST),
        ("now", None, False, CheckOutcome.UNCHANGED, None),
        ("now", 1, True, CheckOutcome.UNCHANGED, None),
        ("old", None, False, CheckOutcome.CHANGED, Cause.PAGE_CHANGED),
        ("old", 3, False, CheckOutcome.CHANGED, Cause.RETURNED),
        ("old", None, True, CheckOutcome.CHANGED, Cause.REEXTRACTED),
        ("old", 3, True, CheckOutcome.CHANGED, Cause.REEXTRACTED),
    ],
)
def test_a_look_is_judged_by_its_fingerprint_alone(
    standing: str | None, known: int | None, reextracted: bool, outcome: CheckOutcome, cause: Cause | None
) -> None:
    decision = decide(Seen("now", NOON), standing, known, reextracted=reextracted)
    assert (decision.outcome, decision.cause) == (outcome, cause)
    assert decision.reason


def judged(before: str | None, after: str, **known: bool | int) -> Judged:
    standing = None
    if before is not None:
        old = extract_markdown(before)
        standing = Standing(old.fingerprint, old.extractor, old.clauses)
    look = Look(NOON, extract_markdown(after))
    return judge(LABEL, Known(standing, **known), look, watch())  # type: ignore[arg-type]


def test_an_unchanged_look_carries_nothing_to_write() -> None:
    found = judged(FIRST_TEXT, FIRST_TEXT)
    assert (found.version, found.change, found.alert) == (None, None, None)


def test_a_first_version_is_a_baseline_and_tells_nobody_yet() -> None:
    found = judged(None, TRAINING)
    assert found.alert is not None
    assert (found.alert.kind, found.alert.deliveries) == (AlertKind.BASELINE, ())
    assert found.change is not None
    assert found.change.flags == ()


def test_the_first_text_of_a_page_that_was_missing_is_a_change() -> None:
    found = judged(None, TRAINING, was_missing=True)
    assert found.alert is not None
    assert found.alert.kind is AlertKind.CHANGE
    assert found.change is not None
    assert found.change.flags == ("new-document",)


def test_a_return_to_an_old_text_is_a_change_without_findings() -> None:
    found = judged(FIRST_TEXT, TRAINING, same_text_number=1)
    assert found.change is not None
    assert (found.change.added, found.change.findings, found.alert) == (1, (), None)


def test_an_implausible_record_is_kept_with_its_findings_and_alerts_nobody() -> None:
    old = extract_markdown("We keep your data safe and sound in our own house. " * 30)
    standing = Standing(old.fingerprint, old.extractor, old.clauses)
    look = Look(NOON, extract_markdown(TRAINING), recorded=True)
    found = judge(LABEL, Known(standing), look, watch())
    assert found.change is not None
    assert found.change.findings
    assert found.suspect
    assert found.alert is None


def test_the_configured_language_stands_above_what_a_page_says_of_itself() -> None:
    label = replace(LABEL, language="de")
    look = Look(NOON, replace(extract_markdown(TRAINING), language="en"))
    found = judge(label, Known(None), look, watch())
    assert found.version is not None
    assert found.version.language == "de"


@pytest.mark.parametrize(
    ("route", "passes"),
    [
        (Route(to=("chat",)), True),
        (Route(to=("chat",), services=frozenset({"acme"})), True),
        (Route(to=("chat",), services=frozenset({"other"})), False),
        (Route(to=("chat",), kinds=frozenset({"privacy-policy"}), regions=frozenset({"EU"})), True),
        (Route(to=("chat",), kinds=frozenset({"terms"})), False),
        (Route(to=("chat",), regions=frozenset({"US"})), False),
        (Route(to=("chat",), topics=frozenset({"t"})), True),
        (Route(to=("chat",), topics=frozenset({"other"})), False),
        (Route(to=("chat",), rules=frozenset({"other"})), False),
        (Route(to=("chat",), severity=Severity.LOW), True),
        (Route(to=("chat",), severity=Severity.MEDIUM), False),
        (Route(to=("chat",), severity=Severity.MEDIUM, rules=frozenset({"hot"})), True),
        (Route(to=("chat",), severity=Severity.MEDIUM, rules=frozenset({"r"})), False),
    ],
)
def test_a_route_lets_an_alert_through_if_one_finding_passes_all_its_filters(
    route: Route, passes: bool
) -> None:
    heard = Audience((route,), {"chat": Recipients(("webhook",), "chat.test")})
    found = [finding(), finding(Severity.HIGH, rule="hot")]
    plan = plan_change(LABEL, found[:1] if "hot" not in route.rules else found, NOON, heard)
    assert bool(plan.deliveries) is passes


def test_a_channel_that_two_routes_lead_to_is_told_once() -> None:
    routes = (Route(to=("mail", "chat")), Route(to=("chat",)))
    reached = audience(mail=("ann",), chat=("webhook",)).channels
    told = told_of(LABEL, [finding()], (), Audience(routes, reached), "token")
    assert [each.channel for each in told] == ["mail", "chat"]


def test_the_same_decision_made_twice_gives_the_same_message_ids() -> None:
    """Two processes that judge one look alike must not be able to send two different messages of it."""
    heard = audience(mail=("ann@team.test", "bob@team.test"), chat=("webhook",))
    once = plan_change(LABEL, [finding()], NOON, heard)
    assert once == plan_change(LABEL, [finding()], NOON, heard)
    later = plan_change(LABEL, [finding()], NOON + timedelta(seconds=1), heard)
    ids = [made.message_id for plan in (once, later) for made in plan.deliveries]
    assert len(set(ids)) == 6
    assert all(made.message_id.endswith(f"@{made.channel}.test") for made in once.deliveries)


@given(st.lists(st.sampled_from(Severity), min_size=1))
def test_an_alert_is_as_severe_as_its_strongest_finding(severities: list[Severity]) -> None:
    assert strongest(map(finding, severities)).rank == min(severity.rank for severity in severities)


def test_a_baseline_is_told_at_once_only_if_asked() -> None:
    heard = audience(chat=("webhook",))
    waiting = plan_baseline(LABEL, [finding()], NOON, heard, at_once=False)
    told = plan_baseline(LABEL, [finding()], NOON, heard, at_once=True)
    assert (waiting.deliveries, len(told.deliveries)) == ((), 1)


@pytest.mark.parametrize(("documents", "words"), [(1, "in 1 document –"), (2, "in 2 documents –")])
def test_a_summary_says_how_many_documents_it_is_about(documents: int, words: str) -> None:
    plan = plan_summary("chat", ["webhook"], documents, Severity.LOW, NOON, audience(chat=("webhook",)))
    assert words in plan.title


def dead(channel: str, recipient: str) -> Delivery:
    return Delivery(7, 1, channel, recipient, "id", DeliveryState.DEAD, 1, NOON, None, NOON, "550", NOON)


@pytest.mark.parametrize(
    ("channels", "told"),
    [
        ({"mail": ("ann", "bob"), "chat": ("webhook",)}, [("chat", "webhook")]),
        ({"mail": ("ann", "bob")}, [("mail", "bob")]),
        ({"mail": ("ann",)}, None),
        ({}, None),
    ],
)
def test_a_dead_delivery_is_told_to_whoever_else_can_be_reached(
    channels: dict[str, tuple[str, ...]], told: list[tuple[str, str]] | None
) -> None:
    plan = plan_dead_delivery(dead("mail", "ann"), 1, NOON, audience(**channels))
    assert (plan and [(made.channel, made.recipient) for made in plan.deliveries]) == told


HOUR = timedelta(hours=1)
CALM = Patience(timedelta(minutes=1), 6 * HOUR)
DOUBT = Doubt("collapsed", "the page shrank", lasting=False)


def looks(*seen: Seen) -> list[Decision]:
    """What each look means, one after the other, while "old" stands until something else does."""
    decisions: list[Decision] = []
    standing, candidate = "old", None
    for look in seen:
        decision = decide(look, standing, None, candidate=candidate, patience=CALM)
        decisions.append(decision)
        candidate = decision.candidate
        if decision.cause is not None:
            standing = look.fingerprint
    return decisions


def outcomes(*seen: Seen) -> list[str]:
    return [decision.outcome.value for decision in looks(*seen)]


def test_new_text_waits_for_a_second_look_and_stands_from_the_first() -> None:
    held, confirmed = looks(Seen("new", NOON), Seen("new", NOON + HOUR))
    assert (held.outcome, held.cause) == (CheckOutcome.HELD, None)
    assert (confirmed.outcome, confirmed.cause, confirmed.since) == (
        CheckOutcome.CHANGED,
        Cause.PAGE_CHANGED,
        NOON,
    )


def test_second_look_that_comes_too_soon_confirms_nothing() -> None:
    soon = NOON + timedelta(seconds=30)
    assert outcomes(Seen("new", NOON), Seen("new", soon), Seen("new", NOON + HOUR)) == [
        "held",
        "held",
        "changed",
    ]


def test_text_that_only_one_look_showed_is_forgotten() -> None:
    assert outcomes(Seen("new", NOON), Seen("old", NOON + HOUR), Seen("new", NOON + 2 * HOUR)) == [
        "held", "unchanged", "held",
    ]  # fmt: skip


def test_doubtful_text_must_be_seen_at_the_next_usual_look_as_well() -> None:
    doubtful = [Seen("new", NOON + hours * HOUR, DOUBT) for hours in (0, 1, 7)]
    assert outcomes(*doubtful) == ["held", "held", "changed"]


def test_interstitial_between_two_looks_disturbs_no_confirmation() -> None:
    wall = Doubt("challenge", "a check for robots", lasting=True)
    assert outcomes(Seen("new", NOON), Seen("wall", NOON + HOUR, wall), Seen("new", NOON + 2 * HOUR)) == [
        "held", "held", "changed",
    ]  # fmt: skip


def test_interstitial_is_never_believed() -> None:
    wall = Doubt("challenge", "a check for robots", lasting=True)
    assert set(outcomes(*(Seen("wall", NOON + days * 24 * HOUR, wall) for days in range(9)))) == {"held"}


def test_without_patience_a_new_text_stands_at_once() -> None:
    assert decide(Seen("new", NOON), "old", None).cause is Cause.PAGE_CHANGED


def test_first_page_that_cannot_be_the_document_is_held() -> None:
    assert decide(Seen("new", NOON, DOUBT), None, None).outcome is CheckOutcome.HELD
