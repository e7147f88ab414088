"""Recorded versions come to the same history in whatever order and however often they are imported."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.clauses import exact_fingerprint
from monitor.extract.model import Extraction
from monitor.extract.read import extract_markdown
from monitor.history import History
from monitor.importers.chronicler import import_document
from monitor.importers.recorded import Described, Evidence, Record, Summary
from monitor.refs import parse
from storage import changes, documents, search, versions
from storage.database import Database, driver_of
from storage.records import Cause
from storage.search import SearchFilter
from tests.monitor.importers.contents import contents
from tests.monitor.stage import watch
from tests.storage.builders import hours

SENTENCES = (
    "We sell nothing.",
    "We may train AI models on your posts.",
    "Write to us.",
    "We keep it for a year.",
)
TEXTS = (frozenset({0}), frozenset({0, 1}), frozenset({2, 3}), frozenset({0, 1, 3}), frozenset[int]())
NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an archive recorded: which text after how many hours, and whether its own doing made it another."""

    hour: int
    text: int
    upgrade: bool

    @property
    def sentences(self) -> set[str]:
        return {SENTENCES[number] for number in TEXTS[self.text]}

    @property
    def record(self) -> Record:
        markdown = "\n\n".join(["# Privacy policy", *sorted(self.sentences)])
        read = extract_markdown(markdown, identify=exact_fingerprint)
        return Record(
            hours(self.hour), "Acme/Privacy.md", lambda: (read, None), reextracted=self.upgrade,
            content=f"blob {self.text}",
        )  # fmt: skip


TEXT_NUMBERS = st.integers(0, len(TEXTS) - 1)
RECORDED = st.lists(
    st.builds(Recorded, st.integers(0, 40), TEXT_NUMBERS, st.sampled_from([False, False, True])),
    min_size=1,
    max_size=10,
    unique_by=lambda each: each.hour,
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database.open(tmp_path_factory.mktemp("archive") / "policywatch.db")
    yield database
    database.close()


def new_key() -> str:
    return f"acme/privacy/example-{next(NUMBERS)}"


def take(database: Database, key: str, recorded: Sequence[Recorded]) -> Summary:
    described = Described(key, "Acme", "privacy")
    records = [each.record for each in sorted(recorded, key=lambda each: each.hour)]
    return import_document(database, described, records, watch(baseline="off"), "archive")


def told(database: Database, key: str) -> list[tuple[object, ...]]:
    """The history of a document without the numbers that say in which order it became known."""
    with History.open(database.path) as history:
        rows = [
            (history.text(key, parse(f"v{each.number}")).clauses, each, change)
            for _, each, _, change in history.appearances(key)
        ]
    return [
        (
            clauses, each.captured_at, each.observed_until, each.looks, each.cause, each.source, each.suspect,
            change and (change.added, change.removed, change.edited, change.moved, change.words_added,
                        change.words_removed, change.flags, change.findings, change.previous_seen_at),
        )
        for clauses, each, change in rows
    ]  # fmt: skip


@dataclass(slots=True)
class Stood:
    sentences: set[str]
    begin: datetime
    until: datetime


def model(recorded: Sequence[Recorded]) -> list[Stood]:
    """What stood when, by the records in the order of time."""
    stood: list[Stood] = []
    for each in sorted(recorded, key=lambda each: each.hour):
        at = hours(each.hour)
        if stood and stood[-1].sentences == each.sentences:
            stood[-1].until = at
        else:
            stood.append(Stood(each.sentences, at, at))
    return stood


def lifespans(database: Database, key: str) -> dict[str, tuple[datetime, datetime, bool]]:
    with database.read() as transaction:
        hits = search.find(driver_of(transaction), "we OR us", SearchFilter(limit=10_000))
    return {hit.clause: (hit.first_seen, hit.last_seen, hit.live) for hit in hits if hit.document.key == key}


@given(recorded=RECORDED, data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_records_in_any_order_come_to_the_history_of_those_in_order(
    database: Database, recorded: list[Recorded], data: st.DataObject
) -> None:
    in_order, grown = new_key(), new_key()
    whole = take(database, in_order, recorded)
    order = data.draw(st.permutations(recorded))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(recorded)), max_size=3)) | {len(recorded)})
    for cut in cuts:  # an archive that grows, also by records of times long gone
        take(database, grown, order[:cut])
    assert told(database, grown) == told(database, in_order)
    assert whole.versions == len({each.text for each in recorded})
    for key in (in_order, grown):
        again = take(database, key, recorded)
        assert (again.skipped, again.appearances, again.late) == (len(recorded), 0, 0)
    stood = model(recorded)
    for sentence in SENTENCES:
        having = [each for each in stood if sentence in each.sentences]
        expected = (having[0].begin, having[-1].until, having[-1] is stood[-1]) if having else None
        assert lifespans(database, in_order).get(sentence) == expected
        assert lifespans(database, grown).get(sentence) == expected


@given(recorded=RECORDED, data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_parts_of_an_archive_come_together_in_any_order(
    database: Database, recorded: list[Recorded], data: st.DataObject
) -> None:
    key = new_key()
    order = data.draw(st.permutations(recorded))
    cut = data.draw(st.integers(1, len(recorded)))
    for part in (order[:cut], order[cut:], order[:cut]):
        if part:
            take(database, key, part)
    with History.open(database.path) as history:
        for each in recorded:
            shown = {clause.text for clause in history.text(key, parse(hours(each.hour).isoformat())).clauses}
            assert shown - {"Privacy policy"} == each.sentences


def test_records_between_two_looks_at_one_text_are_looks_too(database: Database) -> None:
    recorded = [Recorded(hour, 0, upgrade=False) for hour in range(4)]
    in_order, grown = new_key(), new_key()
    take(database, in_order, recorded)
    take(database, grown, [recorded[0], recorded[3]])
    assert take(database, grown, recorded).late == 2
    assert told(database, grown) == told(database, in_order)
    assert take(database, grown, recorded).late == 0


def test_what_follows_a_late_record_is_judged_anew(database: Database) -> None:
    key = new_key()
    first, last, between = (
        Recorded(0, 0, upgrade=False),
        Recorded(9, 3, upgrade=False),
        Recorded(5, 1, upgrade=False),
    )
    assert take(database, key, [first, last]).alerts == 1
    summary = take(database, key, [first, between, last])
    assert (summary.late, summary.versions, summary.appearances, summary.alerts) == (1, 1, 2, 1)
    with database.read() as transaction:
        document = documents.find(transaction, key)
        assert document is not None
        found = [
            changes.that_began(transaction, versions.get(transaction, version_id).id)
            for version_id, _ in versions.ids_and_numbers(transaction, document.id).values()
        ]
    assert sorted((change.captured_at, change.added, len(change.findings)) for change in found if change) == [
        (hours(0), 2, 0),
        (hours(5), 1, 1),
        (hours(9), 1, 0),
    ]


class Interrupted(Exception):
    pass


def breaking(record: Record) -> Record:
    def read() -> tuple[Extraction, Evidence | None] | None:
        raise Interrupted

    return Record(record.captured_at, record.source, read)


def break_off(database: Database, archive: list[tuple[Described, list[Record]]], stop: int) -> None:
    """Import until the record number `stop`, at which something breaks."""
    for described, records in archive:
        torn = [breaking(each) if place == stop else each for place, each in enumerate(records)]
        stop -= len(records)
        import_document(database, described, torn, watch(), "archive")


@given(recorded=st.lists(RECORDED, min_size=1, max_size=3), data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_import_broken_off_anywhere_and_run_again_leaves_the_same_database(
    tmp_path_factory: pytest.TempPathFactory, recorded: list[list[Recorded]], data: st.DataObject
) -> None:
    folder: Path = tmp_path_factory.mktemp("twice")
    broken, whole = Database.open(folder / "broken.db"), Database.open(folder / "whole.db")
    archive = [
        (
            Described(f"acme/policy-{place}", "Acme", "privacy"),
            [each.record for each in sorted(texts, key=_hour)],
        )
        for place, texts in enumerate(recorded)
    ]
    stop = data.draw(st.integers(0, sum(len(records) for _, records in archive) - 1))
    with pytest.raises(Interrupted):
        break_off(broken, archive, stop)
    for database in (broken, whole):
        for described, records in archive:
            import_document(database, described, records, watch(), "archive")
    assert contents(broken) == contents(whole)
    broken.close()
    whole.close()


def _hour(recorded: Recorded) -> int:
    return recorded.hour


def test_a_page_that_goes_back_and_forth_is_read_once_for_each_text(database: Database) -> None:
    key, reads = new_key(), list[str | None]()

    def counted(record: Record) -> Record:
        def read() -> tuple[Extraction, Evidence | None] | None:
            reads.append(record.content)
            return record.read()

        return Record(record.captured_at, record.source, read, content=record.content)

    records = [counted(Recorded(hour, hour % 2, upgrade=False).record) for hour in range(30)]
    summary = import_document(database, Described(key, "Acme", "privacy"), records, watch(), "archive")
    assert (summary.versions, summary.appearances) == (2, 30)
    assert reads == ["blob 0", "blob 1"]
    assert [cause for *_, cause, _, _, _ in told(database, key)][1:3] == [Cause.PAGE_CHANGED, Cause.RETURNED]
