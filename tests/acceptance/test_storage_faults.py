"""A disk that is full, failing, locked or damaged: nothing torn, the operator told, work goes on by itself."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.acceptance.test_kills import check_nothing_lost, needs_strace, prime, restore
from tests.acceptance.world import AFTER, COMMAND, World, wait_until
from tests.servers.program import Command

CANNOT, AGAIN = "cannot be written", "can be written again"


class Daemon:
    """The daemon with its log in a pipe: what limits its files does not limit that."""

    def __init__(self, world: World, *prefix: str) -> None:
        self.log = ""
        lines, end = os.pipe()
        with os.fdopen(end, "w") as log:
            self.process = self._start(world, prefix, log)
        self._reader = threading.Thread(target=self._read, args=[lines])
        self._reader.start()

    def _start(self, world: World, prefix: Sequence[str], log: IO[str]) -> subprocess.Popen[bytes] | Command:
        line = ["--config", str(world.config), "run"]
        if prefix:
            return subprocess.Popen([*prefix, *COMMAND, *line], stderr=log, env=world.environ())
        return world.program.start(line, world.environ(), log, log)

    def _read(self, lines: int) -> None:
        with os.fdopen(lines, encoding="utf-8") as log:
            for line in log:
                self.log += line

    def says(self, words: str) -> None:
        wait_until(lambda: words in self.log, words)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        with self.process:
            code = self.process.wait(timeout=20)
        self._reader.join(20)
        assert "Traceback" not in self.log, self.log
        return code


@contextmanager
def running(world: World, *prefix: str) -> Iterator[Daemon]:
    daemon = Daemon(world, *prefix)
    try:
        yield daemon
    except BaseException:
        daemon.process.kill()
        with daemon.process:
            daemon.process.wait(timeout=20)
        raise
    assert daemon.stop() == 0, daemon.log


@pytest.fixture
def small_disk(world: World) -> Iterator[Path]:
    """A disk of 6 MiB under the world's database."""
    place = world.folder / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    if os.getuid() or shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(text.replace(str(world.database), str(place / "policywatch.db")), encoding="utf-8")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def told(world: World, words: str) -> tuple[int, int]:
    """How often mail and Slack were told so."""
    mails = sum(words in str(mail.mail["Subject"]) for mail in world.smtp.messages)
    return mails, sum(words in post.words for post in world.slack.accepted)


def told_of_changes(world: World) -> tuple[int, int]:
    mails = [str(mail.mail["Subject"]) for mail in world.smtp.messages]
    return sum("database" not in subject for subject in mails), sum(
        "database" not in post.words for post in world.slack.accepted
    )


def fill(place: Path) -> Path:
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as output:
        try:
            while True:
                output.write(bytes(4096))
        except OSError:
            return ballast


def quick_check(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


def forget(world: World) -> None:
    world.smtp.messages.clear()
    world.slack.posts.clear()


def check_recovered(world: World, daemon: Daemon) -> None:
    """The changes made during the trouble were told once it was over, and the trouble once each way."""
    wait_until(lambda: told(world, AGAIN) == (1, 1), "the end of the trouble")
    wait_until(lambda: told_of_changes(world) == (2, 2), "both changes")
    assert told(world, CANNOT) == (1, 1)
    assert daemon.log.count("storage_recovered") >= 1


def test_full_disk_is_told_from_memory_and_work_resumes_when_there_is_room(
    world: World, small_disk: Path
) -> None:
    world.run("check")
    forget(world)
    with running(world) as daemon:
        daemon.says("started")
        ballast = fill(small_disk)
        world.site.pages |= AFTER
        wait_until(lambda: told(world, CANNOT) == (1, 1), "the notice")
        world.run("search", "data")
        ballast.unlink()
        check_recovered(world, daemon)
    assert quick_check(small_disk / "policywatch.db") == "ok"
    check_versions(world)


def check_versions(world: World) -> None:
    for key in ("acme/privacy-policy", "acme/faq"):
        rows = world.run("versions", key).stdout.splitlines()
        assert [json.loads(row)["number"] for row in rows] == [1, 2]


def test_limit_on_the_size_of_files_is_told_and_survived(world: World) -> None:
    world.run("check")
    forget(world)
    with running(world) as daemon:
        daemon.says("started")
        before = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
        world.site.pages |= AFTER
        wait_until(lambda: told(world, CANNOT) == (1, 1), "the notice")
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, before)
        check_recovered(world, daemon)
    assert quick_check(world.database) == "ok"
    check_versions(world)


def test_backup_without_room_leaves_nothing_and_says_so(world: World, small_disk: Path) -> None:
    world.write_config()
    world.run("check")
    ballast = fill(small_disk)
    with ballast.open("r+b") as shortened:
        shortened.truncate(ballast.stat().st_size - 64 * 1024)
    done = world.run("backup", str(small_disk / "copy.db"), expect=74)
    assert "copy.db.partial" in done.stderr
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast"]


def test_writer_that_holds_the_lock_is_waited_for(world: World) -> None:
    hold_the_lock(world, seconds=6)


@pytest.mark.soak
def test_writer_that_holds_the_lock_for_a_minute_is_waited_for(world: World) -> None:
    hold_the_lock(world, seconds=60)


def hold_the_lock(world: World, seconds: float) -> None:
    world.run("check")
    forget(world)
    with running(world) as daemon:
        daemon.says("started")
        other = sqlite3.connect(world.database, isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        world.site.pages |= AFTER
        threading.Event().wait(seconds)
        world.run("search", "data")
        other.execute("COMMIT")
        other.close()
        wait_until(lambda: told_of_changes(world) == (2, 2), "both changes")
        assert "locked" not in daemon.log
        assert "storage_failed" not in daemon.log
    assert told(world, CANNOT) == (0, 0)


def test_daemon_with_few_open_files_stays_and_tells_every_change(world: World) -> None:
    world.run("check")
    forget(world)
    with running(world, "prlimit", "--nofile=64") as daemon:
        daemon.says("started")
        world.site.pages |= AFTER
        wait_until(lambda: told_of_changes(world) == (2, 2), "both changes")


def test_damaged_database_is_refused_untouched_and_a_backup_restores_it(world: World) -> None:
    world.run("check")
    backup = world.folder / "backup.db"
    world.run("backup", str(backup))
    whole = world.database.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    world.database.write_bytes(whole[:middle] + b"\xa5" * 4096 + whole[middle + 4096 :])
    damaged = world.database.read_bytes()
    done = world.run("run", expect=65)
    assert "restore a backup" in done.stderr
    assert world.database.read_bytes() == damaged
    assert "damaged" in world.run("backup", str(backup), "--force", expect=65).stderr
    for path in world.folder.glob("policywatch.db*"):
        path.unlink()
    shutil.copy(backup, world.database)
    world.site.pages |= AFTER
    world.run("check")
    check_versions(world)


def test_backup_of_nothing_or_onto_something_is_refused(world: World) -> None:
    world.run("backup", str(world.folder / "copy.db"), expect=66)
    world.run("check")
    taken = world.folder / "copy.db"
    taken.write_text("precious")
    assert "--force" in world.run("backup", str(taken), expect=64).stderr
    assert taken.read_text() == "precious"
    world.run("backup", str(world.folder / "none" / "copy.db"), expect=74)


def inject(call: str, what: str, when: str) -> tuple[str, ...]:
    injected = f"inject={call}:{what}:when={when}"
    return ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", injected)


def check_under_fault(world: World, primed: Path, call: str, error: str, when: str) -> None:
    """A check during which the disk fails, then one without: every promise holds, one copy more at the most."""
    restore(world, primed)
    done = world.run("check", expect=None, prefix=inject(call, f"error={error}", when))
    assert done.returncode in (0, 1, 74, 77), (when, done.stderr)
    assert quick_check(world.database) == "ok"
    world.run("check", expect=None)
    check_nothing_lost(world)


@needs_strace
@pytest.mark.parametrize(
    ("call", "error", "when"),
    [("pwrite64", "ENOSPC", "12..30"), ("pwrite64", "EROFS", "25..40"), ("fdatasync", "EIO", "5")],
)
def test_disk_that_fails_during_a_check_tears_nothing(world: World, call: str, error: str, when: str) -> None:
    check_under_fault(world, prime(world), call, error, when)


@contextmanager
def failing(process: int, calls: str, error: str) -> Iterator[None]:
    """Meanwhile these calls of a running process and its threads fail."""
    command = [
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}",
        "-e", f"inject={calls}:error={error}", "-p", str(process),
    ]  # fmt: skip
    tracer = subprocess.Popen(command)
    try:
        status = Path(f"/proc/{process}/status")
        wait_until(lambda: f"TracerPid:\t{tracer.pid}" in status.read_text(encoding="utf-8"), "the tracer")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        try:
            tracer.wait(5)
        except subprocess.TimeoutExpired:  # it waits for a thread that does not stop; its end lets all go on
            tracer.kill()
            tracer.wait(20)


@needs_strace
@pytest.mark.parametrize(
    ("calls", "error"), [("pwrite64,ftruncate", "EROFS"), ("fdatasync,fsync", "EIO"), ("pwrite64", "EIO")]
)
def test_disk_that_fails_under_the_daemon_is_told_and_survived(world: World, calls: str, error: str) -> None:
    world.run("check")
    forget(world)
    with running(world) as daemon:
        daemon.says("started")
        with failing(daemon.process.pid, calls, error):
            world.site.pages |= AFTER
            wait_until(lambda: told(world, CANNOT) == (1, 1), "the notice")
            assert json.loads(world.run("search", "data", "--format", "jsonl").stdout.splitlines()[0])
        check_recovered(world, daemon)
    assert quick_check(world.database) == "ok"
    check_versions(world)


def test_disk_that_is_read_only_from_the_start_is_named_and_still_answers(
    world: World, small_disk: Path
) -> None:
    world.run("check")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = world.run("run", expect=None)
    assert done.returncode in (74, 77), done.stderr
    assert str(small_disk / "policywatch.db") in done.stderr
    assert "user id" in done.stderr
    assert world.run("search", "data").stdout


@needs_strace
@pytest.mark.soak
@pytest.mark.parametrize(("call", "error"), [("pwrite64", "ENOSPC"), ("fdatasync", "EIO")])
def test_disk_that_fails_at_any_point_tears_nothing(world: World, call: str, error: str) -> None:
    primed = prime(world)
    for number in range(1, 60):
        check_under_fault(world, primed, call, error, f"{number}..{number + 10}" if number % 2 else str(number))


def sweep_backups(world: World, call: str, numbers: range) -> int:
    """Kill `backup` at its call number n; what stands under the name is then whole, or the one before."""
    world.run("check")
    place = world.folder / "copy.db"
    world.run("backup", str(place))
    first = place.read_bytes()
    world.site.pages |= AFTER
    world.run("check")
    for survived, number in enumerate(numbers):
        place.write_bytes(first)
        world.run(
            "backup", str(place), "--force", expect=None, prefix=inject(call, "signal=SIGKILL", str(number))
        )
        connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        versions = connection.execute("SELECT count(*) FROM versions").fetchone()[0]
        connection.close()
        if versions == 4 and not place.with_name("copy.db.partial").exists():
            return survived
        assert versions == 2
        assert place.read_bytes() == first
    return len(numbers)


@needs_strace
@pytest.mark.parametrize(("call", "numbers"), [("pwrite64", range(2, 60, 29)), ("fsync", range(1, 3))])
def test_killed_backup_leaves_the_one_before(world: World, call: str, numbers: range) -> None:
    assert sweep_backups(world, call, numbers) >= 1
    world.run("backup", str(world.folder / "copy.db"), "--force")
    assert not (world.folder / "copy.db.partial").exists()


@needs_strace
@pytest.mark.soak
@pytest.mark.parametrize("call", ["pwrite64", "fsync", "rename", "openat"])
def test_backup_killed_at_any_point_leaves_the_one_before(world: World, call: str) -> None:
    assert sweep_backups(world, call, range(1, 1500)) >= 1
