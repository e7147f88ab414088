from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from storage import clauses as clause_store
from storage import compression, versions
from storage.database import Database, driver_of
from storage.errors import DataDamaged, StorageError
from storage.records import Clause, ClauseKind, Version
from tests.storage.builders import a_document, a_version, clauses_of, new_version, undone

WORDS = st.text(max_size=40) | st.sampled_from(
    ["We sell nothing.", "Wir speichern das.", "保存します。", "a\x00b\n"]
)
CLAUSES = st.builds(
    Clause,
    text=WORDS,
    kind=st.sampled_from(ClauseKind),
    level=st.integers(0, 40) | st.just(100_000),
    opens_block=st.booleans(),
    soft=st.booleans(),
)
TEXTS = st.lists(CLAUSES, max_size=12).map(tuple)


@given(chain=st.lists(TEXTS, min_size=1, max_size=2 * compression.KEY_FRAME_EVERY + 3, unique=True))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_version_of_a_chain_loads_exactly_as_stored(
    shared_database: Database, chain: list[tuple[Clause, ...]]
) -> None:
    with undone(shared_database) as transaction:
        document, stored = a_document(transaction), list[Version]()
        for clauses in chain:
            stored.append(a_version(transaction, document, clauses, stored[-1] if stored else None))
        for number, (clauses, version) in enumerate(zip(chain, stored, strict=True), start=1):
            assert versions.load_clauses(transaction, version.id) == clauses
            assert versions.get(transaction, version.id) == version
            assert versions.numbered(transaction, document.id, number) == version
            assert version.clauses_sha256 == versions.clauses_sha256(clauses)
        distinct = {clause.text for clauses in chain for clause in clauses}
        assert transaction.scalar(text("SELECT count(*) FROM clauses")) == len(distinct)
        assert transaction.scalar(text("SELECT count(*) FROM clause_index")) == len(distinct)


@given(one=TEXTS, other=TEXTS)
def test_different_clause_lists_have_different_hashes(
    one: tuple[Clause, ...], other: tuple[Clause, ...]
) -> None:
    assert (versions.clauses_sha256(one) == versions.clauses_sha256(other)) == (one == other)


def test_a_clause_cannot_imitate_the_border_between_two() -> None:
    two = clauses_of("One.", "Two.")
    joined = clauses_of("One.\nparagraph 0 1 0 Two.")
    assert versions.clauses_sha256(two) != versions.clauses_sha256(joined)


def test_the_hash_of_a_clause_list_never_changes() -> None:
    clauses = (Clause("Terms", ClauseKind.HEADING, 2), Clause("§ 1 –", opens_block=False, soft=True))
    framed = b"heading 2 1 0 5 Terms" + b"paragraph 0 0 1 8 " + "§ 1 –".encode()
    assert versions.clauses_sha256(clauses) == hashlib.sha256(framed).hexdigest()


def test_chains_are_cut_by_key_frames_and_branch_after_returns(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        first = last = a_version(transaction, document, clauses_of("Text 0."))
        for number in range(1, 45):
            last = a_version(transaction, document, clauses_of(f"Text {number}."), last)
        branch = a_version(transaction, document, clauses_of("Another."), first)
    with database.read() as transaction:
        depths = transaction.scalars(text("SELECT depth FROM versions ORDER BY number")).all()
    assert depths == [*range(20), *range(20), *range(5), 1]
    assert branch.number == 46


def test_versions_are_found_by_fingerprint_within_their_document(database: Database) -> None:
    with database.write() as transaction:
        acme, other = a_document(transaction), a_document(transaction, "other/terms")
        version = a_version(transaction, acme, clauses_of("We sell nothing."))
        same = a_version(transaction, other, clauses_of("We sell nothing."))
    with database.read() as transaction:
        assert versions.with_fingerprint(transaction, acme.id, version.fingerprint) == version
        assert versions.with_fingerprint(transaction, other.id, version.fingerprint) == same
        assert versions.with_fingerprint(transaction, acme.id, "0" * 64) is None
        assert versions.numbered(transaction, acme.id, 2) is None
        assert versions.fingerprints(transaction, acme.id) == {version.fingerprint: 1}
        assert transaction.scalar(text("SELECT count(*) FROM clauses")) == 1


def test_the_index_is_asked_only_for_clauses_never_seen(database: Database) -> None:
    asked: list[tuple[str, str | None]] = []

    def index(words: str, language: str | None) -> tuple[str, list[tuple[str, str]]]:
        asked.append((words, language))
        return words, [("stem", words)]

    with database.write() as transaction:
        document = a_document(transaction)
        for clauses in (clauses_of("One.", "Two.", "One."), clauses_of("Two.", "Three.")):
            versions.save(transaction, document.id, new_version(clauses), base_id=None, index=index)
    assert sorted(asked) == [("One.", "en"), ("Three.", "en"), ("Two.", "en")]


def test_a_version_of_many_clauses_loads_as_stored(database: Database) -> None:
    clauses = clauses_of(*(f"Sentence number {number}." for number in range(3000)))
    with database.write() as transaction:
        version = a_version(transaction, a_document(transaction), clauses)
        assert versions.load_clauses(transaction, version.id) == clauses


def test_a_lone_surrogate_stores_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="surrogates"), database.write() as transaction:
        a_version(transaction, a_document(transaction), clauses_of("half a \ud83d"))
    with database.read() as transaction:
        assert transaction.scalar(text("SELECT count(*) FROM documents")) == 0


def test_a_newer_extractor_that_reads_the_same_is_noted(database: Database) -> None:
    with database.write() as transaction:
        version = a_version(transaction, a_document(transaction), clauses_of("One."))
        versions.confirm_extractor(transaction, version.id, "test-2")
        assert versions.get(transaction, version.id).extractor == "test-2"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE clause_blocks SET data = substr(data, 1, length(data) - 3)",
        "UPDATE clause_blocks SET first_id = first_id + 1",
        "DELETE FROM clause_blocks",
        "UPDATE versions SET clause_list = zeroblob(40)",
        "UPDATE versions SET clause_list = substr(clause_list, 1, length(clause_list) - 3)",
        "UPDATE versions SET clauses_sha256 = lower(hex(zeroblob(32)))",
    ],
)
def test_damaged_clauses_are_never_shown(database: Database, damage: str) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        version = a_version(transaction, document, clauses_of("Terms.", "We sell nothing."))
        transaction.execute(text(damage))
    with database.read() as transaction, pytest.raises(DataDamaged, match=f"version {version.id}") as caught:
        versions.load_clauses(transaction, version.id)
    assert isinstance(caught.value, StorageError)


def test_soft_clauses_are_kept_and_do_not_count(database: Database) -> None:
    clauses = (Clause("Home", soft=True), Clause("We sell nothing."), Clause("Contact", soft=True))
    with database.write() as transaction:
        version = a_version(transaction, a_document(transaction), clauses)
        hard = versions.hard_clause_ids(transaction, version.id)
        assert versions.load_clauses(transaction, version.id) == clauses
        known = clause_store.texts(driver_of(transaction), hard)
    assert list(known.values()) == ["We sell nothing."]


def test_texts_that_ever_stood_are_those_of_any_version_of_that_document(shared_database: Database) -> None:
    with undone(shared_database) as transaction:
        ours, theirs = a_document(transaction), a_document(transaction, "bolt/terms")
        first = a_version(transaction, ours, clauses_of("Gone long since.", "Still there."))
        a_version(transaction, ours, clauses_of("Still there.", "Newly said."), first)
        a_version(transaction, theirs, clauses_of("Theirs alone.", "Still there."))
        asked = ["Gone long since.", "Still there.", "Newly said.", "Theirs alone.", "Never said."]
        assert versions.ever_stood(transaction, ours.id, asked) == set(asked[:3])
        assert versions.ever_stood(transaction, ours.id, ["still there."]) == set()
        assert versions.ever_stood(transaction, ours.id, []) == set()
