"""`policywatch import` as people meet it: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.commands import app
from monitor.errors import InputMissing, UsageError
from tests.monitor.importers.warcs import Warc, html
from tests.monitor.stage import FIRST_TEXT, TRAINING

URL = "https://acme.test/privacy"
OLD, NEW = html(FIRST_TEXT), html(FIRST_TEXT, TRAINING)
CONFIG = """
[fetch]
contact = "watch@team.test"
[[services]]
name = "Acme"
[[services.documents]]
kind = "privacy-policy"
url = "https://acme.test/privacy"
[channels.mail]
type = "email"
host = "mail.team.test"
from = "watch@team.test"
to = ["ann@team.test"]
[[routes]]
to = ["mail"]
"""


def policywatch(folder: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["--database", str(folder / "a.db"), *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_damaged_input_ends_with_65_after_what_is_good_was_imported(tmp_path: Path) -> None:
    file = Warc(tmp_path / "crawl.warc.gz").answer(URL, "2024-01-01T10:00:00Z", OLD)
    path = file.answer(URL, "2024-02-01T10:00:00Z", NEW).done()
    path.write_bytes(path.read_bytes()[:-30])
    result = policywatch(tmp_path, "import", "wayback", str(path))
    assert result.exit_code == 65
    assert result.stdout.startswith("1 documents: 1 new versions")
    (line,) = result.stderr.splitlines()
    assert line.startswith("cannot be read: ")
    assert "crawl.warc.gz" in line


def test_what_is_left_out_is_told_in_plain_signs_and_ends_well(tmp_path: Path) -> None:
    file = Warc(tmp_path / "crawl.warc").answer(f"{URL}/\x1b[31m", "2024-01-01T10:00:00Z", bytes(21_100_000))
    result = policywatch(
        tmp_path, "import", "wayback", str(file.answer(URL, "2024-01-01T10:00:00Z", OLD).done())
    )
    assert (result.exit_code, "\x1b" in result.stderr) == (0, False)
    assert "left out: https://acme.test/privacy" in result.stderr


def test_captures_of_a_watched_address_are_its_document(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    path = Warc(tmp_path / "crawl.warc").answer(URL, "2024-01-01T10:00:00Z", OLD).done()
    result = policywatch(tmp_path, "--config", str(tmp_path / "config.toml"), "import", "wayback", str(path))
    assert result.exit_code == 0
    (row,) = policywatch(tmp_path, "documents", "--format", "jsonl").stdout.splitlines()
    found = json.loads(row)
    assert (found["document"], found["service"], found["origin"]) == ("acme/privacy-policy", "Acme", "wayback")
    assert found["state"] == "archived"


def test_wrong_keys_origins_and_files_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = str(Warc(tmp_path / "crawl.warc").answer(URL, "2024-01-01T10:00:00Z", OLD).done())
    with pytest.raises(UsageError, match="--key 'acme'"):
        policywatch(tmp_path, "import", "wayback", path, "--key", "acme")
    with pytest.raises(UsageError, match="--origin 'live'"):
        policywatch(tmp_path, "import", "wayback", path, "--origin", "live")
    assert not (tmp_path / "a.db").exists()
    with pytest.raises(InputMissing, match=r"gone\.warc"):
        policywatch(tmp_path, "import", "wayback", str(tmp_path / "gone.warc"))
