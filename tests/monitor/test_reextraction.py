"""Stored pages read again by a newer extractor: the difference is ours, is told once and alerts nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.commands import app
from monitor.errors import InputMissing
from monitor.extract.failures import ExtractionRefused
from monitor.extract.model import Extraction, ExtractOptions, Source
from monitor.extract.read import extract
from monitor.history import History
from monitor.reextraction import Outcome, Reextraction
from monitor.refs import parse
from storage import documents
from storage.errors import DatabaseMissing, StaleDecision
from storage.records import Cause, Document
from tests.monitor.importers.warcs import Warc, html
from tests.monitor.stage import FIRST_TEXT, KEY, STANDING, TRAINING, OlderReader, Stage, opened, watch

NO_SELECTORS = ExtractOptions()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with opened(tmp_path) as stage:
        yield stage


def read(sources: Sequence[Source], options: ExtractOptions) -> list[Extraction]:
    return [extract(source, options) for source in sources]


def reextraction(stage: Stage, **changes: object) -> Reextraction:
    return replace(Reextraction(stage.database, read, watch()), **changes)  # type: ignore[arg-type]


def document(stage: Stage, key: str = KEY) -> Document:
    with stage.database.read() as transaction:
        found = documents.find(transaction, key)
    assert found is not None
    return found


async def older(stage: Stage, overlooked: int) -> None:
    """A page that an older extractor read, which overlooked its last clauses."""
    stage.show(FIRST_TEXT, TRAINING)
    await stage.check(stage.pipeline(reader=OlderReader(overlooked)))


async def test_a_difference_is_ours_and_a_second_run_finds_nothing_to_do(stage: Stage) -> None:
    await older(stage, 1)
    found = reextraction(stage).run(document(stage), NO_SELECTORS)
    assert (found.outcome, found.counts) == (Outcome.DIFFERENT, (1, 0, 0, 0))
    first, second = stage.appearances()
    assert (second.cause, second.captured_at) == (Cause.REEXTRACTED, first.observed_until)
    assert stage.alerts() == []
    assert reextraction(stage).run(document(stage), NO_SELECTORS).outcome is Outcome.CURRENT
    assert len(stage.appearances()) == 2


async def test_the_same_text_keeps_its_appearance_under_the_new_name(stage: Stage) -> None:
    await older(stage, 0)
    assert reextraction(stage).run(document(stage), NO_SELECTORS).outcome is Outcome.SAME
    (only,) = stage.appearances()
    assert only.looks == 1
    assert reextraction(stage).run(document(stage), NO_SELECTORS).outcome is Outcome.CURRENT


async def test_the_next_look_at_the_unchanged_page_is_no_change(stage: Stage) -> None:
    await older(stage, 1)
    reextraction(stage).run(document(stage), NO_SELECTORS)
    report = await stage.check()
    assert report.outcome.value == "unchanged"
    stage.show(FIRST_TEXT, TRAINING, STANDING)
    await stage.check()
    assert [alert.alert.title for alert in stage.alerts()] != []
    assert [each.cause for each in stage.appearances()] == [
        Cause.FIRST, Cause.REEXTRACTED, Cause.PAGE_CHANGED,
    ]  # fmt: skip


async def test_a_dry_run_tells_and_writes_nothing(stage: Stage) -> None:
    await older(stage, 1)
    for _ in range(2):
        found = reextraction(stage, dry_run=True).run(document(stage), NO_SELECTORS)
        assert found.outcome is Outcome.DIFFERENT
    assert len(stage.appearances()) == 1


async def test_new_selectors_read_the_stored_page_anew_and_unknown_ones_leave_it(stage: Stage) -> None:
    stage.show(FIRST_TEXT, around="<aside id=x><p>Something beside it that is said here.</p></aside>")
    await stage.check(target=stage.target(remove=("#x",)))
    found = reextraction(stage).run(document(stage), None)
    assert (found.outcome, found.reason) == (
        Outcome.UNREADABLE, "it was read with selectors that the configuration does not name",
    )  # fmt: skip
    assert reextraction(stage).run(document(stage), NO_SELECTORS).outcome is not Outcome.CURRENT


async def test_a_page_that_is_refused_today_stays_as_it_was_read(stage: Stage) -> None:
    await older(stage, 1)

    def refuse(_sources: Sequence[Source], _options: ExtractOptions) -> list[Extraction]:
        raise ExtractionRefused("the page is none any more")

    found = reextraction(stage, read=refuse).run(document(stage), NO_SELECTORS)
    assert (found.outcome, found.reason) == (Outcome.UNREADABLE, "the page is none any more")
    assert len(stage.appearances()) == 1


async def test_a_look_in_between_makes_it_decide_again(stage: Stage) -> None:
    await older(stage, 1)
    waiting = [NO_SELECTORS]

    def read_slowly(sources: Sequence[Source], options: ExtractOptions) -> list[Extraction]:
        if waiting:
            waiting.pop()
            assert reextraction(stage).run(document(stage), options).outcome is Outcome.DIFFERENT
        return read(sources, options)

    found = reextraction(stage, read=read_slowly).run(document(stage), NO_SELECTORS)
    assert found.outcome is Outcome.CURRENT
    assert len(stage.appearances()) == 2


async def test_a_document_that_never_rests_is_given_up(stage: Stage) -> None:
    await older(stage, 1)

    def never(_sources: Sequence[Source], _options: ExtractOptions) -> list[Extraction]:
        raise StaleDecision("again")

    with pytest.raises(StaleDecision):
        reextraction(stage, read=never).run(document(stage), NO_SELECTORS)


def test_the_command_reads_imported_captures_again_and_says_what_it_did(tmp_path: Path) -> None:
    database = ["--database", str(tmp_path / "a.db")]
    path = Warc(tmp_path / "crawl.warc").answer("https://acme.test/a", "2024-01-01T00:00:00Z", html(FIRST_TEXT))
    CliRunner().invoke(app, [*database, "import", "wayback", str(path.done())])
    done = CliRunner().invoke(app, [*database, "reextract"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("1 documents: 0 read differently now, 0 as before, 1 were read so already")
    with pytest.raises(InputMissing, match="acme/terms"):
        raise CliRunner().invoke(app, [*database, "reextract", "acme/terms"]).exception or AssertionError
    with pytest.raises(DatabaseMissing):
        raise CliRunner().invoke(app, ["--database", "no.db", "reextract"]).exception or AssertionError


async def test_what_was_read_stays_searchable_by_its_time(stage: Stage) -> None:
    await older(stage, 1)
    reextraction(stage).run(document(stage), NO_SELECTORS)
    with History.open(stage.database.path) as history:
        texts = [clause.text for clause in history.text(KEY, parse("latest")).clauses]
    assert TRAINING in texts
