"""Bad input gets one clear line and the right exit code, and nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, a_world
from tests.servers.program import Program


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory, program: Program) -> Iterator[World]:
    """A world whose pages were read once, for questions that change nothing."""
    with a_world(tmp_path_factory.mktemp("checked"), program) as world:
        world.run("check")
        yield world


def one_line(stderr: str) -> str:
    (line,) = stderr.strip().splitlines()
    return line


def test_missing_database_is_66_and_says_what_to_do(world: World) -> None:
    assert "import" in one_line(
        world.run("--database", str(world.folder / "none.db"), "search", "x", expect=66).stderr
    )


def test_database_of_a_newer_program_is_refused_and_not_touched(world: World) -> None:
    world.run("check")
    connection = sqlite3.connect(world.database)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = world.database.read_bytes()
    for command in (("run",), ("check",), ("search", "x")):
        assert "99" in one_line(world.run(*command, expect=78).stderr)
    assert world.database.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 50])
def test_file_that_is_no_database_is_65_and_not_touched(world: World, content: bytes) -> None:
    world.database.write_bytes(content)
    one_line(world.run("check", expect=65).stderr)
    one_line(world.run("documents", expect=65).stderr)
    assert world.database.read_bytes() == content


@pytest.mark.parametrize(("content", "code"), [(None, 66), (b"# v2 git bundle\nnonsense", 65), (b"", 65)])
def test_archive_that_cannot_be_read_is_told(world: World, content: bytes | None, code: int) -> None:
    path = world.folder / "archive.bundle"
    if content is not None:
        path.write_bytes(content)
    database = str(world.folder / "import.db")
    assert "archive.bundle" in one_line(
        world.run("--database", database, "import", "ota-versions", str(path), expect=code).stderr
    )


def test_archive_cannot_pass_for_our_own_checks(world: World) -> None:
    database = str(world.folder / "import.db")
    done = world.run("--database", database, "import", "ota-versions", ".", "--origin", "live", expect=64)
    assert "live" in one_line(done.stderr)


def test_configuration_problems_come_all_at_once_each_with_its_line(world: World) -> None:
    world.write_config(extra='[[rules]]\nid = "r"\npattern = "("\n[storag]\nx = 1\n[[routes]]\nto = ["mial"]\n')
    lines = world.run("validate", expect=78).stderr.strip().splitlines()
    assert len(lines) >= 3
    assert all("config.toml:" in line for line in lines)
    assert any('did you mean "mail"' in line for line in lines)
    world.run("run", expect=78)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("no-such-command",), 64),
        (("show", "acme/privacy-policy@yesterday"), 64),
        (("show", "acme/none"), 66),
        (("show", "acme/privacy-policy@2001-01-01"), 66),
        (("check", "acme/none"), 64),
        (("diff", "acme/privacy-policy"), 66),
        (("explain", "999"), 66),
        (("search", '"'), 64),
        (("search", "AND"), 64),
        (("search", "x", "--as-of", "2024-02-30"), 64),
        (("timeline", "x", "--out", "chart.pdf"), 64),
        (("diff", "acme/privacy-policy@1", "2", "3"), 64),
        (("changes", "--on", "2024-09-19", "--since", "2024-09-01"), 64),
        (("changes", "--since", "soon"), 64),
    ],
)
def test_odd_question_has_its_exit_code(checked: World, arguments: tuple[str, ...], code: int) -> None:
    assert checked.run(*arguments, expect=code).stderr.startswith(("policywatch: ", "Usage: "))


def test_configuration_that_is_not_there_is_66(world: World) -> None:
    world.config.unlink()
    assert "config.toml" in one_line(world.run("validate", expect=66).stderr)


def test_database_in_a_folder_that_may_not_be_written_is_77(world: World, tmp_path: Path) -> None:
    closed = tmp_path / "file"
    closed.write_text("")
    one_line(world.run("--database", str(closed / "x.db"), "check", expect=77).stderr)
