"""What an administrator installs: the unit, its user, its folders. systemd itself judges them."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import (
    ConfigInvalid,
    InputMissing,
    InputUnreadable,
    NotPermitted,
    TryLater,
    UsageError,
)

DEPLOY = Path(__file__).parents[1] / "deploy"
UNIT = DEPLOY / "policywatch.service"
FOR_WEB = DEPLOY / "policywatch-web.service"
UNITS = (UNIT, FOR_WEB)
FOR_BROWSERS = DEPLOY / "policywatch-browser.conf"
MOST_EXPOSED = 15
"""Ten times the score of `systemd-analyze security`; a unit without any of it has 96."""


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: install systemd")
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The daemon's unit, with a program that is there on this machine too."""
    return runnable(UNIT, tmp_path)


def runnable(unit: Path, folder: Path) -> Path:
    text = unit.read_text()
    assert re.search("^ExecStart=/opt/policywatch/bin/policywatch (run|serve)$", text, re.MULTILINE)
    copy = folder / unit.name
    copy.write_text(text.replace("/opt/policywatch/bin/policywatch", os.path.realpath(sys.executable)))
    return copy


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def settings(unit: Path = UNIT) -> dict[str, list[str]]:
    """A unit's directives with their values, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and name.isalnum():
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("which", UNITS, ids=lambda unit: unit.name)
def test_unit_is_understood_by_systemd_without_a_word(which: Path, tmp_path: Path) -> None:
    done = run(tool("systemd-analyze"), "verify", runnable(which, tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("which", UNITS, ids=lambda unit: unit.name)
def test_unit_is_hardly_exposed(which: Path) -> None:
    analyse = tool("systemd-analyze")
    done = run(analyse, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", which)
    assert done.returncode == 0, done.stdout + done.stderr


def test_unit_that_runs_browsers_is_understood_and_exposed_little_more(unit: Path) -> None:
    folder = unit.with_name(f"{unit.name}.d")
    folder.mkdir()
    shutil.copy(FOR_BROWSERS, folder / "browser.conf")
    done = run(tool("systemd-analyze"), "verify", unit)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run(tool("systemd-analyze"), "security", "--offline=true", "--threshold=20", unit)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", [*UNITS, FOR_BROWSERS], ids=lambda file: file.name)
def test_every_directive_says_why_it_is_there(file: Path) -> None:
    lines = file.read_text().splitlines()
    silent = [line for before, line in itertools.pairwise(lines) if "=" in line and not before.startswith("#")]
    assert [line for line in silent if not line.startswith("#")] == []


def test_what_does_not_mend_by_itself_is_not_restarted_and_what_does_is() -> None:
    (listed,) = settings()["RestartPreventExitStatus"]
    never = {
        error.exit_code for error in (UsageError, InputUnreadable, InputMissing, NotPermitted, ConfigInvalid)
    }
    assert {int(code) for code in listed.split()} == never
    assert TryLater.exit_code not in never


def test_browser_waits_for_a_database_that_is_not_there_yet() -> None:
    (listed,) = settings(FOR_WEB)["RestartPreventExitStatus"]
    never = {error.exit_code for error in (UsageError, InputUnreadable, NotPermitted, ConfigInvalid)}
    assert {int(code) for code in listed.split()} == never


def test_browser_is_shut_in_as_the_daemon_is() -> None:
    """Every directive that takes something from the daemon takes it from the browser as well."""
    taken = "Protect Private Restrict System NoNew Capability Ambient Lock Memory Remove User UMask State"
    ours, its_own = settings(FOR_WEB), {"MemoryMax", "RestartPreventExitStatus"}
    shut = {name for name in settings() if name.startswith(tuple(taken.split(" ")))} - its_own
    assert len(shut) > 20
    assert {name: ours.get(name) for name in shut} == {name: settings()[name] for name in shut}


def test_user_of_the_unit_is_made_by_sysusers(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    done = run(tool("systemd-sysusers"), f"--root={tmp_path}", DEPLOY / "policywatch.sysusers")
    assert done.returncode == 0, done.stderr
    (entry,) = (line.split(":") for line in (tmp_path / "etc" / "passwd").read_text().splitlines())
    assert [entry[0]] == settings()["User"] == settings()["Group"]
    assert entry[5:] == ["/var/lib/policywatch", "/usr/sbin/nologin"]


def test_folders_of_the_unit_are_made_by_tmpfiles(tmp_path: Path) -> None:
    make = tool("systemd-tmpfiles")
    if os.getuid() != 0:
        pytest.skip("giving folders to other users needs root")
    (tmp_path / "etc").mkdir()
    run(tool("systemd-sysusers"), f"--root={tmp_path}", DEPLOY / "policywatch.sysusers")
    done = run(make, f"--root={tmp_path}", "--create", DEPLOY / "policywatch.tmpfiles")
    assert done.returncode == 0, done.stderr
    state, config = tmp_path / "var/lib/policywatch", tmp_path / "etc/policywatch"
    assert state.stat().st_mode & 0o777 == int(settings()["StateDirectoryMode"][0], 8)
    assert config.stat().st_mode & 0o777 == int(settings()["ConfigurationDirectoryMode"][0], 8)
    assert config.stat().st_uid == 0
    assert state.stat().st_uid == state.stat().st_gid == config.stat().st_gid != 0
