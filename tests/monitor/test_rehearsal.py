"""`route test` says what will happen: the same people whom an alert really reaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerting import plan_change
from monitor.messages.model import DocumentLabel
from monitor.rehearsal import Answer, Subject, answers, told
from monitor.routes import Digest, Route, Timing
from storage.records import Direction, Finding, Severity
from tests.monitor.stage import NOON, audience

LABEL = DocumentLabel("acme/terms", "Acme", "terms", "EU", None, "https://acme.example/")
HEARD = audience(mail=("ann", "bob"), chat=("webhook",))


def finding(topic: str = "a", effect: str = "introduces", severity: Severity = Severity.HIGH) -> Finding:
    return Finding(topic, topic, effect, severity, Direction.ADDED, "q", None, ("q",), (), "because")


def subject(*findings: Finding, flags: tuple[str, ...] = ()) -> Subject:
    return Subject(LABEL, findings, flags, Severity.HIGH)


def answer(route: Route, about: Subject) -> Answer:
    return answers(about, replace(HEARD, routes=(route,)))[0]


def test_a_route_that_does_not_pass_says_by_which_filters() -> None:
    route = Route(
        to=("mail",), kinds=frozenset({"faq"}), flags=frozenset({"quiet"}), effects=frozenset({"expands"})
    )
    assert answer(route, subject(finding())).refused_by == ("kinds", "effects", "flags")
    assert answer(route, Subject(LABEL, None, (), Severity.HIGH)).refused_by == ("kinds",)


def test_filters_that_different_findings_pass_are_said_to_stand_against_each_other() -> None:
    route = Route(to=("mail",), topics=frozenset({"a"}), effects=frozenset({"expands"}))
    both = subject(finding("a"), finding("b", "expands"))
    assert answer(route, both).refused_by == ("no finding passes all of its filters at once",)


words = st.sampled_from(("a", "b"))
some_words = st.frozensets(words)
routes = st.builds(
    Route,
    to=st.lists(st.sampled_from(("mail", "chat", "gone")), min_size=1, max_size=2).map(tuple),
    topics=some_words,
    effects=some_words,
    flags=some_words,
    recipients=st.frozensets(st.sampled_from(("ann", "webhook"))),
    severity=st.sampled_from(Severity),
    timing=st.sampled_from(
        (Timing(), Timing(group_wait=60), Timing(digest=Digest("daily", time(8), 0, "UTC")))
    ),
)


@given(
    st.lists(routes, max_size=4),
    st.lists(st.builds(finding, words, words, st.sampled_from(Severity)), min_size=1, max_size=3),
    st.lists(words, max_size=2),
)
def test_who_would_be_told_is_who_is_told(
    found: list[Route], findings: list[Finding], flags: list[str]
) -> None:
    heard = replace(HEARD, routes=found)
    about = subject(*findings, flags=tuple(flags))
    planned = plan_change(LABEL, findings, NOON, heard, flags)
    would = told(about, heard, (), NOON)
    assert [(each.channel, each.recipient) for each in would] == [
        (each.channel, each.recipient) for each in planned.deliveries
    ]
    said = answers(about, heard)
    assert all(each.passes != bool(each.refused_by) for each in said)
    assert bool(would) <= any(each.passes for each in said)
