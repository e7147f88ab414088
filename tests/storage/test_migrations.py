from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from storage.database import Database
from storage.migrations import upgrade
from storage.schema import metadata
from storage.sqlite import APPLICATION_ID, SCHEMA_VERSION

ROOT = Path(__file__).parents[2]
MIGRATIONS = ROOT / "storage" / "migrations" / "versions"


def test_the_migrations_build_what_the_schema_says(database: Database) -> None:
    with database.read() as transaction:
        context = MigrationContext.configure(transaction)
        differences = compare_metadata(context, metadata)
    beside = [step for step in differences if step[0] == "remove_table" and "clause_index" in step[1].name]
    assert [step for step in differences if step not in beside] == []


def test_columns_and_primary_keys_are_those_of_the_schema(database: Database) -> None:
    by_hand = create_engine("sqlite://")
    metadata.create_all(by_hand)
    with by_hand.connect() as expected, database.read() as found:
        for name in metadata.tables:
            query = text(f"PRAGMA table_info({name})")
            assert found.execute(query).all() == expected.execute(query).all()
    by_hand.dispose()


def test_each_migration_raises_the_version_of_the_schema_by_one(database: Database) -> None:
    files = sorted(MIGRATIONS.glob("[0-9]*.py"))
    versions = [re.search(r"user_version = (\d+)", file.read_text()) for file in files]
    assert [int(found[1]) for found in versions if found] == list(range(1, SCHEMA_VERSION + 1))
    with database.read() as transaction:
        assert transaction.scalar(text("PRAGMA user_version")) == SCHEMA_VERSION
        assert transaction.scalar(text("PRAGMA application_id")) == APPLICATION_ID


def test_opening_again_migrates_nothing(database: Database) -> None:
    with database.read() as transaction:
        before = transaction.scalar(text("PRAGMA schema_version"))
    Database.open(database.path).close()
    with database.read() as transaction:
        assert transaction.scalar(text("PRAGMA schema_version")) == before


def test_a_migration_rolled_back_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "policywatch.db"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(path, isolation_level=None))
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        upgrade(connection)
        connection.exec_driver_sql("ROLLBACK")
        assert connection.scalar(text("SELECT count(*) FROM sqlite_master")) == 0
        assert connection.scalar(text("PRAGMA user_version")) == 0
        assert connection.scalar(text("PRAGMA application_id")) == 0
    engine.dispose()


@pytest.mark.parametrize(
    "at", ["CREATE TABLE clauses", "CREATE VIRTUAL TABLE", "PRAGMA user_version =", "COMMIT"]
)
def test_a_process_killed_while_it_migrates_leaves_nothing_in_the_way(tmp_path: Path, at: str) -> None:
    path = tmp_path / "policywatch.db"
    program = (
        "import os, sys; from pathlib import Path; from sqlalchemy import Engine, event\n"
        "from storage.database import Database\n"
        "def die(): os.kill(os.getpid(), 9)\n"
        "@event.listens_for(Engine, 'before_cursor_execute')\n"
        "def before(connection, cursor, statement, *rest):\n"
        "    if statement.strip().startswith(sys.argv[2]): die()\n"
        "@event.listens_for(Engine, 'commit')\n"
        "def commit(connection): die()\n"
        "Database.open(Path(sys.argv[1]))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, path, at], cwd=ROOT, check=False)
    assert ended.returncode == -9
    database = Database.open(path)
    with database.read() as transaction:
        assert transaction.scalar(text("PRAGMA user_version")) == SCHEMA_VERSION
        assert transaction.scalar(text("PRAGMA integrity_check")) == "ok"
    database.close()
