"""One daemon for one database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import NotPermitted, TryLater
from monitor.lock import only_one

HOLDER = """
import pathlib, sys
from monitor.lock import only_one
with only_one(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_holder_is_told_whom_to_stop_and_a_killed_one_leaves_no_obstacle(tmp_path: Path) -> None:
    database = tmp_path / "policywatch.db"
    command = [sys.executable, "-c", HOLDER, str(database)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TryLater, match=f"process {holder.pid}") as refused, only_one(database):
            pass
        holder.kill()
    assert refused.value.exit_code == 75
    with only_one(database):
        assert (tmp_path / "policywatch.db.lock").read_text() == f"{os.getpid()}\n"


def test_a_stale_lock_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "policywatch.db.lock").write_text("999999999999 and more\n")
    with only_one(tmp_path / "policywatch.db"):
        pass
    with only_one(tmp_path / "policywatch.db"):
        pass


def test_a_link_to_a_database_has_the_lock_of_the_database(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "policywatch.db")
    with (
        only_one(tmp_path / "policywatch.db"),
        pytest.raises(TryLater, match=str(os.getpid())),
        only_one(tmp_path / "link.db"),
    ):
        pass


def test_two_databases_do_not_stand_in_each_others_way(tmp_path: Path) -> None:
    with only_one(tmp_path / "one.db"), only_one(tmp_path / "two.db"):
        pass


def test_a_lock_file_that_is_a_link_or_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "one.db.lock").symlink_to(tmp_path / "precious")
    (tmp_path / "two.db.lock").mkdir()
    for name in ("one.db", "two.db"):
        with pytest.raises(NotPermitted, match=rf"{name}\.lock"), only_one(tmp_path / name):
            pass
    assert (tmp_path / "precious").read_text() == "precious"
