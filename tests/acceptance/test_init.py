"""`init` writes a configuration that is valid at once, and never over anything."""

from __future__ import annotations

import os
import pty
import subprocess
import tomllib
from pathlib import Path
from typing import Protocol

import pytest

from monitor.keys import KNOWN_KINDS
from tests.servers.program import Program

CONTACT = ("--contact", "privacy-team@example.com")


class Policywatch(Protocol):
    def __call__(
        self, folder: Path, *arguments: str, expect: int = 0, stdin: int | None = None
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def policywatch(program: Program) -> Policywatch:
    def run(
        folder: Path, *arguments: str, expect: int = 0, stdin: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        done = program.run(arguments, environ, folder=folder, stdin=stdin)
        assert done.returncode == expect, (done.stdout, done.stderr)
        return done

    return run


def test_configuration_is_valid_as_written_and_names_what_comes_next(
    policywatch: Policywatch, tmp_path: Path
) -> None:
    out = policywatch(tmp_path, "init", *CONTACT).stdout
    assert "policywatch test team-mail" in out
    assert "channel, 1 route" in policywatch(tmp_path, "validate").stdout
    config = tomllib.loads((tmp_path / "config.toml").read_text())
    assert config["fetch"]["contact"] == "privacy-team@example.com"
    assert config["channels"]["team-mail"]["tls"] == "none"


def test_starter_list_holds_some_thirty_policies_and_faqs_over_https(
    policywatch: Policywatch, tmp_path: Path
) -> None:
    policywatch(tmp_path, "init", *CONTACT)
    text = (tmp_path / "conf.d" / "starter.toml").read_text()
    documents = [one for service in tomllib.loads(text)["services"] for one in service["documents"]]
    assert 30 <= len(documents) <= 40
    assert {document["kind"] for document in documents} <= set(KNOWN_KINDS)
    assert {"privacy-policy", "terms", "faq"} <= {document["kind"] for document in documents}
    assert all(document["url"].startswith("https://") for document in documents)
    assert len({document["url"] for document in documents}) == len(documents)
    assert "Compiled 20" in text


def test_place_can_be_a_folder_or_a_file(policywatch: Policywatch, tmp_path: Path) -> None:
    out = policywatch(tmp_path, "init", "some/where", *CONTACT).stdout
    assert "--config some/where/config.toml" in out
    assert (tmp_path / "some" / "where" / "conf.d" / "starter.toml").is_file()
    (tmp_path / "etc").mkdir()
    policywatch(tmp_path, "--config", "etc/watch.toml", "init", *CONTACT, "--mail-host", "mail.example.com")
    config = tomllib.loads((tmp_path / "etc" / "watch.toml").read_text())
    assert config["channels"]["team-mail"]["host"] == "mail.example.com"
    assert config["channels"]["team-mail"]["tls"] == "starttls"
    policywatch(tmp_path, "--config", "etc/watch.toml", "validate")


@pytest.mark.parametrize("there", ["config.toml", "conf.d/starter.toml"])
def test_nothing_is_overwritten(policywatch: Policywatch, tmp_path: Path, there: str) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / there).write_text("mine")
    assert there in policywatch(tmp_path, "init", *CONTACT, expect=64).stderr
    assert (tmp_path / there).read_text() == "mine"
    assert [path for path in tmp_path.rglob("*.toml") if path != tmp_path / there] == []


def test_address_is_asked_for_on_a_terminal_and_else_needed(policywatch: Policywatch, tmp_path: Path) -> None:
    assert "--contact" in policywatch(tmp_path, "init", expect=64).stderr
    assert "not an e-mail address" in policywatch(tmp_path, "init", "--contact", "us", expect=64).stderr
    assert list(tmp_path.glob("*.toml")) == []
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"team@example.com\n")
    policywatch(tmp_path, "init", stdin=terminal)
    assert "team@example.com" in (tmp_path / "config.toml").read_text()


def test_place_that_cannot_be_written_is_one_line(policywatch: Policywatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (line,) = policywatch(tmp_path, "init", "file", *CONTACT, expect=74).stderr.strip().splitlines()
    assert "file" in line
