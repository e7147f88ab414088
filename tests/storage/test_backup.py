from __future__ import annotations

import fcntl
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import documents, snapshots
from storage.backup import back_up, keep_before_migration
from storage.database import Database
from storage.errors import (
    BackupRefused,
    DatabaseDamaged,
    DatabaseLocked,
    DataDamaged,
)
from storage.sqlite import SCHEMA_VERSION
from tests.storage.builders import a_document, an_appearance, capture_meta, clauses_of, hours


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with two versions of a document and a stored page."""
    with database.write() as transaction:
        document = a_document(transaction)
        an_appearance(transaction, document, clauses_of("One sentence.", "Another one."), hours(0))
        an_appearance(transaction, document, clauses_of("One sentence.", "A third one."), hours(1))
        snapshots.store(transaction, document.id, 0, b"the page " * 1000, capture_meta(), None)
    return database


def test_backup_holds_everything_in_one_private_file(filled: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    done = back_up(filled, folder / "copy.db")
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600
    assert (done.size, done.versions, done.pages) == (done.path.stat().st_size, (2, 2), (1, 1))
    with Database.open(done.path, read_only=True).read() as transaction:
        assert [document.key for document in documents.every(transaction)] == ["acme/privacy-policy"]
    assert [path.name for path in folder.iterdir()] == ["copy.db"]


def test_restored_backup_is_a_database_that_goes_on(filled: Database, tmp_path: Path) -> None:
    restored = Database.open(back_up(filled, tmp_path / "copy.db").path)
    with restored.write() as transaction:
        a_document(transaction, "acme/terms")
        assert transaction.scalar(text("PRAGMA journal_mode")) == "wal"
    restored.close()


def test_backup_beside_a_busy_writer_is_one_state_of_it(filled: Database, tmp_path: Path) -> None:
    """Each transaction writes two documents: a backup never has an odd one."""
    ended = threading.Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            with filled.write() as transaction:
                a_document(transaction, f"busy/{number}-a")
                a_document(transaction, f"busy/{number}-b")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy = back_up(filled, tmp_path / f"{number}.db").path
            with Database.open(copy, read_only=True).read() as transaction:
                assert len(documents.every(transaction)) % 2 == 1
    finally:
        ended.set()
        writer.join()


def test_backup_is_not_hindered_by_a_writer_in_the_middle_of_its_work(filled: Database, tmp_path: Path) -> None:
    with filled.write() as transaction:
        a_document(transaction, "acme/unfinished")
        copy = back_up(filled, tmp_path / "copy.db").path
    with Database.open(copy, read_only=True).read() as transaction:
        assert documents.find(transaction, "acme/unfinished") is None


def test_existing_file_is_replaced_only_when_asked(filled: Database, tmp_path: Path) -> None:
    place = tmp_path / "copy.db"
    place.write_text("precious")
    with pytest.raises(BackupRefused, match="--force"):
        back_up(filled, place)
    assert place.read_text() == "precious"
    back_up(filled, place, replace=True)
    Database.open(place, read_only=True).check()


def test_link_that_leads_nowhere_is_not_written_through(filled: Database, tmp_path: Path) -> None:
    place = tmp_path / "copy.db"
    place.symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(BackupRefused):
        back_up(filled, place)
    place.unlink()
    (tmp_path / "copy.db.partial").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(OSError, match="symbolic"):
        back_up(filled, place)
    assert not (tmp_path / "elsewhere.db").exists()


@pytest.mark.parametrize("name", ["policywatch.db", "policywatch.db-wal", "policywatch.db.lock", "."])
def test_database_itself_is_never_replaced(filled: Database, name: str) -> None:
    with pytest.raises(BackupRefused):
        back_up(filled, filled.path.parent / name, replace=True)
    filled.check()


def test_log_of_another_database_is_never_left_beside_a_backup(filled: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db-wal").write_bytes(b"frames of a database that stood here")
    with pytest.raises(BackupRefused, match=r"copy\.db-wal"):
        back_up(filled, tmp_path / "copy.db", replace=True)


def test_two_backups_to_one_place_do_not_meet(filled: Database, tmp_path: Path) -> None:
    place = tmp_path / "copy.db"
    with (tmp_path / "copy.db.partial").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DatabaseLocked, match="under way"):
            back_up(filled, place)
    back_up(filled, place)
    assert not (tmp_path / "copy.db.partial").exists()


def test_left_over_of_an_interrupted_backup_is_replaced(filled: Database, tmp_path: Path) -> None:
    left = tmp_path / "copy.db.partial"
    left.write_bytes(b"half a copy" * 10_000)
    left.chmod(0o644)
    for suffix in ("-wal", "-journal"):
        (tmp_path / f"copy.db.partial{suffix}").write_bytes(b"frames of half a copy" * 1000)
    done = back_up(filled, tmp_path / "copy.db")
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("copy.db.*"))


def damage(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def test_text_that_lost_its_hash_is_found_and_the_good_backup_stays(filled: Database, tmp_path: Path) -> None:
    good = back_up(filled, tmp_path / "copy.db").path
    before = good.read_bytes()
    filled.close()
    damage(filled.path, b"A third one.", b"A third oNe.")
    with pytest.raises(DataDamaged, match="version 2"):
        back_up(filled, good, replace=True)
    assert good.read_bytes() == before
    assert not (tmp_path / "copy.db.partial").exists()


def test_page_of_random_bytes_is_found_wherever_it_lies(filled: Database, tmp_path: Path) -> None:
    filled.close()
    whole = filled.path.read_bytes()
    pages = len(whole) // 4096
    for page in range(2, pages, max(1, pages // 12)):
        broken = tmp_path / "broken.db"
        broken.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        with pytest.raises(DatabaseDamaged, match="restore a backup"):
            Database.open(broken, read_only=True).check()
        with pytest.raises(DatabaseDamaged):
            back_up(Database.open(broken, read_only=True), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_new_database_has_nothing_to_keep(tmp_path: Path) -> None:
    Database.open(tmp_path / "policywatch.db").close()
    assert [path.name for path in tmp_path.iterdir()] == ["policywatch.db"]


def make_older(path: Path) -> None:
    """As a policywatch before the first schema would have left it: our tables, a lower version."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 0")
    connection.close()


def test_database_of_an_older_schema_is_kept_before_it_is_migrated(filled: Database) -> None:
    filled.close()
    make_older(filled.path)
    Database.open(filled.path).close()
    kept = filled.path.with_name(f"policywatch.db.before-schema-{SCHEMA_VERSION}.db")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with Database.open_as_it_is(kept).read() as transaction:
        assert transaction.scalar(text("PRAGMA user_version")) == 0
        assert transaction.scalar(text("SELECT count(*) FROM versions")) == 2


def test_newer_copy_replaces_that_of_an_earlier_attempt(filled: Database) -> None:
    first = keep_before_migration(filled)
    with filled.write() as transaction:
        a_document(transaction, "acme/terms")
    assert keep_before_migration(filled) == first
    assert first is not None
    with Database.open(first, read_only=True).read() as transaction:
        assert len(documents.every(transaction)) == 2


def test_migration_does_not_begin_where_nothing_can_be_kept(filled: Database) -> None:
    filled.close()
    make_older(filled.path)
    filled.path.with_name(f"policywatch.db.before-schema-{SCHEMA_VERSION}.db").mkdir()
    before = filled.path.read_bytes()
    with pytest.raises(BackupRefused):
        Database.open(filled.path)
    assert filled.path.read_bytes() == before


def test_whole_database_passes_its_check(filled: Database) -> None:
    filled.check()


def test_errors_of_the_place_are_told(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        back_up(filled, tmp_path / "none" / "copy.db")
