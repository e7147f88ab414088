"""A backtest finds what the pipeline would have found: the same changes, the same findings, no others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.alerting import Audience, worth_telling
from monitor.backtest import Asking, Replayed, Span, backtest
from monitor.clauses import exact_fingerprint
from monitor.detect.compile import compile_rule
from monitor.detect.errors import RuleError
from monitor.detect.model import Near, Rule
from monitor.detect.rulebook import shipped_rules
from monitor.detect.topics.table import shipped_books
from monitor.extract.model import Extraction
from monitor.extract.read import extract_markdown
from monitor.history import History
from monitor.importers.chronicler import import_document
from monitor.importers.recorded import Described, Record
from monitor.watch import Watch
from storage import documents
from storage.database import Database
from storage.records import Cause, Direction, Finding, Severity
from tests.monitor.stage import FIRST_TEXT, RULE, STANDING, TRAINING, Stage

BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
ALL = Span()
RULES = (
    Rule("models", "Models", Severity.HIGH, phrases=("train our models", "improve AI")),
    Rule("gone", "Gone", Severity.LOW, phrases=("sell",), on=frozenset({Direction.REMOVED})),
    Rule("edits", "Edits", Severity.INFO, phrases=("partners",), on=frozenset({Direction.EDITED})),
    Rule("near", "Near", Severity.MEDIUM, near=(Near((("keep", "store"), ("days",)), 6),), unless=("backup",)),
    Rule("pattern", "Pattern", Severity.LOW, patterns=(r"\b\d+ (days|months)\b",)),
    Rule("topic-a", "A", Severity.HIGH, topic="retention", phrases=("keep it",)),
    Rule("topic-b", "B", Severity.LOW, topic="retention", phrases=("days",)),
    Rule("german", "German", Severity.HIGH, phrases=("trainieren",), languages=frozenset({"de"})),
    *shipped_rules(),
)
TOPICS = frozenset(book.topic for book in shipped_books())
ALWAYS = "This policy tells in plain words what we do with what you entrust to us, and why. " * 6
SENTENCES = (
    "We train our models on posts.",
    "We train our models on posts and messages.",
    "We do not sell data.",
    "We \u201cshare\u201d it with partners.",
    'We "share" it with partners.',
    "We share it with partners, and others.",
    "We keep it for 30 days.",
    "We keep it for 60 days.",
    "We store backup data for 90 days.",
    "Call us.",
    "# Retention",
    "- which we use to train our models",
    "Wir trainieren nichts.",
    "We may use your content to train our AI models.",
    "We will not use your content to train our AI models.",
    "Do you train AI models on my data?",
    "Yes.",
    "You can opt out of this in your settings.",
    "## AI training",
    "We use the following to train machine learning models:",
    "- your posts",
)
TEXTS = st.lists(st.sampled_from(SENTENCES), max_size=7)
HISTORIES = st.lists(st.tuples(TEXTS | st.just(["Error."] * 2), st.booleans()), min_size=2, max_size=6)


def read(text: str) -> tuple[Extraction, None]:
    found = extract_markdown(text)
    return replace(found, fingerprint=exact_fingerprint(found.clauses)), None


def record(database: Database, texts: Sequence[tuple[str, bool]], *, language: str | None = None) -> None:
    """Texts in a row, a day apart, and whether our reading changed and not the page; judged by all rules."""
    watch = Watch([compile_rule(rule) for rule in RULES], Audience(), "off", shipped_books())
    records = [
        Record(BEGIN + timedelta(days=number), "x.md", partial(read, text), reextracted=upgraded and number > 0)
        for number, (text, upgraded) in enumerate(texts)
    ]
    described = Described("acme/privacy-policy", "Acme", "privacy-policy", language=language)
    import_document(database, described, records, watch, "made")


def policy(sentences: Sequence[str]) -> str:
    return "\n\n".join([ALWAYS, *sentences])


def run(
    database: Database,
    rules: Sequence[Rule] = RULES,
    span: Span = ALL,
    workers: int = 1,
    topics: Collection[str] = TOPICS,
) -> list[Replayed]:
    with database.read() as transaction:
        found = documents.every(transaction)
    return list(
        backtest(
            database, found, Asking(rules, topics), span, workers=workers, progress=lambda _done, _all: None
        )
    )


def alerts(replayed: Sequence[Replayed]) -> list[tuple[int, tuple[Finding, ...]]]:
    return [(change.id, change.findings) for each in replayed for change in each.fired]


def recorded(database: Database) -> list[tuple[int, tuple[Finding, ...]]]:
    """What was found when it was recorded, of what people are told as news."""
    with History.open(database.path) as history:
        changes = [
            change
            for _, appearance, _, change in history.appearances()
            if change and not appearance.suspect
            and (change.cause is Cause.PAGE_CHANGED or "new-document" in change.flags)
        ]  # fmt: skip
    told = [(change.id, worth_telling(change.findings, Audience())) for change in changes]
    return [each for each in told if each[1]]


@given(HISTORIES, st.sampled_from([None, "en", "de"]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_backtest_finds_what_was_found_when_it_was_recorded(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[list[str], bool]], language: str | None
) -> None:
    database = Database.open(tmp_path_factory.mktemp("backtest") / "a.db")
    record(database, [(policy(sentences), upgraded) for sentences, upgraded in texts], language=language)
    assert alerts(run(database)) == recorded(database)
    database.close()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Training comes, our reading changes, training goes, and comes back; then the page is an error once."""
    database = Database.open(tmp_path_factory.mktemp("archive") / "a.db")
    with_training, without = policy(SENTENCES[:1]), policy(SENTENCES[9:10])
    upgraded = policy([SENTENCES[0], SENTENCES[7]])
    texts = [
        (without, False),
        (with_training, False),
        (upgraded, True),
        (without, False),
        (with_training, False),
    ]
    record(database, [*texts, ("Error.", False), (policy(SENTENCES[6:7]), False)])
    database.close()
    return Database.open(database.path, read_only=True)


def test_returns_our_own_doing_and_suspects_alert_nobody(archive: Database) -> None:
    (replayed,) = run(archive)
    assert replayed.news == 2
    assert [
        (change.captured_at, [finding.rule for finding in change.findings]) for change in replayed.fired
    ] == [
        (BEGIN + timedelta(days=1), ["models", "ai-training"]),
        # Compared with the text before the error, so that it tells of the training that is gone as well.
        (BEGIN + timedelta(days=6), ["models", "topic-a", "ai-training", "near", "retention", "pattern"]),
    ]


def test_only_what_changed_within_the_span_is_judged(archive: Database) -> None:
    (replayed,) = run(archive, span=Span(since=BEGIN + timedelta(days=2)))
    assert (replayed.news, len(replayed.fired)) == (1, 1)
    assert run(archive, span=Span(until=BEGIN + timedelta(hours=23)))[0].fired == ()


def test_several_processes_find_the_same(archive: Database) -> None:
    assert run(archive, workers=2) == run(archive)
    with archive.read() as transaction:
        found = documents.every(transaction)
    both = [*found, replace(found[0], id=99, key="acme/none")]
    here, there = (
        list(
            backtest(
                archive, both, Asking(RULES, TOPICS), Span(), workers=workers, progress=lambda _done, _all: None
            )
        )
        for workers in (1, 2)
    )
    assert here == there
    assert [replayed.news for replayed in there] == [2, 0]


def test_a_rule_that_cannot_be_used_ends_it_at_once(archive: Database) -> None:
    with pytest.raises(RuleError, match="looks for nothing"):
        run(archive, [Rule("empty", "Empty", Severity.LOW)])


async def test_live_pages_that_appear_and_flap_alert_as_they_did(stage: Stage, tmp_path: Path) -> None:
    first, second = [FIRST_TEXT, STANDING], [FIRST_TEXT, STANDING, TRAINING]
    third = [FIRST_TEXT, STANDING, "We sell what you train AI models with."]
    for sentences in (first, second, first, second, first, second, first, third, second, third):
        stage.show(*sentences)
        for _ in range(2):
            await stage.check(hours=2)
    assert any("flapping" in change.flags for change in stage.changes())
    assert alerts(run(stage.database, [RULE], topics=())) == recorded(stage.database)
    assert recorded(stage.database)
