"""The history browser as people and the service manager start it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.manager import Manager
from tests.storage.conftest import empty_file
from tests.web.served import Served
from web.serving import listening

__all__ = ["empty_file"]

COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()"]


@pytest.fixture
def database(empty_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_file, tmp_path))


@contextmanager
def serving(database: Path, manager: Manager) -> Iterator[tuple[subprocess.Popen[str], Served]]:
    command = [*COMMAND, "--database", str(database), "serve", "--listen", "127.0.0.1:0"]
    environ = {**os.environ, "NOTIFY_SOCKET": manager.address}
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            manager.wait_for(lambda manager: "READY" in manager.states, "readiness")
            told = re.search(r"http://127\.0\.0\.1:(\d+)/", manager.status)
            assert told is not None
            yield process, Served(int(told[1]))
        finally:
            process.kill()


def ended(*arguments: str, **environ: str) -> tuple[int, str]:
    done = subprocess.run(
        [*COMMAND, *arguments], env={**os.environ, **environ}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_browser_says_where_it_listens_answers_and_ends_when_told(database: Path, tmp_path: Path) -> None:
    with Manager(str(tmp_path / "notify")) as manager:
        with serving(database, manager) as (process, browser):
            assert browser.get("/").status == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
            assert process.stderr is not None
            assert "event=browser_ready" in process.stderr.read()
        assert manager.states == ["READY", "STOPPING"]


def test_address_that_is_taken_is_said_so(database: Path) -> None:
    with listening("127.0.0.1", 0) as door:
        taken = f"127.0.0.1:{door.getsockname()[1]}"
        code, said = ended("--database", str(database), "serve", "--listen", taken)
    assert (code, taken in said, "--listen" in said) == (69, True, True)


def test_nobody_is_let_in_from_other_machines_without_a_token(database: Path, tmp_path: Path) -> None:
    code, said = ended("--database", str(database), "serve", "--listen", "0.0.0.0:0")
    assert (code, "[web.users]" in said) == (64, True)
    config = tmp_path / "config.toml"
    config.write_text('[web]\nlisten = "0.0.0.0:0"\n')
    code, said = ended("--config", str(config), "serve")
    assert (code, "config.toml:2: web.listen: whoever reaches this address" in said) == (78, True)


def test_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    assert ended("--database", str(path), "serve")[0] == 66
    assert not path.exists()
