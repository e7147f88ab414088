from __future__ import annotations

from typing import Any

import pytest

from monitor.detect.judge import detect, detect_in_text
from monitor.diff.compare import compare
from storage.records import Clause, ClauseKind, Direction, Severity
from tests.monitor.detect.helpers import findings, rule
from tests.monitor.diff.helpers import version

TRAIN: dict[str, Any] = {"phrases": ["train AI models"]}
SAYS = "We may train AI models on your posts."
NEVER = "We will not train AI models on your posts."
LOGS = "We log your visits."


def test_new_clause_fires_and_is_quoted_under_its_heading() -> None:
    before = version("# Privacy", "# How we use data", LOGS)
    change = compare(before, (*before, Clause(SAYS)))
    (finding,) = detect(change, [rule(**TRAIN, topic="ai-training", severity="high")], "en")
    assert (finding.rule, finding.topic, finding.severity) == ("test", "ai-training", Severity.HIGH)
    assert (finding.effect, finding.direction) == ("appears", Direction.ADDED)
    assert (finding.quote, finding.before) == (SAYS, None)
    assert finding.matched == ("train AI models",)
    assert finding.heading == ("How we use data",)
    assert finding.reason == 'New clause says "train AI models".'


def test_removed_clause_fires_under_the_heading_it_stood_under() -> None:
    after = version("# Privacy", LOGS)
    (finding,) = detect(compare((*after, Clause(NEVER)), after), [rule(**TRAIN)], "en")
    assert (finding.effect, finding.direction) == ("disappears", Direction.REMOVED)
    assert (finding.quote, finding.before) == (None, NEVER)
    assert finding.heading == ("Privacy",)
    assert finding.reason == 'The clause that said "train AI models" was removed.'


def test_lost_negation_fires_with_both_texts() -> None:
    (finding,) = detect(compare(version(NEVER), version(SAYS)), [rule(**TRAIN)], "en")
    assert (finding.effect, finding.direction) == ("edited", Direction.EDITED)
    assert (finding.quote, finding.before) == (SAYS, NEVER)
    assert finding.reason == 'The clause stood before and was edited: "will not" became "may".'


def test_unless_does_not_hide_a_lost_negation() -> None:
    (finding,) = findings(NEVER, SAYS, **TRAIN, unless=["will not train"])
    assert finding.effect == "appears"
    assert finding.reason == 'The clause was edited and now says "train AI models": "will not" became "may".'
    (finding,) = findings(SAYS, NEVER, **TRAIN, unless=["will not train"])
    assert finding.effect == "disappears"


def test_phrase_that_stood_before_does_not_fire_because_something_else_changed() -> None:
    change = compare(version(SAYS, LOGS), version(SAYS, "We log your visits and clicks."))
    assert not detect(change, [rule(**TRAIN)], "en")


def test_rules_on_one_topic_that_fire_on_one_clause_tell_one_thing() -> None:
    rules = [
        rule(id="weak", phrases=["AI models"], topic="ai-training", severity="low"),
        rule(id="strong", **TRAIN, topic="ai-training", severity="high"),
        rule(id="own", phrases=["your posts"]),
        rule(id="own-too", **TRAIN),
    ]
    found = detect(compare(version(LOGS), version(LOGS, SAYS)), rules, "en")
    assert [finding.rule for finding in found] == ["strong", "own", "own-too"]
    again = detect(compare(version(LOGS), version(LOGS, SAYS, "We train AI models for fun.")), rules, "en")
    assert [finding.rule for finding in again].count("strong") == 2


def test_moved_clause_does_not_fire() -> None:
    others = [LOGS, "You may ask us.", "We share data."]
    assert not detect(compare(version(SAYS, *others), version(*others, SAYS)), [rule(**TRAIN)], "en")


def test_second_copy_of_a_clause_neither_appears_nor_disappears() -> None:
    once, twice = version(SAYS, LOGS), version(SAYS, LOGS, SAYS.replace("your", "your\u00a0"))
    assert not detect(compare(once, twice), [rule(**TRAIN)], "en")
    assert not detect(compare(twice, once), [rule(**TRAIN)], "en")


def test_new_clause_fires_though_another_says_the_same_words() -> None:
    change = compare(version(SAYS), version(SAYS, "Our partners train AI models too, on what they buy."))
    assert len(detect(change, [rule(**TRAIN)], "en")) == 1


def test_soft_clauses_are_not_read() -> None:
    change = compare(version(LOGS), (*version(LOGS), Clause(SAYS, soft=True)))
    assert not detect(change, [rule(**TRAIN)], "en")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SAYS, "WE MAY TRAIN AI MODELS ON YOUR POSTS!"),
        (SAYS, "We may \u201ctrain\u201d AI models \u2013 on your posts."),
        ("We train AI models within 30 days.", "We train AI models within 60 days."),
        (
            "We train AI models, see https://example.com/a.",
            "We train AI models, see https://example.com/b?c=d.",
        ),
        (
            "To stop us train AI models write to a@example.com.",
            "To stop us train AI models write to b@example.org.",
        ),
        ("We train AI models (example.com/help/1).", "We train AI models (example.com/help/2)."),
    ],
)
def test_case_punctuation_numbers_and_links_alone_do_not_fire(before: str, after: str) -> None:
    assert not findings(before, after, **TRAIN)


def test_number_in_a_watched_pattern_fires() -> None:
    (finding,) = findings("We keep it for 30 days.", "We keep it for 60 days.", pattern="30 days")
    assert finding.effect == "disappears"


@pytest.mark.parametrize(
    ("on", "before", "after", "effect"),
    [
        (["added"], None, SAYS, "appears"),
        (["added"], LOGS, SAYS, "appears"),
        (["added"], SAYS, None, None),
        (["added"], NEVER, SAYS, None),
        (["removed"], SAYS, None, "disappears"),
        (["removed"], SAYS, LOGS, "disappears"),
        (["removed"], None, SAYS, None),
        (["edited"], NEVER, SAYS, "edited"),
        (["edited"], LOGS, SAYS, "appears"),
        (["edited"], SAYS, LOGS, "disappears"),
        (["edited"], None, SAYS, None),
        (["edited"], SAYS, None, None),
    ],
)
def test_rule_fires_on_the_directions_it_names(
    on: list[str], before: str | None, after: str | None, effect: str | None
) -> None:
    assert [finding.effect for finding in findings(before, after, **TRAIN, on=on)] == (
        [effect] if effect else []
    )


def test_strongest_findings_come_first_then_reading_order_then_that_of_the_rules() -> None:
    rules = [
        rule(id="low", phrases=["posts"], severity="low"),
        rule(id="second", phrases=["train"], severity="high"),
        rule(id="third", phrases=["posts"], severity="high"),
    ]
    found = detect(compare((), version("We sell posts.", SAYS)), rules, "en")
    assert [(finding.rule, finding.quote) for finding in found] == [
        ("third", "We sell posts."),
        ("second", SAYS),
        ("third", SAYS),
        ("low", "We sell posts."),
        ("low", SAYS),
    ]


@pytest.mark.parametrize(
    ("language", "fires"), [("de", True), ("de-CH", True), ("en", False), (None, True), ("nonsense", True)]
)
def test_rule_for_a_language_leaves_documents_in_others_alone(language: str | None, fires: bool) -> None:
    found = findings(None, "Wir trainieren KI.", language, phrases=["trainieren KI"], languages=["de"])
    assert bool(found) is fires


def test_first_version_is_told_as_it_stands() -> None:
    clauses = (Clause("Data", ClauseKind.HEADING, 1), Clause(SAYS), Clause(LOGS), Clause(SAYS))
    (finding,) = detect_in_text(clauses, [rule(**TRAIN, on=["removed"])], "en")
    assert (finding.effect, finding.direction, finding.before) == ("appears", Direction.ADDED, None)
    assert finding.heading == ("Data",)
    assert finding.reason == 'Stands in the first version read: "train AI models".'


def test_reasons_stay_short() -> None:
    added = "and ".join(f"also for purpose number {number} " for number in range(60))
    (finding,) = findings(NEVER, NEVER + added, **TRAIN)
    assert len(finding.reason) < 250
