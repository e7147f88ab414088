from __future__ import annotations

import hashlib
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import documents
from storage.database import Database, Transaction
from storage.errors import DatabaseLocked, DatabaseMissing, DatabaseNotWritable, NotADatabase, SchemaTooNew
from storage.sqlite import SCHEMA_VERSION
from tests.storage.builders import a_document

ROOT = Path(__file__).parents[2]
OPEN = "import sys; from pathlib import Path; from storage.database import Database\n"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pragma(transaction: Transaction, name: str) -> object:
    return transaction.scalar(text(f"PRAGMA {name}"))


def keys(database: Database) -> list[str]:
    with database.read() as transaction:
        return [document.key for document in documents.every(transaction)]


def test_writers_have_the_settings_that_keep_what_is_committed(database: Database) -> None:
    with database.write() as transaction:
        assert pragma(transaction, "journal_mode") == "wal"
        assert pragma(transaction, "synchronous") == 2
        assert pragma(transaction, "foreign_keys") == 1
        assert pragma(transaction, "trusted_schema") == 0
        assert pragma(transaction, "cell_size_check") == 1
        assert pragma(transaction, "busy_timeout") == 75_000


def test_a_reference_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"), database.write() as transaction:
        transaction.execute(text("INSERT INTO schedule VALUES (77, 0, NULL, 0)"))


def test_nothing_can_be_written_through_a_read(database: Database) -> None:
    with pytest.raises(DatabaseNotWritable), database.read() as transaction:
        a_document(transaction)
    with database.write() as transaction:
        a_document(transaction)
    assert keys(database) == ["acme/privacy-policy"]


def test_a_read_sees_one_moment_while_others_write(database: Database) -> None:
    with database.read() as transaction:
        assert documents.every(transaction) == []
        with database.write() as other:
            a_document(other)
        assert documents.every(transaction) == []
    assert keys(database) == ["acme/privacy-policy"]


def test_an_exception_inside_a_write_leaves_nothing(database: Database) -> None:
    def fail_half_way() -> None:
        with database.write() as transaction:
            a_document(transaction)
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert keys(database) == []


def test_a_process_killed_inside_a_write_leaves_nothing(database: Database) -> None:
    program = OPEN + (
        "import os; from tests.storage.builders import a_document\n"
        "with Database.open(Path(sys.argv[1])).write() as transaction:\n"
        "    a_document(transaction); os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, database.path], cwd=ROOT, check=False)
    assert ended.returncode == -9
    assert keys(database) == []


def test_a_second_writer_waits_and_both_succeed(database: Database) -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with database.write() as transaction:
            a_document(transaction, "acme/first")
            has_begun.set()
            may_end.wait(10)

    def second() -> None:
        has_begun.wait(10)
        threading.Timer(0.2, may_end.set).start()
        with database.write() as transaction:
            assert documents.find(transaction, "acme/first") is not None
            a_document(transaction, "acme/second")

    workers = [threading.Thread(target=first), threading.Thread(target=second)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert keys(database) == ["acme/first", "acme/second"]


def test_many_threads_lose_no_write(database: Database) -> None:
    def work(name: int) -> None:
        for number in range(10):
            with database.write() as transaction:
                a_document(transaction, f"acme/{name}-{number}")

    workers = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(keys(database)) == 40


def test_a_writer_that_waits_in_vain_says_so(tmp_path: Path) -> None:
    path = tmp_path / "policywatch.db"
    patient, hasty = Database.open(path), Database.open(path, busy_timeout=0.05)
    with patient.write(), pytest.raises(DatabaseLocked, match="another program"), hasty.write():
        pass
    with patient.write(), pytest.raises(DatabaseLocked):
        Database.open(path, busy_timeout=0.05)
    with patient.write():
        assert keys(hasty) == []
    patient.close()
    hasty.close()


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_torn(database: Database) -> None:
    program = OPEN + (
        "import resource\n"
        "from storage.errors import DatabaseFull\n"
        "from tests.storage.builders import a_document, a_version, clauses_of\n"
        "database = Database.open(Path(sys.argv[1]))\n"
        "size = Path(sys.argv[1]).stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
        "try:\n"
        "    with database.write() as transaction:\n"
        "        document = a_document(transaction)\n"
        "        a_version(transaction, document, clauses_of(*(f'Sentence {n}.' * 9 for n in range(9000))))\n"
        "except DatabaseFull as error:\n"
        "    print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, database.path], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert str(database.path) in ended.stdout
    assert keys(database) == []
    with database.write() as transaction:
        a_document(transaction)
        assert pragma(transaction, "integrity_check") == "ok"


def test_programs_that_start_together_make_one_database(tmp_path: Path) -> None:
    path = tmp_path / "policywatch.db"
    program = OPEN + "Database.open(Path(sys.argv[1])).close()"
    started = [subprocess.Popen([sys.executable, "-c", program, path], cwd=ROOT) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    assert keys(Database.open(path, read_only=True)) == []


def test_reading_where_nothing_is_creates_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.db", tmp_path / "no" / "folder.db"):
        with pytest.raises(DatabaseMissing, match=r"policywatch run"):
            Database.open(path, read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read_only", [True, False])
def test_a_text_file_is_not_a_database_and_stays_as_it_is(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing but words, " * 100)
    before = sha256(path)
    with pytest.raises(NotADatabase, match=r"notes\.txt"):
        Database.open(path, read_only=read_only)
    assert sha256(path) == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_foreign_database_stays_as_it_is(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "other.db"
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE theirs (value)")
    foreign.close()
    before = sha256(path)
    with pytest.raises(NotADatabase, match="not made by policywatch"):
        Database.open(path, read_only=read_only)
    assert sha256(path) == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_newer_schema_is_refused_and_stays_as_it_is(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "policywatch.db"
    Database.open(path).close()
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer.close()
    before = sha256(path)
    with pytest.raises(SchemaTooNew, match=rf"version {SCHEMA_VERSION + 1}.* up to {SCHEMA_VERSION}"):
        Database.open(path, read_only=read_only)
    assert sha256(path) == before


def test_an_empty_file_can_be_filled_but_not_read(tmp_path: Path) -> None:
    path = tmp_path / "policywatch.db"
    path.touch()
    with pytest.raises(NotADatabase, match="schema is version 0"):
        Database.open(path, read_only=True)
    assert keys(Database.open(path)) == []


@pytest.mark.parametrize("read_only", [True, False])
def test_a_folder_is_not_a_database(tmp_path: Path, read_only: bool) -> None:
    with pytest.raises(NotADatabase, match="folder"):
        Database.open(tmp_path, read_only=read_only)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_file_is_told_as_such(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "policywatch.db"
    Database.open(path).close()
    content = bytearray(path.read_bytes())
    content[100:4096] = bytes(3996)
    path.write_bytes(content)
    with pytest.raises(NotADatabase, match="damaged"):
        Database.open(path, read_only=read_only)


def test_folder_and_file_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "policywatch.db"
    database = Database.open(path)
    with database.write() as transaction:
        a_document(transaction)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert set(modes) == {"policywatch.db", "policywatch.db-wal", "policywatch.db-shm"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    database.close()


def test_a_restored_backup_goes_on_in_wal_mode(tmp_path: Path, database: Database) -> None:
    with database.write() as transaction:
        a_document(transaction)
    copy = tmp_path / "backup.db"
    source = sqlite3.connect(database.path)
    source.execute("VACUUM INTO ?", (str(copy),))
    source.close()
    restored = Database.open(copy)
    with restored.write() as transaction:
        assert pragma(transaction, "journal_mode") == "wal"
    assert keys(restored) == ["acme/privacy-policy"]
    restored.close()


def as_nobody(program: str, path: Path) -> str:
    """What the program prints when an unprivileged user runs it; needs root and util-linux."""
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    try:
        probe = subprocess.run(
            [*command, sys.executable, "-B", "-c", "import storage.database"],
            cwd=ROOT, check=False, capture_output=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("setpriv is not installed")
    if probe.returncode:
        pytest.skip("not root, or another user may not run this checkout")
    ended = subprocess.run(
        [*command, sys.executable, "-B", "-c", OPEN + program, path],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return ended.stdout


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder of ours that every user can look into; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


TRY_TO_WRITE = """
from storage.errors import StorageError
try:
    Database.open(Path(sys.argv[1]))
except StorageError as error:
    print(type(error).__name__, error)
"""


def test_another_users_database_is_not_writable_and_says_whose_it_is(reachable: Path) -> None:
    path = reachable / "policywatch.db"
    Database.open(path).close()
    path.chmod(0o644)
    said = as_nobody(TRY_TO_WRITE, path)
    assert said.startswith("DatabaseNotWritable")
    assert str(path) in said
    assert "user id 65534" in said
    assert "DatabaseNotWritable" in as_nobody(TRY_TO_WRITE, reachable / "new" / "policywatch.db")


def test_a_writable_file_in_a_closed_folder_is_not_writable(reachable: Path) -> None:
    path = reachable / "policywatch.db"
    Database.open(path).close()
    path.chmod(0o666)
    said = as_nobody(TRY_TO_WRITE, path)
    assert said.startswith("DatabaseNotWritable")
    assert "user id 65534" in said


def test_a_database_in_a_read_only_place_still_answers(reachable: Path) -> None:
    path = reachable / "policywatch.db"
    database = Database.open(path)
    with database.write() as transaction:
        a_document(transaction)
    database.close()
    path.chmod(0o644)
    read = (
        "from storage import documents\n"
        "with Database.open(Path(sys.argv[1]), read_only=True).read() as transaction:\n"
        "    print([document.key for document in documents.every(transaction)])\n"
    )
    assert as_nobody(read, path) == "['acme/privacy-policy']\n"
    assert [entry.name for entry in reachable.iterdir()] == ["policywatch.db"]


def test_a_database_in_a_folder_closed_to_us_is_not_reported_missing(reachable: Path) -> None:
    path = reachable / "closed" / "policywatch.db"
    Database.open(path).close()
    said = as_nobody(TRY_TO_WRITE.replace("argv[1])", "argv[1]), read_only=True"), path)
    assert said.startswith("DatabaseNotWritable")
    assert "user id 65534" in said
